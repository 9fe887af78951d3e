"""CSV and TSV. The first row is the header, and row 1."""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.table import Table, check_columns, raise_bad_rows
from harness.tasks.text import counted

#: What may separate the fields of a CSV file, one and many of them in words; the first wins a tie.
DELIMITERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {",": ("a comma", "commas"), ";": ("a semicolon", "semicolons"), "\t": ("a tab", "tabs"), "|": ("a bar", "bars")}
)
#: The largest field that the csv module can be told on every platform (a C long).
_FIELD_LIMIT = min(sys.maxsize, 2**31 - 1)
#: The first line that holds more than delimiters, and what is quoted in it with its line breaks.
_HEADER = re.compile(r'(?:[\s,;|]*[\r\n])?((?:"[^"]*"|[^"\r\n])*)')


def read_csv(data: bytes, encoding: str, wanted: tuple[str, ...], place: str) -> Table:
    """Separated by what the header has most of; a quoted field may hold it, line breaks and doubled quotes."""
    text = decoded(data, encoding, place)
    delimiter = delimiter_of(text)
    one, many = DELIMITERS[delimiter]
    advice = (
        f"Fields are separated by {many}, as in the header: put those that hold {one} or a line break between "
        "double quotes."
    )
    with _field_limit():
        rows = list(_numbered(text, place, {"delimiter": delimiter}))
    hint = "" if delimiter == "," else f"The header was read as separated by {many}."
    return _table(rows, wanted, place, hint, advice)


def read_tsv(data: bytes, encoding: str, wanted: tuple[str, ...], place: str) -> Table:
    """Tab separated; quotes are literal, so a field holds neither tabs nor line breaks."""
    text = decoded(data, encoding, place)
    with _field_limit():
        rows = list(_numbered(text, place, {"delimiter": "\t", "quoting": csv.QUOTE_NONE}))
    found = DELIMITERS[delimiter_of(text)][1]
    hint = "" if found == "tabs" else f"If the file is separated by {found}, let its name end in .csv."
    advice = "Quotes are literal in a .tsv file: where texts hold tabs or line breaks, let its name end in .csv."
    return _table(rows, wanted, place, hint, advice)


def delimiter_of(text: str) -> str:
    """The one of `DELIMITERS` that the header has most of outside quotes; a comma where it has none."""
    header = _HEADER.match(text)
    bare = re.sub('"[^"]*"', "", header[1] if header else "")
    return max(DELIMITERS, key=bare.count)


def _table(rows: list[tuple[int, list[str]]], wanted: tuple[str, ...], place: str, hint: str, advice: str) -> Table:
    if len(rows) < 2:
        raise DataError(f"{place}: {'only a header' if rows else 'the file is empty'}; expected a header and rows.")
    names = [name.strip() for name in rows[0][1]]
    # of a file without a header the first row is taken for one
    check_columns(wanted, names, place, hint, are_names=not set(names).isdisjoint(wanted))
    n_fields = len(names)
    bad = [
        (number, f"{counted(len(row), 'field')}; expected {n_fields}")
        for number, row in rows[1:]
        if len(row) != n_fields
    ]
    raise_bad_rows(place, "row", bad, advice)
    columns = {name: [row[place_] for _, row in rows[1:]] for name in wanted for place_ in [names.index(name)]}
    return Table(place, "row", columns, [number for number, _ in rows[1:]])


def _numbered(text: str, place: str, dialect: Mapping[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Rows that have a field which is not blank, counted from 1 with the others."""
    number = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True, **dialect), 1):
            if any(field and not field.isspace() for field in row):
                yield number, row
    except csv.Error as error:
        what = "a quote that is never closed" if "end of data" in str(error) else str(error)
        raise DataError(
            f"{place}, row {number + 1}: {what}. Double the quotes inside a quoted field, and close it."
        ) from None


@contextmanager
def _field_limit() -> Iterator[None]:
    """Fields of any length while reading; the limit is the process's, so it is put back."""
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)
