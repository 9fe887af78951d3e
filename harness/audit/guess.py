"""Which column is what: guessed from names and values, and why, unless the user says it."""

import shlex
from collections.abc import Mapping, Sequence
from statistics import fmean

from harness.audit import belongs
from harness.audit.asked import NONE, could_be_searched, is_faq, search, unknown
from harness.audit.column import Column, Columns, is_number
from harness.audit.faq import pair_of
from harness.audit.source import Source
from harness.core.errors import DataError
from harness.report.numbers import listed, percent, plural
from harness.tasks.checks import MANY_CLASSES
from harness.tasks.sources import names
from harness.tasks.sources.cells import Bad
from harness.tasks.sources.table import Table, check_columns
from harness.tasks.sources.times import times_of

_N_TRIED = 500
_HEADERLESS = "The first row looks like data; if it is the header, say --header."


def guess(source: Source, given: Mapping[str, Sequence[str]]) -> Columns:
    """The columns by part; `given` holds the user's own word, by part (`none`: no such column).

    HarnessError where neither text and label nor question and answer can be told, with the columns there are and
    what to type.
    """
    named = tuple(name for names in given.values() for name in names if name != NONE)
    _check_header(source, named)
    check_columns(named, list(source.columns), source.place, "" if source.header else _HEADERLESS)
    all_columns = {name: Column(name, values) for name, values in source.columns.items()}
    if given.keys() & {"query", "document"}:
        return search(source, given, all_columns)
    left = {name: column for name, column in all_columns.items() if name not in named}
    found: dict[str, tuple[str, ...]] = {}
    why: dict[str, str] = {}
    pair = None
    for part in ("time", "id", "text", "label", "group", "domain"):
        if part == "text":
            pair = pair_of(list(left.values()))
        if part in given:
            found[part], why[part] = tuple(n for n in given[part] if n != NONE), "as you said"
            continue
        label = all_columns[found["label"][0]] if found.get("label") else None
        found[part], why[part] = _GUESSES[part](list(left.values()), source, label)
        for name in found[part]:
            del left[name]
        if part == "label" and pair and "text" not in given and is_faq(pair, found["label"], all_columns):
            return search(source, given, all_columns, pair, found["label"])
    for part in ("text", "label"):
        if not found[part]:
            raise unknown(part, source, pair)
    notes = could_be_searched(source, found, all_columns, pair)
    if not found["domain"] and "domain" not in given:
        notes += belongs.could_be_domain(list(left.values()), all_columns[found["label"][0]])
    if source.sizes and "group" not in given and found["group"]:
        notes += (_left_to_the_sides(found, why["group"]),)
    one = {part: names[0] if names else None for part, names in found.items() if part != "text"}
    kept = {part: reason for part, reason in why.items() if found[part]}
    by_time = "time" in given and bool(found["time"])
    return Columns(found["text"], **one, why=kept, notes=notes, split_by_time=by_time)


def _left_to_the_sides(found: dict[str, tuple[str, ...]], why: str) -> str:
    """The note on a guessed group, which is taken out of what was found: the sides are as they are meant."""
    (name,), found["group"] = found["group"], ()
    told = f"{name}: {why}; not a group, as the sides are given"
    return f"{told}. --group {shlex.quote(name)} takes those of the test side out of train"


def _check_header(source: Source, named: Sequence[str]) -> None:
    """DataError where the first row may be data, and neither an option nor a column that is named says it is none."""
    if source.header_unsure and not named:
        raise DataError(
            f"{source.place}: the first row may be a header or data: no column of it has a usual name. "
            f"Say which it is: add --header or --no-header to the command."
        )


def _text(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
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


def _label(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """A column of few values that repeat: by its name, else words before flags and numbers, few before many."""
    fitting = [c for c in columns if _is_label(c) and not _is_beside(c)]
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


def _is_label(column: Column) -> bool:
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


_GUESSES = {"time": _time, "id": _id, "text": _text, "label": _label, "group": _group, "domain": _domain}
