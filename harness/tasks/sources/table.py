"""A file as columns, and the error that lists its bad rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.errors import DataError
from harness.core.registry import nearest

#: A row has no such field (a JSON object without the key). Unlike null, which is an empty value.
ABSENT: Any = object()


@dataclass(frozen=True)
class Table:
    """The columns asked for, as read. `numbers` are the rows (or lines: `unit`) as a person counts them."""

    place: str
    unit: str
    columns: Mapping[str, list[Any]]
    numbers: list[int]


def check_columns(
    wanted: tuple[str, ...], names: list[str], place: str, hint: str = "", are_names: bool = True
) -> None:
    """DataError where a wanted column is not there, or there twice. Not `are_names`: they may be values of a row."""
    for name in wanted:
        if name not in names:
            listed = ", ".join(map(repr, names[:20])) + (" …" if len(names) > 20 else "")
            advice = [f"The columns are {listed}.", nearest(name, names), hint]
            raise DataError(
                f"{place}: no column {name!r}. " + " ".join(filter(None, advice)), plain=names if are_names else ()
            )
        if names.count(name) > 1:
            raise DataError(
                f"{place}: {names.count(name)} columns are named {name!r}; expected one. Rename the others."
            )


def raise_bad_rows(place: str, unit: str, bad: list[tuple[int, str]], advice: str) -> None:
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
