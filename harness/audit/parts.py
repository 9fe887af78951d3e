"""What single columns are taken for, by their names and values: a text, a label, a time, an id, a group, a domain."""

import shlex
from collections.abc import Mapping, Sequence
from statistics import fmean

from harness.audit import belongs
from harness.audit.asked import NONE
from harness.audit.column import Column, is_number
from harness.audit.source import Source
from harness.core.errors import DataError
from harness.tasks.checks import MANY_CLASSES
from harness.tasks.sources import names
from harness.tasks.sources.table import Bad, Table
from harness.tasks.sources.times import times_of
from harness.wording.numbers import listed, percent, plural

_N_TRIED = 500


def found(
    part: str, given: Mapping[str, Sequence[str]], left: dict[str, Column], source: Source, label: Column | None
) -> tuple[tuple[str, ...], str]:
    """The columns of a part and why: the user's word, or a guess, which is then no longer `left`."""
    if part in given:
        return tuple(name for name in given[part] if name != NONE), "as you said"
    names_, why = _GUESSES[part](list(left.values()), source, label)
    for name in names_:
        del left[name]
    return names_, why


def left_to_the_sides(found: dict[str, tuple[str, ...]], why: str) -> str:
    """The note on a guessed group, which is taken out of what was found: the sides are as they are meant."""
    (name,), found["group"] = found["group"], ()
    told = f"{name}: {why}; not a group, as the sides are given"
    return f"{told}. --group {shlex.quote(name)} takes those of the test side out of train"


def _text(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """The longest of the columns that are mostly distinct, and titles beside it; else what is called a text."""
    long = [c for c in columns if is_long(c) and not c.is_named(names.TITLES)]
    titles = [
        c for c in columns if c.is_named(names.TITLES) and len(c.counts) >= min(20, 0.2 * c.n) and c.n_words >= 1.2
    ]
    how = "long, mostly distinct"
    if not long and not titles:
        how, long = "by its name", [c for c in columns if is_called_text(c)]
        if not long:
            return (), ""
    long.sort(key=lambda c: (not c.is_named(names.TEXTS) or c.is_named(names.NOTES), -c.n_words))
    chosen = [c for c in columns if c in [*long[:1], *titles]]
    n_words = plural(round(sum(c.n_words for c in chosen)), "word")
    shape = f"{percent(fmean(c.distinct for c in chosen))} distinct, {n_words} a {source.unit}"
    others = f"; not used: {listed([repr(c.name) for c in long[1:4]])}" if long[1:] else ""
    return tuple(c.name for c in chosen), f"{how} ({shape}){others}"


def is_long(column: Column) -> bool:
    """Mostly distinct, and of some words: fewer where it is called a text."""
    least = 1.2 if is_called_text(column) else 2.5
    return column.lacking <= 0.5 and column.distinct >= 0.2 and column.n_words >= least


def is_called_text(column: Column) -> bool:
    """Whether its whole name says so: `text`, `review_text`, not `text_id`, nor `document`, which may be a number."""
    if not column.parts or column.is_named((*names.IDS, *names.GROUPS)) or all(map(is_number, column.counts)):
        return False
    return len(column.counts) > 1 and set(column.parts) <= set(names.TEXTS)


def label_of(columns: Sequence[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """A column of few values that repeat: by its name, else words before flags and numbers, few before many."""
    fitting = [c for c in columns if is_label(c) and not _is_beside(c)]
    if not fitting:
        return (), ""
    best = min(
        fitting,
        key=lambda c: (_is_thin(c), c.rank(names.LABELS), c.is_named(names.UNLIKELY), _is_plain(c), len(c.counts)),
    )
    named = ", by its name" if best.is_named(names.LABELS) else ""
    others = [f"{c.name!r} ({len(c.counts)})" for c in fitting if c is not best][:4]
    also = f"; could be too: {listed(others)}" if others else ""
    return (best.name,), f"{len(best.counts)} values that repeat{named}{also}"


def is_label(column: Column) -> bool:
    """Few values that repeat, of a few words each, without fractions; more where it is called a label."""
    counts = column.counts
    if len(counts) < 2 or column.n_words > 6 or column.lacking > 0.5:
        return False
    if any("." in value and is_number(value) and not float(value).is_integer() for value in counts):
        return False
    if _is_thin(column):
        return len(counts) <= column.n / 2 and column.is_named(names.LABELS) and not _is_plain(column)
    return len(counts) <= MANY_CLASSES or column.is_named(names.LABELS)


def _is_thin(column: Column) -> bool:
    """Whether there are few rows a value: fewer than a label mostly has, so that its name must say that it is one."""
    return len(column.counts) > column.n / 5


def _is_beside(column: Column) -> bool:
    """Whether it tells people, places or sides of a split: not what is predicted, and a label's values are shown."""
    named = column.is_named(names.BESIDE) and not column.is_named(names.LABELS)
    return named or belongs.is_of_people(column)


def _is_plain(column: Column) -> bool:
    return all(is_number(value) or value.lower() in names.FLAGS for value in column.counts)


def _time(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """A column whose values are times; numbers are, where the name says so."""
    fitting = [c for c in columns if c.n and c.lacking <= belongs.LACKING and len(c.counts) > 2 and _are_times(c)]
    best = min(fitting, key=lambda c: c.rank(names.TIMES), default=None)
    return ((best.name,), "its values are times") if best else ((), "")


def _are_times(column: Column) -> bool:
    some = list(column.counts)[:_N_TRIED]
    if not any(map(str.isdigit, some[0])) or (is_number(some[0]) and not column.is_named(names.TIMES)):
        return False
    bad: Bad = []
    try:
        times_of(Table("", "row", {column.name: some}, list(range(len(some)))), column.name, bad)
    except DataError:
        return False
    return len(bad) <= 0.02 * len(some)


def _id(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    fitting = [c for c in columns if c.is_named(names.IDS) and c.n == len(c.counts) == len(c.values)]
    fitting = [c for c in fitting if not any(" " in value for value in c.counts)]
    return ((fitting[0].name,), "another on every row, by its name") if fitting else ((), "")


def _group(columns: list[Column], source: Source, label: Column | None) -> tuple[tuple[str, ...], str]:
    return belongs.group(columns)


def _domain(columns: list[Column], source: Source, label: Column | None) -> tuple[tuple[str, ...], str]:
    return belongs.domain(columns, label)


_GUESSES = {"time": _time, "id": _id, "text": _text, "label": label_of, "group": _group, "domain": _domain}
