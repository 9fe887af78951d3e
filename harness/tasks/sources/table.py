"""A file as columns, its cells as text, and the error that lists its bad rows."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.data import utf8
from harness.core.errors import LONGEST_NAME, DataError
from harness.core.registry import F, component, nearest
from harness.tasks.task import Wanted

#: A row has no such field (a JSON object without the key). Unlike null, which is an empty value.
ABSENT: Any = object()
#: Rows that cannot be used: their number, and what is wrong.
Bad = list[tuple[int, str]]


@dataclass(frozen=True)
class Form:
    """What is said of how a file is written. `header`: whether its first row names the columns; None: look."""

    encoding: str = "utf-8"
    header: bool | None = None


@dataclass(frozen=True)
class Table:
    """The columns asked for, as read. `numbers` are the rows (or lines: `unit`) as a person counts them.

    `notes` say what was passed over or understood; `form` names what makes the values other than they were read by
    earlier versions, and is part of a split's key. `left_out` are columns that cannot be named, and why.
    """

    place: str
    unit: str
    columns: Mapping[str, list[Any]]
    numbers: Sequence[int]
    notes: tuple[str, ...] = field(default=())
    form: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)


def source_format(*ends: str) -> Callable[[F], F]:
    """Make `(bytes, form, wanted columns or None for all, place) -> Table` the reader of files whose names end so."""
    return component("format", ends[0], ends=ends)


class Headerless(DataError):
    """The first row of a table is no header, as far as can be told."""


def check_columns(
    wanted: Wanted, names: Sequence[str], place: str, hint: str = "", plain: Collection[str] | None = None
) -> tuple[str, ...]:
    """The columns wanted; where none are named, all that have a name of their own.

    DataError where a wanted column is not there, or there twice. `plain` are the names that are surely names, where
    others may be values (None: all are).
    """
    if wanted is None:
        return tuple(name for name, n in Counter(names).items() if name and n == 1)
    for name in wanted:
        if name not in names:
            listed = ", ".join(map(shown_name, names[:20])) + (" …" if len(names) > 20 else "")
            short = [other for other in names if len(other) <= LONGEST_NAME]
            advice = [f"The columns are {listed}.", nearest(name, short), hint]
            raise DataError(
                f"{place}: no column {name!r}. " + " ".join(filter(None, advice)),
                plain=names if plain is None else plain,
            )
        if (n := list(names).count(name)) > 1:
            raise DataError(f"{place}: {n} columns are named {name!r}; expected one. Rename the others.")
    return wanted


def shown_name(name: str) -> str:
    """A column's name in quotes; of a long one, which may be a text, only how long it is."""
    return repr(name) if len(name) <= LONGEST_NAME else f"(a name of {len(name):,} characters)"


def raise_bad_rows(place: str, unit: str, bad: Bad, advice: str) -> None:
    """DataError with the first five bad rows, their number, and what to do; nothing where none is bad."""
    if not bad:
        return
    rows: dict[int, list[str]] = {}
    for number, what in sorted(bad):
        rows.setdefault(number, []).append(what)
    lines = [f"{unit} {number}: {'; '.join(what)}" for number, what in rows.items()]
    if len(lines) == 1:
        raise DataError(f"{place}, {lines[0]}. {advice}")
    listed = "".join(f"\n  {line}" for line in lines[:5])
    more = f"\n  and {len(lines) - 5:,} more" if len(lines) > 5 else ""
    raise DataError(f"{place}: {len(lines):,} {unit}s cannot be used.{listed}{more}\n{advice}")


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
