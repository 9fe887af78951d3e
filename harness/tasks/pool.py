"""Both sides of a task, ready to be drawn from: chosen, split, merged, checked. Kept in memory for a process."""

from dataclasses import replace
from functools import lru_cache

from harness.tasks.checks import check_label_map
from harness.tasks.held_out import with_held_out
from harness.tasks.kinds import Pool, kind_of
from harness.tasks.rows import split_by_time, with_domains_by_time, without_shared_groups, without_small
from harness.tasks.sources import read
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, side_of
from harness.tasks.task import Task


def pool_of(task: Task, source: str) -> Pool:
    """The pool of a task whose source has this hash. DataError where the data cannot serve the task."""
    # what does not decide the items is left out, so that it is read once whatever the task is called
    return _pool(replace(task, name="", metrics=(), language=None, note=""), source)


@lru_cache(maxsize=16)
def _pool(task: Task, source: str) -> Pool:
    kind, reading = kind_of(task.kind), _chosen(task, read(task, source))
    if task.min_class is not None:
        reading = without_small(reading, task.min_class)
    reading = kind.checked(task, reading)
    if task.by_time == "split":
        reading = split_by_time(reading, task.test_share)
    elif task.by_time == "shift":
        reading = with_domains_by_time(reading)
    if task.columns.group is not None and "test" in reading.sides:
        reading = without_shared_groups(reading, task.columns.group)
    rows = [(side, row) for side, members in reading.sides.items() for row in members]
    split: dict[str, list[Item]] = {"train": [], "test": [], "validation": []}
    for side, row in rows:
        item = kind.item(row)
        split[side if side in split else side_of(item.cluster, task.test_share)].append(item)
    split, note = with_held_out(split)
    reading = replace(reading, notes=(*reading.notes, *note))
    return kind.pool(task, split, [row for _, row in rows], reading)


def _chosen(task: Task, reading: Reading) -> Reading:
    """The rows of the task's domains and of its named labels, renamed."""
    names = dict(task.labels)
    if names:
        check_label_map((row.label for side in reading.sides.values() for row in side), names, reading.place)
    sides = {
        side: tuple(
            row._replace(label=names.get(row.label, row.label))
            for row in rows
            if (not names or row.label in names) and (task.domains is None or row.domain in task.domains)
        )
        for side, rows in reading.sides.items()
    }
    notes = reading.notes
    if names and (n_left := sum(map(len, reading.sides.values())) - sum(map(len, sides.values()))):
        notes = (*notes, f"{n_left:,} rows of labels that `labels` does not name are left out")
    return replace(reading, sides=sides, notes=notes)
