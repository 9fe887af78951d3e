"""Where the table of a delimited file begins: what separates its fields, and what stands above its header."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from harness.tasks.sources.headerless import is_common
from harness.tasks.task import Wanted
from harness.tasks.text import counted

#: What may separate the fields of a CSV file, one and many of them in words; the first wins a tie.
DELIMITERS: Mapping[str, tuple[str, str]] = {
    ",": ("a comma", "commas"), ";": ("a semicolon", "semicolons"), "\t": ("a tab", "tabs"), "|": ("a bar", "bars"),
}  # fmt: skip
#: The first line that holds more than delimiters, and what is quoted in it with its line breaks.
_HEADER = re.compile(r'(?:[\s,;|]*[\r\n])?((?:"[^"]*"|[^"\r\n])*)')
#: How spreadsheets are told what separates fields.
_SEP = re.compile(r'"?sep=([^\w\s"]|\t)"?[,;|\t ]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
#: Lines and characters of the head that are looked at; records of it above which no header is looked for.
_N_LINES, _N_CHARACTERS, _N_ABOVE = 400, 200_000, 30
#: The share of records of one width in which a delimiter separates a table, and in which it does not.
_REGULAR, _RAGGED = 0.8, 0.5


class _Record(NamedTuple):
    """The fields of a record without the space around them, and the lines before it."""

    fields: list[str]
    n_before: int

    @property
    def filled(self) -> int:
        return sum(map(bool, self.fields))


@dataclass(frozen=True)
class Layout:
    """What separates fields; how many characters and lines stand above the table; what is said of that."""

    delimiter: str
    start: int = 0
    n_above: int = 0
    notes: tuple[str, ...] = ()


def layout_of(text: str, wanted: Wanted, only: str = "", *, header: bool = True, literal: bool = False) -> Layout:
    """The layout of a text. The first row is the header unless it cannot be one, and a later row can.

    That is so where the columns `wanted` stand in a later row alone, or the first has a single field and the rows below
    have more. Without a `header`, only the delimiter is looked for, which is `only` where that is known. `literal`:
    quotes have no meaning.
    """
    if said := _SEP.match(text):
        return Layout(said[1], said.end(), 1, (f"its first line says that fields are separated by {said[1]!r}",))
    usual = only or delimiter_of(text)
    lines = _LINE.findall(text[:_N_CHARACTERS])[:_N_LINES]
    heads = {d: _records(lines, d, literal) for d in dict.fromkeys([usual, *([] if only else DELIMITERS)])}
    delimiter, n_above = _found(heads, usual, wanted) if header else (_most_regular(heads, usual), 0)
    notes = (f"{counted(n_above, 'line')} above the header passed over",) if n_above else ()
    return Layout(delimiter, sum(map(len, lines[:n_above])), n_above, notes)


def delimiter_of(text: str) -> str:
    """The one of `DELIMITERS` that the header has most of outside quotes; a comma where it has none."""
    header = _HEADER.match(text)
    bare = re.sub('"[^"]*"', "", header[1] if header else "")
    return max(DELIMITERS, key=bare.count)


def _records(lines: list[str], delimiter: str, literal: bool) -> list[_Record]:
    """The records of the head that are not blank."""
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE if literal else csv.QUOTE_MINIMAL)
    found, before = list[_Record](), 0
    try:
        for fields in reader:
            record = _Record([field.strip() for field in fields], before)
            before = reader.line_num
            if record.filled:
                found.append(record)
    except csv.Error:
        pass  # the reader of the whole says what is wrong, and where
    return found


def _found(heads: Mapping[str, list[_Record]], usual: str, wanted: Wanted) -> tuple[str, int]:
    """The delimiter, and the lines above the header."""
    first = heads[usual][0] if heads[usual] else _Record([], 0)
    if wanted is not None:
        for delimiter, records in heads.items():
            for place, record in enumerate(records[:_N_ABOVE]):
                if set(wanted) <= set(record.fields):
                    return delimiter, record.n_before if place else 0
    share, best = _share(heads[usual]), _most_regular(heads, usual)
    if first.filled > 1 and (share > _RAGGED or best == usual):
        return usual, _named_below(heads[usual], 0)
    width, records = _width(heads[best]), heads[best]
    if _share(records) < _REGULAR:
        return usual, 0
    place = next((p for p, r in enumerate(records) if len(r.fields) == width and r.filled > max(1, width // 2)), 0)
    is_title = any(map(is_common, records[place].fields)) or not any(map(is_common, first.fields))
    if 0 < place <= _N_ABOVE and is_title:
        return best, _named_below(records, place)
    return best if share < _RAGGED else usual, 0


def _named_below(records: list[_Record], place: int) -> int:
    """Lines above the header, which is this row, or one below it of usual names of columns where this has none and
    fewer fields than a row of the table.
    """
    width = _width(records)
    if records[place].filled < width and not any(map(is_common, records[place].fields)):
        for record in records[place + 1 : place + 10]:
            if all(map(is_common, record.fields)) and len(record.fields) == width:
                return record.n_before
    return records[place].n_before if place else 0


def _most_regular(heads: Mapping[str, list[_Record]], usual: str) -> str:
    """The delimiter that gives most records the same number of fields, more than one; of equals, the usual one."""
    return max(heads, key=lambda d: (round(_share(heads[d]), 2), d == usual))


def _width(records: list[_Record]) -> int:
    return Counter(len(record.fields) for record in records).most_common(1)[0][0] if records else 0


def _share(records: list[_Record]) -> float:
    """The share of records with as many fields as most have; 0 where that is one."""
    width = _width(records)
    return 0.0 if width < 2 else sum(len(record.fields) == width for record in records) / len(records)
