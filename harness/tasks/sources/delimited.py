"""CSV and TSV. The first row is the header, and row 1."""

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.table import Table, check_columns, raise_bad_rows

#: The largest field that the csv module can be told on every platform (a C long).
_FIELD_LIMIT = min(sys.maxsize, 2**31 - 1)


def read_csv(data: bytes, encoding: str, wanted: tuple[str, ...], place: str) -> Table:
    """Comma separated; a quoted field may hold commas, line breaks and doubled quotes."""
    return _read(decoded(data, encoding, place), ",", wanted, place)


def read_tsv(data: bytes, encoding: str, wanted: tuple[str, ...], place: str) -> Table:
    """Tab separated; quotes are literal, so a field holds neither tabs nor line breaks."""
    return _read(decoded(data, encoding, place), "\t", wanted, place)


def _read(text: str, delimiter: str, wanted: tuple[str, ...], place: str) -> Table:
    with _field_limit():
        rows = list(_numbered(text, delimiter, place))
    if len(rows) < 2:
        raise DataError(f"{place}: {'only a header' if rows else 'the file is empty'}; expected a header and rows.")
    names = [name.strip() for name in rows[0][1]]
    check_columns(wanted, names, place, _separator_hint(names, delimiter))
    bad = [(number, f"{len(row)} fields; expected {len(names)}") for number, row in rows[1:] if len(row) != len(names)]
    raise_bad_rows(place, "row", bad, _ADVICE[delimiter])
    columns = {name: [row[place_] for _, row in rows[1:]] for name in wanted for place_ in [names.index(name)]}
    return Table(place, "row", columns, [number for number, _ in rows[1:]])


_ADVICE = {
    ",": "Put fields that hold a comma or a line break between double quotes.",
    "\t": "Quotes are literal in a .tsv file: save texts with tabs or line breaks as .csv.",
}


def _numbered(text: str, delimiter: str, place: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, counted from 1 with the blank ones."""
    lines = io.StringIO(text, newline="")
    if delimiter == ",":
        reader = csv.reader(lines, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if row:
                yield number, row
    except csv.Error as error:
        what = "a quote that is never closed" if "end of data" in str(error) else str(error)
        raise DataError(
            f"{place}, row {number + 1}: {what}. Double the quotes inside a quoted field, and close it."
        ) from None


def _separator_hint(names: list[str], delimiter: str) -> str:
    """For a header that came out as one column because something else separates."""
    if len(names) == 1:
        for other, word in ((";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")):
            if other != delimiter and other in names[0]:
                return f"The file is separated by {word}: save it with commas (.csv) or tabs (.tsv)."
    return ""


@contextmanager
def _field_limit() -> Iterator[None]:
    """Fields of any length while reading; the limit is the process's, so it is put back."""
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)
