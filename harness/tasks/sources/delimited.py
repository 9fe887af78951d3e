"""CSV and TSV. The first row is the header, and row 1, unless the file is laid out otherwise."""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

from harness.core.errors import LONGEST_NAME, DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.headerless import suggested, sure_names, why_data
from harness.tasks.sources.kinds import check_is_table, check_kind
from harness.tasks.sources.layout import DELIMITERS, Layout, delimiter_of, layout_of
from harness.tasks.sources.quoting import USUAL, Quoting, quoting_of, quotings_of
from harness.tasks.sources.table import Form, Headerless, Table, check_columns, raise_bad_rows, source_format
from harness.tasks.task import Wanted
from harness.tasks.text import counted

#: The largest field that the csv module can be told on every platform (a C long).
_FIELD_LIMIT = min(sys.maxsize, 2**31 - 1)
#: Rows below a table that may be notes.
_N_BELOW = 10
#: A row of a table: its number as a person counts it, and its fields.
_Row = tuple[int, list[str]]


@source_format(".csv")
def read_csv(data: bytes, how: Form, wanted: Wanted, place: str) -> Table:
    """Separated by what the header has most of; a quoted field may hold it, line breaks and doubled quotes."""
    return _table(data, how, wanted, place, is_tsv=False)


@source_format(".tsv")
def read_tsv(data: bytes, how: Form, wanted: Wanted, place: str) -> Table:
    """Tab separated. Quotes are literal unless all of them are such as a program writes around cells."""
    return _table(data, how, wanted, place, is_tsv=True)


def _table(data: bytes, how: Form, wanted: Wanted, place: str, is_tsv: bool) -> Table:
    check_kind(data, place, "a table between tabs" if is_tsv else "CSV")
    text = decoded(data, how.encoding, place)
    check_is_table(text, place)
    tabs = quoting_of(text) if is_tsv else None
    is_literal = tabs is not None and bool(tabs.dialect)
    with ExitStack() as after:  # fields of any length while reading; the limit is the process's, so it is put back
        after.callback(csv.field_size_limit, csv.field_size_limit(_FIELD_LIMIT))
        layout = layout_of(text, wanted, "\t" if tabs else "", header=how.header is not False, literal=is_literal)
        ways = [tabs] if tabs else [*quotings_of(text[layout.start :], layout.delimiter), USUAL]
        rows, quoting = _parsed(text, place, layout, ways)
    names, rows, notes = _named(rows, how, wanted, place)
    hint, advice = _told(text, layout, is_tsv, len(names))
    # of a file without a header the first row is taken for one
    columns = check_columns(wanted, names, place, hint, sure_names(names, wanted or ()))
    rows, below, form = _within(rows, names)
    n = len(names)
    bad = [(number, f"{counted(len(row), 'field')}; expected {n}") for number, row in rows if len(row) != n]
    raise_bad_rows(place, "row", bad, advice)
    return Table(
        place,
        "row",
        {name: [row[at] for _, row in rows] for name in columns for at in [names.index(name)]},
        [number for number, _ in rows],
        notes=(*layout.notes, *quoting.notes, *notes, *below),
        form=", ".join(filter(None, [quoting.form, form])),
        left_out={name: f"{n} columns of that name" for name, n in Counter(names).items() if name and n > 1},
    )


def _told(text: str, layout: Layout, is_tsv: bool, n_columns: int) -> tuple[str, str]:
    """What is said beside a column that is not there, and beside rows of another width."""
    if n_columns == 1 and layout.delimiter != "\t":
        return _ONE_COLUMN, _ONE_COLUMN
    if is_tsv:
        found = DELIMITERS[delimiter_of(text)][1]
        hint = "" if found == "tabs" else f"If the file is separated by {found}, let its name end in .csv."
        advice = "Quotes are literal in this .tsv file: where texts hold tabs or line breaks, let its name end in .csv."
        return hint, advice
    one, many = DELIMITERS.get(layout.delimiter, (repr(layout.delimiter),) * 2)
    advice = f"Fields are separated by {many}, as in the header: put those that hold {one} or a line break between "
    hint = "" if layout.delimiter == "," else f"The header was read as separated by {many}."
    return hint, f"{advice}double quotes."


def _parsed(text: str, place: str, layout: Layout, ways: Sequence[Quoting]) -> tuple[list[_Row], Quoting]:
    """The rows in the first way of quoting that reads them all. DataError as the last has it."""
    for quoting in ways[:-1]:
        with suppress(DataError):
            return list(_numbered(text, place, layout, quoting)), quoting
    return list(_numbered(text, place, layout, ways[-1])), ways[-1]


_ONE_COLUMN = (
    "The header names one column. If texts hold commas, put them between double quotes; if something else than a "
    "comma, semicolon, tab or bar separates fields, say so in a first line, such as sep=^"
)
#: What is not seen of a name.
_UNSEEN = "\ufeff\u200b\u2060 "


def _named(rows: list[_Row], how: Form, wanted: Wanted, place: str) -> tuple[list[str], list[_Row], tuple[str, ...]]:
    """The names of the columns, the rows below the header, and a note on names that the header lacks.

    Headerless where the first row looks like data, and it is neither said nor plain that it is none.
    """
    if how.header is False and rows:
        return [f"column{i}" for i in range(1, len(rows[0][1]) + 1)], rows, ()
    if len(rows) < 2:
        raise DataError(f"{place}: {'only a header' if rows else 'the file is empty'}; expected a header and rows.")
    names = [name.strip().strip(_UNSEEN).strip() for name in rows[0][1]]
    rest = [row for _, row in rows[1:]]
    if all(len(row) == len(names) + 1 for row in rest):
        if not any(row[-1].strip() for row in rest):
            return [*names, ""], rows[1:], ()
        if all(row[0] == str(i) for i, row in enumerate(rest, 1)):
            return ["", *names], rows[1:], ("the first column, which the header does not name, numbers the rows",)
    is_named = wanted is not None and set(wanted) <= set(names) and max(map(len, wanted), default=0) <= LONGEST_NAME
    cells = [row for _, row in rows]
    if not how.header and not is_named and (why := why_data(cells)):
        raise Headerless(
            f"{place}: row {rows[0][0]} looks like data, not like a header ({why}). If the file has no header, say "
            f"`header: false`: its columns are then named column1 to column{len(names)}, so name them, such as "
            f"`{suggested(cells)}`. If row {rows[0][0]} is the header, say `header: true`."
        )
    return names, rows[1:], ()


def _within(rows: list[_Row], names: list[str]) -> tuple[list[_Row], tuple[str, ...], str]:
    """The rows of the table without headers that stand in it again and notes below it; what is said of them; a form."""
    kept = [row for row in rows if row[1][0].strip() != names[0] or [cell.strip() for cell in row[1]] != names]
    if not kept or len(names) == 1:
        kept = rows
    n_again = len(rows) - len(kept)
    notes = [f"{counted(n_again, 'row')} passed over: the header again"] if n_again else []
    end = len(kept)
    while end > 1 and len(kept[end - 1][1]) < len(names):
        end -= 1
    below = kept[end:]
    if below and len(below) <= _N_BELOW and below[0][0] > kept[end - 1][0] + 1:
        kept = kept[:end]
        notes.append(f"{counted(len(below), 'row')} below the table, after a blank line, passed over")
    return kept, tuple(notes), "header passed over" if n_again else ""


def _numbered(text: str, place: str, layout: Layout, quoting: Quoting) -> Iterator[_Row]:
    """Rows that have a field which is not blank, counted from 1 with the others and the lines above."""
    number = layout.n_above
    lines = io.StringIO(quoting.prepared(text[layout.start :]), newline="")
    try:
        for row in csv.reader(lines, delimiter=layout.delimiter, strict=True, **quoting.dialect):
            number += 1
            if any(field and not field.isspace() for field in row):
                yield number, row
    except csv.Error as error:
        what = "a quote that is never closed" if "end of data" in str(error) else str(error)
        raise DataError(
            f"{place}, row {number + 1}: {what}. Double the quotes inside a quoted field, and close it."
        ) from None
