"""What single columns are taken for, by their names and values: a text, a label, a time, an id; and which rows belong
together (a person, a conversation: a group), and where texts come from (a shop, a company, a place: a domain).
"""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from harness.audit.column import NONE, Column, Columns, is_number
from harness.audit.source import Source
from harness.core.errors import DataError
from harness.tasks.checks import MANY_CLASSES
from harness.tasks.sources import names
from harness.tasks.sources.table import Bad, Table
from harness.tasks.sources.times import times_of
from harness.wording.numbers import listed, percent, plural

#: The columns that the user named, by part.
Given = Mapping[str, Sequence[str]]
#: The columns of a part, and why they are it.
Guess = tuple[tuple[str, ...], str]

_N_TRIED = 500
#: A guessed column may lack a value in this share of the rows, no more.
_LACKING = 0.1
#: So much of what the one column leaves open the other may settle; a column that settles more says the same again.
_TOLD = 0.7


class Taken:
    """What the columns of a source are taken for, part by part: the user's word, else a guess from those `left`."""

    def __init__(self, source: Source, given: Given, columns: Mapping[str, Column]) -> None:
        self.source, self.given = source, given
        named = {name for names in given.values() for name in names if name != NONE}
        self.left = {name: column for name, column in columns.items() if name not in named}
        self.found: dict[str, tuple[str, ...]] = {}
        self.why: dict[str, str] = {}
        self._notes: tuple[str, ...] = ()

    def look_for(self, part: str, label: Column | None = None) -> tuple[str, ...]:
        """The columns of a part. A group that is guessed is only noted where the sides are given, as they are meant."""
        if part in self.given:
            found, why = tuple(name for name in self.given[part] if name != NONE), "as you said"
        else:
            found, why = _GUESSES[part](list(self.left.values()), self.source, label)
            for name in found:
                del self.left[name]
            if part == "group" and found and self.source.sizes:
                told = f"{found[0]}: {why}; not a group, as the sides are given"
                self._notes = (f"{told}. --group {shlex.quote(found[0])} takes those of the test side out of train",)
                found = ()
        self.found[part], self.why[part] = found, why
        return found

    def columns(self, text: tuple[str, ...], notes: Sequence[str], **more: str) -> Columns:
        """All of it, with `text` and what `more` there is."""
        one = {part: names[0] if names else None for part, names in self.found.items() if part != "text"}
        why = {part: reason for part, reason in self.why.items() if self.found.get(part, True)}
        by_time = "time" in self.given and bool(self.found["time"])
        notes = (*notes, *self._notes)
        return Columns(text, **{**one, **more}, why=why, notes=notes, split_by_time=by_time)


def _text(columns: list[Column], source: Source, _: Column | None) -> Guess:
    """The longest of the columns that are mostly distinct, and titles beside it; else what is called a text."""
    titled = [c for c in columns if c.is_named(names.TITLES)]
    titles = [c for c in titled if len(c.counts) >= min(20, 0.2 * c.n) and c.n_words >= 1.2]
    long = [c for c in columns if is_long(c) and c not in titled]
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


def label_of(columns: list[Column], source: Source, _: Column | None) -> Guess:
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
    return named or is_of_people(column)


def _is_plain(column: Column) -> bool:
    return all(is_number(value) or value.lower() in names.FLAGS for value in column.counts)


def _time(columns: list[Column], source: Source, _: Column | None) -> Guess:
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


def _id(columns: list[Column], source: Source, _: Column | None) -> Guess:
    fitting = [c for c in columns if c.is_named(names.IDS) and c.n == len(c.counts) == len(c.values)]
    fitting = [c for c in fitting if not any(" " in value for value in c.counts)]
    return ((fitting[0].name,), "another on every row, by its name") if fitting else ((), "")


def is_of_people(column: Column) -> bool:
    """By the last word of its name (`team_member`, not `member_type`), or by e-mail addresses or @names in it."""
    named = column.parts[-1:] and column.parts[-1] in (*names.GROUPS, *names.OTHERS)
    return bool(named) or any("@" in value for value in column.counts)


def _group(columns: list[Column], source: Source, _: Column | None) -> Guess:
    """Who or what several rows belong to: repeated, many, none of them most of the data."""
    fitting = [c for c in columns if _is_many(c) and _how(c)]
    fitting.sort(key=lambda c: (not c.is_named(names.GROUPS), c.rank(names.GROUPS), c.rank(names.PEOPLE)))
    best = next(iter(fitting), None)
    return ((best.name,), f"{len(best.counts):,} of them on {best.n:,} rows, {_how(best)}") if best else ((), "")


def _is_many(column: Column) -> bool:
    repeated = column.distinct <= 0.95 and max(column.counts.values(), default=0) <= 0.2 * column.n
    return column.lacking <= _LACKING and len(column.counts) >= 20 and repeated and column.n_words <= 4


def _how(column: Column) -> str:
    """Why it tells whose a row is; '' where nothing does."""
    if column.parts[-1:] and column.parts[-1] in names.TRAITS:
        return ""
    if column.is_named(names.GROUPS) or column.is_named(names.PEOPLE):
        return "by its name"
    at = sum(n for value, n in column.counts.items() if "@" in value)
    return "which are addresses or @names" if at > 0.8 * column.n else ""


def _domain(columns: list[Column], source: Source, label: Column | None) -> Guess:
    """Where a text comes from: two to twenty values, each with a fair share of the rows, that tell no class.

    By its name alone: the rest may be a second label, and `could_be_domain` names it.
    """
    named = next((c for c in _fitting(columns, label) if c.is_named(names.DOMAINS)), None)
    return ((named.name,), f"{len(named.counts)} values with many rows each, by its name") if named else ((), "")


def could_be_domain(columns: Sequence[Column], label: Column | None) -> tuple[str, ...]:
    """A line where words under all classes, called neither a class nor what stands beside one, may be domains."""
    others = [c for c in _fitting(columns, label) if _is_word(c)]
    told = [f"{c.name!r} ({len(c.counts)} values) could be a domain: --domain {shlex.quote(c.name)}" for c in others]
    return tuple(told[:1])


def _fitting(columns: Sequence[Column], label: Column | None) -> list[Column]:
    return [c for c in columns if _is_fair(c) and not is_of_people(c) and not tells(c, label)]


def _is_fair(column: Column) -> bool:
    is_fair = min(column.counts.values(), default=0) >= max(20, 0.02 * column.n)
    return is_fair and column.lacking <= _LACKING and 2 <= len(column.counts) <= 20 and column.n_words <= 4


def _is_word(column: Column) -> bool:
    """Words, and a name that is not that of a class, a person, a time or a text."""
    plain = any(is_number(value) or value.lower() in names.FLAGS for value in column.counts)
    return not plain and not column.is_named((*names.LABELS, *names.UNLIKELY)) and len(column.counts) > 2


def tells(column: Column, label: Column | None) -> bool:
    """Whether the one says what the other is, but for a few rows: the label again, a part of it, or what it is made of.

    Each row without a value in one of them is left out.
    """
    if label is None:
        return False
    rows = [(a.strip(), b.strip()) for a, b in zip(column.values, label.values, strict=True) if a.strip() and b.strip()]
    return any(_settled(pairs) >= _TOLD for pairs in (rows, [(b, a) for a, b in rows]))


def _settled(pairs: Sequence[tuple[str, str]]) -> float:
    """Of the rows whose second is not the commonest, how many the first puts right; 1 where it always does.

    Goodman, Kruskal 1954, doi:10.1080/01621459.1954.10501231.
    """
    if not pairs:
        return 0.0
    best: Counter[str] = Counter()
    for (first, _), n in Counter(pairs).items():
        best[first] = max(best[first], n)
    commonest = max(Counter(second for _, second in pairs).values())
    return (best.total() - commonest) / max(1, len(pairs) - commonest)


_GUESSES = {"time": _time, "id": _id, "text": _text, "label": label_of, "group": _group, "domain": _domain}
