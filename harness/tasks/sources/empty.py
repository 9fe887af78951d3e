"""Rows without a text or a value, which `drop_empty` leaves out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from harness.core.errors import DataError
from harness.tasks.sources.cells import is_empty
from harness.tasks.sources.table import ABSENT, Table
from harness.tasks.task import Columns
from harness.tasks.text import counted

#: What to do about rows that lack something.
ADVICE = "or say `drop_empty: true` to leave out rows that are empty"


def without_empty(table: Table, columns: Columns) -> tuple[Table, tuple[str, ...]]:
    """The rows that have a text and every value named, and a note that counts the others by what they lack first.

    A row may lack some of several text columns; what it lacks there is the empty text. Ids are not looked at.
    DataError where no row is left.
    """
    n_rows = len(table.numbers)
    named = [columns.label, *columns.second, columns.number, columns.group, columns.domain, columns.time]
    needed = {" and ".join(map(repr, columns.text)): columns.text}
    needed |= {repr(name): (name,) for name in named if name is not None}
    lacking: list[str | None] = [None] * n_rows
    for what, names in needed.items():
        for place, values in enumerate(zip(*(table.columns[name] for name in names), strict=True)):
            if lacking[place] is None and all(map(is_empty, values)):
                lacking[place] = what
    counts = Counter(what for what in lacking if what is not None)
    if not counts:
        return _with_texts(table, columns, range(n_rows)), ()
    listed = ", ".join(f"{counts[what]:,} in {what}" for what in needed if what in counts)
    kept = [place for place, what in enumerate(lacking) if what is None]
    if not kept:
        raise DataError(f"{table.place}: `drop_empty` leaves no row; empty are {listed}. Name other columns.")
    return _with_texts(table, columns, kept), (f"{counted(counts.total(), 'row')} left out as empty: {listed}",)


def _with_texts(table: Table, columns: Columns, places: Sequence[int]) -> Table:
    """These rows of the table, with no text column absent."""
    kept = {
        name: [None if name in columns.text and values[i] is ABSENT else values[i] for i in places]
        for name, values in table.columns.items()
    }
    return replace(table, columns=kept, numbers=[table.numbers[i] for i in places])
