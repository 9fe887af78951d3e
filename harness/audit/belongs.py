"""Which rows belong together (a person, a conversation), and where texts come from (a shop, a company, a place)."""

import shlex
from collections import Counter
from collections.abc import Sequence

from harness.audit.column import Column, is_number
from harness.tasks.sources import names

#: A guessed column may lack a value in this share of the rows, no more.
LACKING = 0.1
#: So much of what the one column leaves open the other may settle; a column that settles more says the same again.
_TOLD = 0.7


def is_of_people(column: Column) -> bool:
    """By the last word of its name (`team_member`, not `member_type`), or by e-mail addresses or @names in it."""
    named = column.parts[-1:] and column.parts[-1] in (*names.GROUPS, *names.OTHERS)
    return bool(named) or any("@" in value for value in column.counts)


def group(columns: Sequence[Column]) -> tuple[tuple[str, ...], str]:
    """Who or what several rows belong to: repeated, many, none of them most of the data."""
    fitting = [c for c in columns if _is_many(c) and _how(c)]
    if not fitting:
        return (), ""
    best = min(fitting, key=lambda c: (not c.is_named(names.GROUPS), c.rank(names.GROUPS), c.rank(names.PEOPLE)))
    return (best.name,), f"{len(best.counts):,} of them on {best.n:,} rows, {_how(best)}"


def _is_many(column: Column) -> bool:
    repeated = column.distinct <= 0.95 and max(column.counts.values(), default=0) <= 0.2 * column.n
    return column.lacking <= LACKING and len(column.counts) >= 20 and repeated and column.n_words <= 4


def _how(column: Column) -> str:
    """Why it tells whose a row is; '' where nothing does."""
    if column.parts[-1:] and column.parts[-1] in names.TRAITS:
        return ""
    if column.is_named(names.GROUPS) or column.is_named(names.PEOPLE):
        return "by its name"
    at = sum(n for value, n in column.counts.items() if "@" in value)
    return "which are addresses or @names" if at > 0.8 * column.n else ""


def domain(columns: Sequence[Column], label: Column | None) -> tuple[tuple[str, ...], str]:
    """Where a text comes from: two to twenty values, each with a fair share of the rows, that tell no class.

    By its name alone: the rest may be a second label, and `could_be_domain` names it.
    """
    named = [c for c in _fitting(columns, label) if c.is_named(names.DOMAINS)]
    if not named:
        return (), ""
    return (named[0].name,), f"{len(named[0].counts)} values with many rows each, by its name"


def could_be_domain(columns: Sequence[Column], label: Column | None) -> tuple[str, ...]:
    """A line where words under all classes, called neither a class nor what stands beside one, may be domains."""
    others = [c for c in _fitting(columns, label) if _is_word(c)]
    if not others:
        return ()
    one = others[0]
    return (f"{one.name!r} ({len(one.counts)} values) could be a domain: --domain {shlex.quote(one.name)}",)


def _fitting(columns: Sequence[Column], label: Column | None) -> list[Column]:
    return [c for c in columns if _is_fair(c) and not is_of_people(c) and not tells(c, label)]


def _is_fair(column: Column) -> bool:
    counts = column.counts
    return (
        column.lacking <= LACKING
        and 2 <= len(counts) <= 20
        and min(counts.values()) >= max(20, 0.02 * column.n)
        and column.n_words <= 4
    )


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
