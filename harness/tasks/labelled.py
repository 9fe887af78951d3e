"""What kinds of task with a class or a number an item have in common, whatever an item's texts are."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from harness.core.errors import DataError
from harness.tasks.alike import alike_note, lists_note
from harness.tasks.balance import balanced, share_note
from harness.tasks.checks import check_classes, check_sides
from harness.tasks.kinds import Pool
from harness.tasks.one_sided import unlearnt_note, without_one_sided
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, Left, left_of
from harness.tasks.task import Task

#: Gives the items of the test side the clusters that are resampled together.
Clustered = Callable[[Iterable[Item]], tuple[Item, ...]]


def class_faults(spec: Mapping[str, Any], *texts: str) -> list[str]:
    """What is wrong in the mapping of a task with classes, whose texts are in the columns that `texts` name."""
    faults = [f"`{field}` names no column." for field in texts if spec.get(field, True) in ("", [])]
    if "labels" in spec and len(set(spec["labels"].values())) < 2:
        faults.append("`labels` names fewer than two classes; expected at least two.")
    return faults


def checked_classes(task: Task, reading: Reading) -> Reading:
    """The rows with notes on their classes. DataError where they are none, or one."""
    counts = Counter(row.label for members in reading.sides.values() for row in members)
    check_classes(counts.elements(), reading.place, task.columns.label or "label")
    return replace(reading, notes=(*reading.notes, *alike_note(counts), *lists_note(counts)))


def class_pool(task: Task, split: Mapping[str, list[Item]], reading: Reading, clustered: Clustered) -> Pool:
    """One item a text, each class with a text on both sides where a rule splits."""
    left, notes = _left(task, split, reading, "labels")
    labels = Counter(item.label for item in (*left.train, *left.test))
    is_grouped = task.columns.group is not None
    if "all" in reading.sides:
        left, note = without_one_sided(left, is_grouped)
        notes = (*notes, *note, *share_note(left, task.test_share, is_grouped))
    else:
        notes = (*notes, *unlearnt_note(left))
    check_sides(left, labels, reading.place, notes)
    return _pool(left, notes, clustered)


def number_pool(task: Task, split: Mapping[str, list[Item]], reading: Reading, clustered: Clustered) -> Pool:
    """One item a text. DataError where all numbers of a side are the same, so that they have no order."""
    left, notes = _left(task, split, reading, "numbers")
    for side, items in (("train", [item for item in left.train if not item.held_out]), ("test", left.test)):
        if len({item.value for item in items}) < 2:
            said = f"have the number {items[0].value:g} in column {task.columns.number!r}" if items else "there are"
            raise DataError(
                f"{reading.place}: all {len(items)} rows of the {side} side {said}; expected at least two numbers. "
                "Add rows, or name another column."
            )
    return _pool(left, notes, clustered)


def _left(task: Task, split: Mapping[str, list[Item]], reading: Reading, what: str) -> tuple[Left, tuple[str, ...]]:
    left = balanced(split, task.test_share) if "all" in reading.sides else left_of(split)
    notes = reading.notes
    if left.n_conflicting:
        items = "pairs" if task.columns.second else "texts"
        notes = (*notes, f"{left.n_conflicting:,} {items} that occur under different {what} are left out")
    return left, notes


def _pool(left: Left, notes: tuple[str, ...], clustered: Clustered) -> Pool:
    sides = {"train": tuple(left.train), "test": clustered(left.test)}
    return Pool(sides, left.n_duplicates, left.n_merged, notes, left.moved)
