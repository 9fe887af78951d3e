"""What belongs together stands on one side, also where no hash of the group decides it."""

from dataclasses import replace

from harness.tasks.sources.row import Reading
from harness.tasks.text import counted


def without_shared_groups(reading: Reading, column: str) -> Reading:
    """The reading without the train rows whose group, which `column` holds, stands in test; a note counts them."""
    train = reading.sides.get("train", ())
    in_test = {row.group for row in reading.sides["test"]}
    kept = tuple(row for row in train if row.group not in in_test)
    if len(kept) == len(train):
        return reading
    n_rows = counted(len(train) - len(kept), "train row")
    n_groups = counted(len(in_test.intersection(row.group for row in train)), "value")
    note = f"{n_rows} left out: {n_groups} of {column!r} stand in test too"
    return replace(reading, sides={**reading.sides, "train": kept}, notes=(*reading.notes, note))
