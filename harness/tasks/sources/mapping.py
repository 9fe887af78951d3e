"""From the columns of a table to rows, with every row that cannot be used listed."""

import math
from typing import Any

from harness.core.data import utf8
from harness.core.errors import DataError
from harness.tasks.sources.row import Row
from harness.tasks.sources.table import ABSENT, Table, raise_bad_rows
from harness.tasks.task import Columns

_Bad = list[tuple[int, str]]


def to_rows(table: Table, columns: Columns) -> tuple[Row, ...]:
    """The rows of a table. A text may be empty; a label, domain, group or id may not.

    DataError with the rows where a value is missing, not text or not UTF-8, and where an id repeats.
    """
    bad: _Bad = []
    blank = [""] * len(table.numbers)
    texts = [_texts(table, name, bad) for name in columns.text]
    joined = texts[0] if len(texts) == 1 else ["\n".join(parts) for parts in zip(*texts, strict=True)]
    ids, labels, domains, groups = (
        blank if name is None else _names(table, name, bad)
        for name in (columns.id, columns.label, columns.domain, columns.group)
    )
    queries = blank if columns.query is None else _texts(table, columns.query, bad)
    if columns.id is not None:
        bad += _repeated(table, columns.id, ids)
    raise_bad_rows(table.place, table.unit, bad, "Mend these or remove them.")
    return tuple(map(Row, ids, joined, labels, domains, groups, queries))


def _texts(table: Table, column: str, bad: _Bad) -> list[str]:
    """The column as texts, unchanged; null is the empty text."""
    return [_checked(value, column, number, bad) or "" for number, value in _cells(table, column)]


def _names(table: Table, column: str, bad: _Bad) -> list[str]:
    """The column as names of something, without space around them; none may be empty."""
    names = []
    for number, value in _cells(table, column):
        text = _checked(value, column, number, bad)
        if text is not None and not text.strip():
            bad.append((number, f"column {column!r} is empty; expected a value"))
        names.append((text or "").strip())
    return names


def _cells(table: Table, column: str) -> "zip[tuple[int, Any]]":
    return zip(table.numbers, table.columns[column], strict=True)


def _checked(value: Any, column: str, number: int, bad: _Bad) -> str | None:
    """A cell as text; None where it is none, and why goes into `bad`."""
    if value is ABSENT:
        bad.append((number, f"no {column!r}; expected a value"))
        return None
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict, bytes)):
        bad.append((number, f"column {column!r} holds a {type(value).__name__}; expected text"))
        return None
    text = str(value)
    if not text.isascii():
        try:
            utf8(text, f"column {column!r}")
        except DataError as error:
            bad.append((number, str(error).split(". ", 1)[0]))
            return None
    return text


def _repeated(table: Table, column: str, ids: list[str]) -> _Bad:
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
