"""The cells of a column: as text, or empty, or no use."""

import math
from typing import Any

from harness.core.data import utf8
from harness.core.errors import DataError
from harness.tasks.sources.table import ABSENT, Table

#: Rows that cannot be used: their number, and what is wrong.
Bad = list[tuple[int, str]]


def texts_of(table: Table, column: str, bad: Bad) -> list[str | None]:
    """The cells down a column as text."""
    return [as_text(value, column, n, bad) for n, value in zip(table.numbers, table.columns[column], strict=True)]


def is_empty(value: Any) -> bool:
    """Whether a cell is not there, null, not a number, or blank."""
    absent = value is ABSENT or value is None or (isinstance(value, float) and math.isnan(value))
    return absent or (isinstance(value, str) and not value.strip())


def as_text(value: Any, column: str, number: int, bad: Bad) -> str | None:
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
