"""What belongs together stands on one side, also where no hash of the group decides it."""

from dataclasses import replace

from harness.tasks.sources.row import Reading, Row
from harness.tasks.text import counted

#: A group that stands on two sides stays on the first of these.
_FIRST = ("test", "validation", "train")


def without_shared_groups(reading: Reading, column: str) -> Reading:
    """The reading without the rows whose group, which `column` holds, stands on a side that is judged by it.

    Test before validation before train; notes count the rows that go.
    """
    seen, sides, notes = dict[str, str](), dict[str, tuple[Row, ...]](), list[str]()
    for side in (side for side in _FIRST if side in reading.sides):
        rows = reading.sides[side]
        sides[side] = tuple(row for row in rows if row.group not in seen)
        if gone := [row for row in rows if row.group in seen]:
            n_groups = counted(len({row.group for row in gone}), "value")
            where = " and ".join(dict.fromkeys(seen[row.group] for row in gone))
            notes.append(f"{counted(len(gone), f'{side} row')} left out: {n_groups} of {column!r} stand in {where} too")
        seen |= {row.group: side for row in sides[side]}
    return replace(reading, sides={side: sides[side] for side in reading.sides}, notes=(*reading.notes, *notes))
