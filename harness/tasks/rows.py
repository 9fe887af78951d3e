"""What is done to the rows before anything is split by rule: groups on one side, time, small classes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from harness.core.errors import DataError
from harness.suite.schema import MinClassModel
from harness.tasks.checks import class_names, named_classes, shown_label
from harness.tasks.sources.row import Reading, Row, Time
from harness.tasks.text import counted

#: A group that stands on two sides stays on the first of these.
_FIRST = ("test", "validation", "train")
#: What the domain `later` gets of the rows.
LATER_SHARE = 1 / 3
#: How many of the classes a note names.
_N_NAMED = 5


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
    return replace(reading, sides={side: sides[side] for side in reading.sides}).noted(*notes)


def split_by_time(reading: Reading, test_share: float) -> Reading:
    """The latest rows as the test side. DataError where the rows are not in one piece, or all of one time."""
    cut = _cut(reading, test_share)
    train = tuple(row for row in reading.sides["all"] if row.time.at < cut.at)
    test = tuple(row for row in reading.sides["all"] if row.time.at >= cut.at)
    note = f"split by time: the test side is from {cut.shown} on"
    return replace(reading, sides={"train": train, "test": test}).noted(note)


def with_domains_by_time(reading: Reading) -> Reading:
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


def without_small(reading: Reading, rule: MinClassModel) -> Reading:
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
    return relabelled(reading, kept).noted(_note(small, counts, rule))


def relabelled(reading: Reading, names: Mapping[str, str]) -> Reading:
    """The rows of the labels that have a name here, under it."""
    sides = {
        side: tuple(row._replace(label=names[row.label]) for row in rows if row.label in names)
        for side, rows in reading.sides.items()
    }
    return replace(reading, sides=sides)


def _note(small: Counter[str], counts: Counter[str], rule: MinClassModel) -> str:
    n_classes, n_rows = counted(len(small), "class", "classes"), counted(small.total(), "row")
    done = "left out"
    if rule.merge is not None:
        joined = f", which had {counted(counts[rule.merge], 'row')} of its own" if rule.merge in counts else ""
        done = f"merged into {rule.merge!r}{joined}"
    return f"{n_classes} of fewer than {rule.rows:,} rows ({n_rows}) {done}{named_classes(small, small)}"
