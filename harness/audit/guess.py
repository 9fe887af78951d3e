"""Which column is what: guessed from names and values, and why, unless the user says it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from harness.audit import names
from harness.audit.column import Column, is_number
from harness.audit.source import Source
from harness.core.errors import DataError, HarnessError
from harness.report.numbers import listed, percent, plural
from harness.tasks.checks import MANY_CLASSES
from harness.tasks.sources.cells import Bad
from harness.tasks.sources.table import Table, check_columns, shown_name
from harness.tasks.sources.times import times_of

#: What an option says for a column that is not to be used.
NONE = "none"
#: A guessed column may lack a value in this share of the rows, no more.
_LACKING = 0.1
_N_TRIED = 500


@dataclass(frozen=True)
class Columns:
    """What each column is taken for; None where there is none. `why` says it in words, by part."""

    text: tuple[str, ...]
    label: str
    group: str | None = None
    time: str | None = None
    domain: str | None = None
    id: str | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    #: Whether the user named the time, which makes it the split rule.
    split_by_time: bool = False


def guess(source: Source, given: Mapping[str, Sequence[str]]) -> Columns:
    """The columns by part; `given` holds the user's own word, by part (`none`: no such column).

    HarnessError where no text or label can be told, with the columns there are and what to type.
    """
    named = tuple(name for names in given.values() for name in names if name != NONE)
    check_columns(named, list(source.columns), source.place)
    left = {name: Column(name, values) for name, values in source.columns.items() if name not in named}
    found: dict[str, tuple[str, ...]] = {}
    why: dict[str, str] = {}
    for part in ("time", "id", "text", "label", "group", "domain"):
        if part in given:
            found[part], why[part] = tuple(n for n in given[part] if n != NONE), "as you said"
            continue
        found[part], why[part] = _GUESSES[part](list(left.values()), source)
        for name in found[part]:
            del left[name]
    for part in ("text", "label"):
        if not found[part]:
            raise _unknown(part, source)
    one = {part: names[0] if names else None for part, names in found.items() if part != "text"}
    label = one.pop("label")
    assert label is not None
    kept = {part: reason for part, reason in why.items() if found[part]}
    return Columns(found["text"], label, **one, why=kept, split_by_time="time" in given and bool(found["time"]))


def _text(columns: list[Column], source: Source) -> tuple[tuple[str, ...], str]:
    """The longest of the columns that are mostly distinct, and titles beside it; else what is called a text."""
    long = [c for c in columns if _is_long(c) and not c.is_named(names.TITLES)]
    titles = [
        c for c in columns if c.is_named(names.TITLES) and len(c.counts) >= min(20, 0.2 * c.n) and c.n_words >= 1.2
    ]
    how = "long, mostly distinct"
    if not long and not titles:
        how, long = "by its name", [c for c in columns if _is_called_text(c)]
        if not long:
            return (), ""
    long.sort(key=lambda c: (not c.is_named(names.TEXTS) or c.is_named(names.NOTES), -c.n_words))
    chosen = [c for c in columns if c in [*long[:1], *titles]]
    n_words = plural(round(sum(c.n_words for c in chosen)), "word")
    shape = f"{percent(fmean(c.distinct for c in chosen))} distinct, {n_words} a {source.unit}"
    others = f"; not used: {listed([repr(c.name) for c in long[1:4]])}" if long[1:] else ""
    return tuple(c.name for c in chosen), f"{how} ({shape}){others}"


def _is_long(column: Column) -> bool:
    """Mostly distinct, and of some words: fewer where it is called a text."""
    least = 1.2 if _is_called_text(column) else 2.5
    return column.lacking <= 0.5 and column.distinct >= 0.2 and column.n_words >= least


def _is_called_text(column: Column) -> bool:
    """Whether its whole name says so: `text`, `review_text`, not `text_id`, nor `document`, which may be a number."""
    if not column.parts or column.is_named((*names.IDS, *names.GROUPS)) or all(map(is_number, column.counts)):
        return False
    return len(column.counts) > 1 and set(column.parts) <= set(names.TEXTS)


def _label(columns: list[Column], source: Source) -> tuple[tuple[str, ...], str]:
    """A column of few values that repeat: by its name, else words before flags and numbers, few before many."""
    fitting = [c for c in columns if _is_label(c) and not _is_beside(c)]
    if not fitting:
        return (), ""
    best = min(fitting, key=lambda c: (c.rank(names.LABELS), c.is_named(names.UNLIKELY), _is_plain(c), len(c.counts)))
    named = ", by its name" if best.is_named(names.LABELS) else ""
    others = [f"{c.name!r} ({len(c.counts)})" for c in fitting if c is not best][:4]
    also = f"; could be too: {listed(others)}" if others else ""
    return (best.name,), f"{len(best.counts)} values that repeat{named}{also}"


def _is_label(column: Column) -> bool:
    counts = column.counts
    if len(counts) < 2 or column.n_words > 6 or column.lacking > 0.5:
        return False
    if any("." in value and is_number(value) and not float(value).is_integer() for value in counts):
        return False
    return len(counts) <= column.n / 5 and (len(counts) <= MANY_CLASSES or column.is_named(names.LABELS))


def _is_beside(column: Column) -> bool:
    """Whether it tells people, places or sides of a split: not what is predicted, and a label's values are shown."""
    named = column.is_named(names.BESIDE) and not column.is_named(names.LABELS)
    return named or _is_of_people(column)


def _is_of_people(column: Column) -> bool:
    """By the last word of its name (`team_member`, not `member_type`), or by e-mail addresses in it."""
    named = column.parts[-1:] and column.parts[-1] in (*names.GROUPS, *names.OTHERS)
    return bool(named) or any("@" in value for value in column.counts)


def _is_plain(column: Column) -> bool:
    return all(is_number(value) or value.lower() in names.FLAGS for value in column.counts)


def _time(columns: list[Column], source: Source) -> tuple[tuple[str, ...], str]:
    """A column whose values are times; numbers are, where the name says so."""
    fitting = [c for c in columns if c.n and c.lacking <= _LACKING and len(c.counts) > 2 and _are_times(c)]
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


def _id(columns: list[Column], source: Source) -> tuple[tuple[str, ...], str]:
    fitting = [c for c in columns if c.is_named(names.IDS) and c.n == len(c.counts) == len(c.values)]
    fitting = [c for c in fitting if not any(" " in value for value in c.counts)]
    return ((fitting[0].name,), "another on every row, by its name") if fitting else ((), "")


def _group(columns: list[Column], source: Source) -> tuple[tuple[str, ...], str]:
    """Who or what several rows belong to: repeated, many, none of them most of the data."""
    for c in columns:
        many = len(c.counts) >= 20 and c.distinct <= 0.95 and max(c.counts.values()) <= 0.2 * c.n
        if c.is_named(names.GROUPS) and c.lacking <= _LACKING and many:
            return (c.name,), f"{len(c.counts):,} of them on {c.n:,} rows, by its name"
    return (), ""


def _domain(columns: list[Column], source: Source) -> tuple[tuple[str, ...], str]:
    """Where a text comes from: two to twenty values, each with a fair share of the rows."""
    for c in columns:
        fair = 2 <= len(c.counts) <= 20 and min(c.counts.values()) >= max(20, 0.02 * c.n)
        if c.is_named(names.DOMAINS) and not _is_of_people(c) and c.lacking <= _LACKING and fair:
            return (c.name,), f"{len(c.counts)} values with many rows each, by its name"
    return (), ""


_GUESSES = {"time": _time, "id": _id, "text": _text, "label": _label, "group": _group, "domain": _domain}


def _unknown(part: str, source: Source) -> HarnessError:
    looks = {
        "label": "a label (few values, each on several rows; not people, places, times or sides of a split)",
        "text": "a text (long, mostly distinct)",
    }
    seen = [
        f"{shown_name(name)} ({plural(len(set(values)), 'value')})"
        for name, values in list(source.columns.items())[:20]
    ]
    odd = "".join(f" {line[0].upper()}{line[1:]}." for line in source.not_used())
    return HarnessError(
        f"{source.place}: no column looks like {looks[part]}. There are: {', '.join(seen) or 'none'}.{odd} "
        f"Say which it is: harness init {shlex.quote(source.place)} --{part} COLUMN"
    )
