"""How cells are quoted: in TSV files whether by a program or in the texts, in CSV files whether in an unusual way."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.tasks.text import counted, number_of

#: A cell and what ends it: quoted, its quotes doubled; or without any quote.
_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^"\t\r\n]*))(\t|\r\n|\r|\n|\Z)')
#: What programs quote cells for: all do for these, and spreadsheets for a comma too.
_SPECIAL = re.compile(r'["\t\r\n]')
_SPECIAL_OR_COMMA = re.compile(r'["\t\r\n,]')
#: Characters whose lines are looked at.
_N_LOOKED_AT = 100_000
#: What a program writes that marks quotes by a backslash, and backslashes by another.
_ESCAPED = re.compile(r'\\["\\]')
#: A pair of backslashes, or one that marks no quote: these are written twice where some are meant as they stand.
_BACKSLASH = re.compile(r'\\\\|\\(?!")')
_WRAPPED = re.compile(r'(?:^|\t)"[^"\t\r\n]*"(?=\t|\r|$)', re.MULTILINE)


@dataclass(frozen=True)
class Quoting:
    """What the csv module is told of quotes, what is said of that, what it is called in a key; how a text is made ready
    for that.
    """

    dialect: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    form: str = ""
    prepared: Callable[[str], str] = str


#: Quotes that mean nothing.
_LITERAL = Quoting({"quoting": csv.QUOTE_NONE})
#: Quotes as CSV has them.
USUAL = Quoting()


def quotings_of(text: str, delimiter: str) -> Iterator[Quoting]:
    """The ways in which the cells of a CSV file may be quoted, the likeliest first; the usual one is among them.

    Single quotes, where every row begins and ends with one; quotes after a space, where half of the rows have such a
    cell; quotes inside of cells that a backslash marks, where nothing else can be read.
    """
    lines = [line.strip() for line in text[:_N_LOOKED_AT].splitlines()[1:-1]]
    written = [line for line in lines if line]
    if written and '"' not in text and all(len(line) > 1 and line[0] == line[-1] == "'" for line in written):
        yield Quoting({"quotechar": "'"}, ("single quotes around cells taken off",), "single quotes taken off")
    spaced = re.compile(rf'{re.escape(delimiter)} +"[^"]*"(?={re.escape(delimiter)}|$)')
    if 2 * sum(bool(spaced.search(line)) for line in written) > len(written):
        yield Quoting({"skipinitialspace": True}, ("quotes after a space taken off",), "quotes after a space taken off")
    yield USUAL
    if '\\"' in text:
        yield Quoting(
            {"escapechar": "\\"},
            ("quotes after a backslash taken for quotes inside of a text",),
            "quotes after a backslash",
            (lambda given: _BACKSLASH.sub(r"\g<0>\g<0>", given)) if "\\" in _ESCAPED.sub("", text) else str,
        )


def quoting_of(text: str) -> Quoting:
    """How the quotes of a TSV are meant.

    They are a program's where every cell with a quote is quoted and closes, quotes in it doubled, and cells are quoted
    for a reason: for what stands in them (and no other cell has that), or all of a column. Else they are literal.
    """
    if '"' not in text:
        return _LITERAL
    quoted, plain, columns = list[str](), list[str](), defaultdict[int, set[bool]](set)
    for row, place, cell, is_quoted in _cells(text):
        if is_quoted is None:
            return _literal(text)
        (quoted if is_quoted else plain).append(cell)
        if row and cell and number_of(cell) is None:
            columns[place].add(is_quoted)
    is_needed = any(
        all(map(special.search, quoted)) and not any(map(special.search, plain))
        for special in (_SPECIAL, _SPECIAL_OR_COMMA)
    )
    if not quoted or not (is_needed or all(len(kinds) == 1 for kinds in columns.values())):
        return _literal(text)
    return Quoting({}, (f"quotes around {counted(len(quoted), 'cell')} taken off",), "quotes taken off")


def _literal(text: str) -> Quoting:
    """Literal quotes; said where whole cells stand between them."""
    n = len(_WRAPPED.findall(text))
    said = f"{counted(n, 'cell')} between quotes read with them: quotes are literal in a .tsv file unless all close"
    return replace(_LITERAL, notes=(said,)) if n else _LITERAL


def _cells(text: str) -> Iterator[tuple[int, int, str, bool | None]]:
    """(row, column, cell, whether it is quoted) of every cell; None, and the end, where a quote is neither."""
    at = row = column = 0
    while at < len(text):
        match = _CELL.match(text, at)
        if match is None:
            yield row, column, "", None
            return
        is_quoted = match[1] is not None
        yield row, column, match[1] if is_quoted else match[2], is_quoted
        row, column = (row, column + 1) if match[3] == "\t" else (row + 1, 0)
        at = match.end()
