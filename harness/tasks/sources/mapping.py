"""From the columns of a table to rows, with every row that cannot be used listed."""

import math

from harness.tasks.sources.cells import Bad, as_text, cells, is_empty
from harness.tasks.sources.empty import ADVICE, without_empty
from harness.tasks.sources.nested import check_cells
from harness.tasks.sources.row import Row, Time
from harness.tasks.sources.table import Table, raise_bad_rows, shown_name
from harness.tasks.sources.times import times_of
from harness.tasks.task import Columns
from harness.tasks.text import number_of


def to_rows(table: Table, columns: Columns) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of a table, and notes on those left out. A text may be empty; a label, domain, group, id or time not.

    DataError with the rows where a value is missing, not text, not UTF-8 or no time, and where an id repeats.
    """
    check_cells(table)
    notes: tuple[str, ...] = ()
    if columns.drop_empty:
        table, notes = without_empty(table, columns)
    bad: Bad = []
    blank = [""] * len(table.numbers)
    texts, seconds = (
        _joined(table, names, columns.whole, bad) if names else blank for names in (columns.text, columns.second)
    )
    ids, labels, domains, groups = (
        blank if name is None else _names(table, name, bad)
        for name in (columns.id, columns.label, columns.domain, columns.group)
    )
    numbers = [0.0] * len(blank) if columns.number is None else _numbers(table, columns.number, bad)
    times = [Time(0.0, "")] * len(blank) if columns.time is None else times_of(table, columns.time, bad)
    if columns.id is not None:
        bad += _repeated(table, columns.id, ids)
    raise_bad_rows(table.place, table.unit, bad, _advice(table, columns))
    return tuple(map(Row, ids, texts, labels, domains, groups, seconds, times, numbers)), notes


def _joined(table: Table, columns: tuple[str, ...], is_whole: bool, bad: Bad) -> list[str]:
    """The columns as texts, unchanged, several joined by line breaks; null is the empty text, if one may be empty."""
    parts = [
        [as_text(value, column, number, bad) or "" for number, value in cells(table, column)] for column in columns
    ]
    texts = parts[0] if len(parts) == 1 else ["\n".join(row) for row in zip(*parts, strict=True)]
    if is_whole:
        told = " and ".join(map(repr, columns))
        empty = [number for number, text in zip(table.numbers, texts, strict=True) if not text.strip()]
        bad += [(number, f"column {told} is empty; expected a text") for number in empty]
    return texts


def _numbers(table: Table, column: str, bad: Bad) -> list[float]:
    """The column as numbers, none of them infinite."""
    numbers = []
    for number, value in cells(table, column):
        text = (as_text(value, column, number, bad) or "").strip()
        numbers.append(math.nan if (found := number_of(text)) is None else found)
        if not math.isfinite(numbers[-1]):
            bad.append((number, f"column {column!r} is {shown_name(text)}; expected a number"))
    return numbers


def _names(table: Table, column: str, bad: Bad) -> list[str]:
    """The column as names of something, without space around them; none may be empty."""
    names = []
    for number, value in cells(table, column):
        text = as_text(value, column, number, bad)
        if text is not None and not text.strip():
            bad.append((number, f"column {column!r} is empty; expected a value"))
        names.append((text or "").strip())
    return names


def _advice(table: Table, columns: Columns) -> str:
    """What to do about bad rows; `drop_empty` where it would help."""
    droppable = [columns.label, columns.domain, columns.group, columns.time, columns.number]
    droppable += [*columns.text, *columns.second] if columns.whole else []
    some_empty = any(is_empty(value) for name in droppable if name is not None for value in table.columns[name])
    return f"Mend these or remove them{', ' + ADVICE if some_empty else ''}."


def _repeated(table: Table, column: str, ids: list[str]) -> Bad:
    """The rows whose id an earlier row has."""
    first: dict[str, int] = {}
    bad = []
    for number, name in zip(table.numbers, ids, strict=True):
        if name and first.setdefault(name, number) != number:
            bad.append(
                (
                    number,
                    f"{column} {name!r} is that of {table.unit} {first[name]} too; expected one row an id",
                )
            )
    return bad
