"""Both sides of a task, ready to be drawn from: chosen, split, merged, checked. Kept in memory for a process."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.core.errors import DataError
from harness.tasks.alike import alike_note, lists_note
from harness.tasks.balance import balanced, share_note
from harness.tasks.by_time import split_by_time, with_domains_by_time
from harness.tasks.checks import check_classes, check_label_map, check_sides
from harness.tasks.classes import without_small
from harness.tasks.clusters import near_together, sharing_answers
from harness.tasks.groups import without_shared_groups
from harness.tasks.held_out import with_held_out
from harness.tasks.one_sided import unlearnt_note, without_one_sided
from harness.tasks.retrieval import Query, documents_of, queries_of
from harness.tasks.sources import read
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item, left_of, side_of, without
from harness.tasks.task import Task
from harness.tasks.text import text_hash


@dataclass(frozen=True)
class Pool:
    """All items by side, in order of id; for a retrieval task documents, and the queries beside them.

    `moved` where some stand on another side than their hash says.
    """

    sides: Mapping[str, tuple[Item, ...]]
    queries: tuple[Query, ...]
    n_duplicates: int
    n_merged: int
    notes: tuple[str, ...]
    moved: bool = False


def pool_of(task: Task, source: str) -> Pool:
    """The pool of a task whose source has this hash. DataError where the data cannot serve the task."""
    # what does not decide the items is left out, so that it is read once whatever the task is called
    return _pool(replace(task, name="", metrics=(), language=None, note=""), source)


@lru_cache(maxsize=16)
def _pool(task: Task, source: str) -> Pool:
    reading = _chosen(task, read(task, source))
    if task.min_class is not None:
        reading = without_small(reading, task.min_class)
    if task.kind == "classification":
        counts = Counter(row.label for members in reading.sides.values() for row in members)
        check_classes(counts.elements(), reading.place, task.columns.label or "label")
        reading = replace(reading, notes=(*reading.notes, *alike_note(counts), *lists_note(counts)))
    if task.by_time == "split":
        reading = split_by_time(reading, task.test_share)
    elif task.by_time == "shift":
        reading = with_domains_by_time(reading)
    if task.columns.group is not None and "test" in reading.sides:
        reading = without_shared_groups(reading, task.columns.group)
    rows = [(side, row) for side, members in reading.sides.items() for row in members]
    split: dict[str, list[Item]] = {"train": [], "test": [], "validation": []}
    for side, row in rows:
        item = _item(row)
        split[side if side in split else side_of(item.cluster, task.test_share)].append(item)
    split, note = with_held_out(split)
    reading = replace(reading, notes=(*reading.notes, *note))
    if task.kind == "classification":
        return _texts(task, split, reading)
    return _documents(split, [row for _, row in rows], reading)


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


def _item(row: Row) -> Item:
    key = text_hash(row.text)
    return Item(row.id or key, row.group or key, key, row.text, row.label, row.domain)


def _texts(task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
    by_hash = "all" in reading.sides
    left = balanced(split, task.test_share) if by_hash else left_of(split)
    notes = reading.notes
    if left.n_conflicting:
        notes = (*notes, f"{left.n_conflicting:,} texts that occur under different labels are left out")
    labels = Counter(item.label for item in (*left.train, *left.test))
    is_grouped = task.columns.group is not None
    if by_hash:
        left, note = without_one_sided(left, is_grouped)
        notes = (*notes, *note, *share_note(left, task.test_share, is_grouped))
    else:
        notes = (*notes, *unlearnt_note(left))
    check_sides(left, labels, reading.place, notes)
    sides = {"train": tuple(left.train), "test": near_together(left.test)}
    return Pool(sides, (), left.n_duplicates, left.n_merged, notes, left.moved)


def _documents(split: Mapping[str, list[Item]], rows: list[Row], reading: Reading) -> Pool:
    train, test = documents_of(split["train"]), documents_of(split["test"])
    kept = without(train, test)
    if len(test) < 2:
        raise DataError(
            f"{reading.place}: {len(test)} documents on the test side; expected at least two to choose from. "
            "Add rows, or raise `test_share`."
        )
    queries = sharing_answers(queries_of(rows), [*train, *test])
    n_merged = len(rows) - len(train) - len(test)
    notes = [*reading.notes]
    if n_merged:
        notes.append(f"{n_merged:,} exact duplicates of documents merged")
    if n_repeated := len(rows) - len(queries):
        notes.append(f"{n_repeated:,} repeated queries merged into one, with all documents that answer it")
    sides = {"train": tuple(kept), "test": tuple(test)}
    return Pool(sides, tuple(queries), len(train) - len(kept), n_merged, tuple(notes))
