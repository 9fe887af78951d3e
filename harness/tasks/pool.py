"""Both sides of a task, ready to be drawn from: chosen, split, merged, checked; and the items of a split.

Both are kept in memory for a process.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import Split
from harness.tasks.checks import check_label_map
from harness.tasks.kinds import kind_of
from harness.tasks.rows import relabelled, split_by_time, with_domains_by_time, without_shared_groups, without_small
from harness.tasks.sources import content_hash, read
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, Pool, side_of, without
from harness.tasks.task import HubSource, Task
from harness.tasks.text import counted


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
    split: dict[str, list[Item]] = {"train": [], "test": [], "validation": []}
    for side, rows in reading.sides.items():
        for item in map(kind.item, rows):
            split[side if side in split else side_of(item.cluster, task.test_share)].append(item)
    if split["validation"]:
        split, note = _with_held_out(split)
        reading = reading.noted(note)
    return kind.pool(task, split, reading)


def _chosen(task: Task, reading: Reading) -> Reading:
    """The rows of the task's domains and of its named labels, renamed."""
    if task.labels:
        names = dict(task.labels)
        check_label_map(Counter(row.label for row in reading.rows), names, reading.place)
    if task.domains is not None:
        kept = {side: tuple(r for r in rows if r.domain in task.domains) for side, rows in reading.sides.items()}
        reading = replace(reading, sides=kept)
    if task.labels:
        n_rows, reading = len(reading.rows), relabelled(reading, names)
        if n_left := n_rows - len(reading.rows):
            reading = reading.noted(f"{n_left:,} rows of labels that `labels` does not name are left out")
    return reading


def _with_held_out(split: Mapping[str, list[Item]]) -> tuple[dict[str, list[Item]], str]:
    """`train` and `test`, the validation items as held-out ones of `train`, and what to say of them.

    A text of both is not learnt from; one of validation and test is in test alone; what nobody learns chooses nothing.
    """
    train, test, given = split["train"], split["test"], split["validation"]
    apart = without(given, test)
    learnt = without(train, apart)
    known = {item.label for item in learnt}
    held_out = [item._replace(held_out=True) for item in apart if item.label in known]
    what = f"{counted(len(held_out), 'text')} of a validation side, to choose by alone"
    gone = {
        "in test too": len(given) - len(apart),
        "of classes that train has none of": len(apart) - len(held_out),
        "taken out of train": len(train) - len(learnt),
    }
    told = [f"{n:,} {where}" for where, n in gone.items() if n]
    return {"train": [*learnt, *held_out], "test": test}, "; ".join([what, *told])


def load(task: Task, split: Split) -> Examples:
    """The items of a split of this task, in order of id, never perturbed.

    The split's own rule says which domains it is restricted to, so that a domain elsewhere can be loaded; its role
    says which side of the items is read. DataError where the source is no longer the one that the split was made from.
    """
    # a hub split is loaded at its own commit, so there is nothing to ask the hub about
    if not isinstance(task.source, HubSource) and (now := content_hash(task.source)) != split.source:
        raise DataError(
            f"the data of task {task.name!r} changed since the run was planned (hash {now[:8]}, was "
            f"{split.source[:8]}). Start the run again."
        )
    domains = tuple(split.rule["domains"]) if "domains" in split.rule else None
    choice = (split.side, split.sample, split.sample_seed, split.domains, split.role)
    try:
        return _load(replace(task, domains=domains), split.source, *choice)
    except DataError as error:
        raise DataError(f"task {task.name!r}: {error}", plain={*error.plain, task.name}) from None


@lru_cache(maxsize=32)
def _load(
    task: Task, source: str, side: str, sample: int | None, seed: int, domains: tuple[str, ...] | None, role: str
) -> Examples:
    kind, pool = kind_of(task.kind), pool_of(task, source)
    items = pool.train if side == "train" else pool.test
    learnt, held_out = ([item for item in items if item.held_out == is_out] for is_out in (False, True))
    if sample is not None:
        learnt = kind.draw(pool, learnt, sample, seed)
    if domains is not None:
        learnt = [item for item in learnt if item.domain in domains]
        held_out = [item for item in held_out if item.domain in domains]
    labels = {item.label for item in learnt}  # nothing can be chosen by others
    return kind.examples(pool, sorted([*learnt, *(i for i in held_out if i.label in labels)]), role)
