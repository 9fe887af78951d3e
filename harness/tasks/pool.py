"""Both sides of a task, ready to be drawn from: chosen, split, merged, checked; and the items of a split.

Both are kept in memory for a process.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import Split
from harness.core.sized_cache import bytes_of, sized_cache
from harness.suite.schema import MinClassModel
from harness.tasks.checks import check_label_map, class_names, named_classes, shown_label
from harness.tasks.kinds import kind_of
from harness.tasks.sources import content_hash, read
from harness.tasks.sources.row import Reading, Row, Time
from harness.tasks.splits import Item, Pool, side_of, without
from harness.tasks.task import HubSource, Task
from harness.tasks.text import counted

#: A group that stands on two sides stays on the first of these.
_FIRST = ("test", "validation", "train")
#: What the domain `later` gets of the rows.
LATER_SHARE = 1 / 3
#: How many of the classes a note names.
_N_NAMED = 5


def pool_of(task: Task, source: str) -> Pool:
    """The pool of a task whose source has this hash. DataError where the data cannot serve the task."""
    # what does not decide the items is left out, so that it is read once whatever the task is called
    return _pool(replace(task, name="", metrics=(), language=None, note=""), source)


@sized_cache(2**29, lambda pool: bytes_of([item.text for item in (*pool.train, *pool.test)]))
def _pool(task: Task, source: str) -> Pool:
    kind, reading = kind_of(task.kind), _chosen(task, read(task.source, task.columns, source))
    if task.min_class is not None:
        reading = _without_small(reading, task.min_class)
    reading = kind.checked(task, reading)
    if task.by_time == "split":
        reading = split_by_time(reading, task.test_share)
    elif task.by_time == "shift":
        reading = _with_domains_by_time(reading)
    if task.columns.group is not None and "test" in reading.sides:
        reading = _without_shared_groups(reading, task.columns.group)
    split: dict[str, list[Item]] = {"train": [], "test": [], "validation": []}
    for side, rows in reading.sides.items():
        for place, item in enumerate(map(kind.item, rows)):
            to = side if side in split else side_of(item.cluster, task.test_share)
            split[to].append(item._replace(place=place))
    if split["validation"]:
        split, note = _with_held_out(split)
        reading = reading.noted(note)
    pool = kind.pool(task, split, reading)
    n_empty = sum(not item.text.strip() for item in (*pool.train, *pool.test))
    return (
        pool.noted(f"{counted(n_empty, 'empty text')}, of which an encoder reads special tokens alone")
        if n_empty
        else pool
    )


def _chosen(task: Task, reading: Reading) -> Reading:
    """The rows of the task's domains and of its named labels, renamed."""
    if task.labels:
        names = dict(task.labels)
        check_label_map(Counter(row.label for row in reading.rows), names, reading.place)
    if task.domains is not None:
        kept = {side: tuple(r for r in rows if r.domain in task.domains) for side, rows in reading.sides.items()}
        reading = replace(reading, sides=kept)
    if task.labels:
        n_rows, reading = len(reading.rows), _relabelled(reading, names)
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


def _without_shared_groups(reading: Reading, column: str) -> Reading:
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
    return replace(reading, sides={side: sides[side] for side in reading.sides}).noted(*notes)


def split_by_time(reading: Reading, test_share: float) -> Reading:
    """The latest rows as the test side. DataError where the rows are not in one piece, or all of one time."""
    cut = _cut(reading, test_share)
    train = tuple(row for row in reading.sides["all"] if row.time.at < cut.at)
    test = tuple(row for row in reading.sides["all"] if row.time.at >= cut.at)
    note = f"split by time: the test side is from {cut.shown} on"
    return replace(reading, sides={"train": train, "test": test}).noted(note)


def _with_domains_by_time(reading: Reading) -> Reading:
    """The first two thirds of the rows as domain `earlier`, the others as `later`. DataError as for the split."""
    cut = _cut(reading, LATER_SHARE)
    rows = (row._replace(domain="later" if row.time.at >= cut.at else "earlier") for row in reading.sides["all"])
    return replace(reading, sides={"all": tuple(rows)}).noted(f"`later` is from {cut.shown} on")


def _cut(reading: Reading, share: float) -> Time:
    """From when on the rows are the latest `share`, as nearly as rows of one time, kept together, allow."""
    if "all" not in reading.sides:
        raise DataError(
            f"{reading.place}: it has train and test splits of its own; `time` splits data in one piece. Leave it out."
        )
    times = [row.time for row in reading.sides["all"]]
    counts = Counter(time.at for time in times)
    n_from, nearest, best = 0, float("inf"), None
    for at in sorted(counts, reverse=True)[:-1]:  # from the earliest on, nothing would be left to train on
        n_from += counts[at]
        if (off := abs(n_from - share * len(times))) < nearest:
            nearest, best = off, at
    if best is None:
        raise DataError(f"{reading.place}: all rows are of one time; expected two or more to split between.")
    return min(time for time in times if time.at == best)


def _without_small(reading: Reading, rule: MinClassModel) -> Reading:
    """The rows of classes with enough rows, both sides counted together; the others left out or under one name.

    DataError where fewer than two classes are left.
    """
    counts = Counter(row.label for row in reading.rows)
    small = Counter({label: n for label, n in counts.items() if n < rule.rows and label != rule.merge})
    if not small:
        return reading
    n_left = len(counts) - len(small) + (rule.merge is not None and rule.merge not in counts)
    if n_left < 2:
        sizes = ", ".join(f"{shown_label(label)} ({n:,})" for label, n in counts.most_common(_N_NAMED))
        raise DataError(
            f"{reading.place}: `min_class: {rule.rows}` leaves {n_left} of {counted(len(counts), 'class', 'classes')}; "
            f"expected at least two. The largest are {sizes}. Lower it.",
            plain=class_names(counts),
        )
    names = {label: rule.merge if label in small else label for label in counts}
    kept = {label: name for label, name in names.items() if name is not None}
    n_classes, n_rows = counted(len(small), "class", "classes"), counted(small.total(), "row")
    done = "left out"
    if rule.merge is not None:
        joined = f", which had {counted(counts[rule.merge], 'row')} of its own" if rule.merge in counts else ""
        done = f"merged into {rule.merge!r}{joined}"
    what = f"{n_classes} of fewer than {rule.rows:,} rows ({n_rows}) {done}{named_classes(small, small)}"
    return _relabelled(reading, kept).noted(what)


def _relabelled(reading: Reading, names: Mapping[str, str]) -> Reading:
    """The rows of the labels that have a name here, under it."""
    sides = {
        side: tuple(row._replace(label=names[row.label]) for row in rows if row.label in names)
        for side, rows in reading.sides.items()
    }
    return replace(reading, sides=sides)


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


@sized_cache(2**28, lambda examples: bytes_of(examples.items))
def _load(
    task: Task, source: str, side: str, sample: int | None, seed: int, domains: tuple[str, ...] | None, role: str
) -> Examples:
    kind, pool = kind_of(task.kind), pool_of(task, source)
    items = kind.whole(pool) if side == "all" else pool.train if side == "train" else pool.test
    learnt, held_out = ([item for item in items if item.held_out == is_out] for is_out in (False, True))
    if sample is not None:
        learnt = kind.draw(pool, learnt, sample, seed)
    chosen = [item for item in (*learnt, *held_out) if domains is None or item.domain in domains]
    labels = {item.label for item in chosen if not item.held_out}  # nothing can be chosen by others
    return kind.examples(pool, sorted(item for item in chosen if item.label in labels), role)
