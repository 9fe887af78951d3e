"""One column, and what it looks like; what all of them are taken for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean

from harness.tasks.sources import names
from harness.tasks.text import number_of, words_of

#: What an option says for a column that is not to be used.
NONE = "none"
#: What may stand between several labels, and the most words that one has.
_SEPARATORS, _LABEL_WORDS = (";", "|", ",", "/"), 4


@dataclass(frozen=True)
class Column:
    """A column and what it looks like."""

    name: str
    values: Sequence[str]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value stands there; blank is none."""
        return Counter(value.strip() for value in self.values if value.strip())

    @cached_property
    def n(self) -> int:
        """Rows that have a value."""
        return self.counts.total()

    @cached_property
    def n_words(self) -> float:
        """Mean words; 8 characters of a script without spaces count as one."""
        some = [value for value in self.values if value.strip()][:2000]
        return fmean(max(len(v.split()), len(v) / 8 if not v.isascii() else 0) for v in some) if some else 0.0

    @property
    def distinct(self) -> float:
        """Values a row that has one: 1 where none repeats."""
        return len(self.counts) / max(1, self.n)

    @property
    def lacking(self) -> float:
        """The share of rows without a value."""
        return 1 - self.n / max(1, len(self.values))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The words of its name, in lower case: (customer, e, mail) of `customerE-Mail`."""
        return tuple(words_of(self.name))

    def rank(self, names: Sequence[str]) -> int:
        """The place of the first of these names that is part of the column's; their number where none is."""
        parts = {*self.parts, *(part.removesuffix("s") for part in self.parts)}
        return next((place for place, name in enumerate(names) if name in parts), len(names))

    def is_named(self, names: Sequence[str]) -> bool:
        """Whether one of these names is part of the column's."""
        return self.rank(names) < len(names)


def is_number(value: str) -> bool:
    """Whether the value is one."""
    return number_of(value) is not None


def is_scale(column: Column) -> bool:
    """More than two numbers, called a score or with fractions; not what counts or names rows."""
    if len(column.counts) < 3 or column.lacking > 0.5 or not all(map(is_number, column.counts)):
        return False
    return column.is_named(names.SCORES) or any(not float(value).is_integer() for value in column.counts)


def separator_of(column: Column) -> str | None:
    """What stands between several labels in the cells of a column: they come together in many ways. None where nothing.

    On one row of five there are two or more, no more different ones than ways in which they come together, and each is
    short and comes with others or on rows of its own.
    """
    for separator in _SEPARATORS:
        parts = {value: [part.strip() for part in value.split(separator) if part.strip()] for value in column.counts}
        n_several = sum(n for value, n in column.counts.items() if len(parts[value]) > 1)
        ways: Counter[str] = Counter(part for value in parts for part in dict.fromkeys(parts[value]))
        is_shared = sum(n > 1 for n in ways.values()) >= 0.8 * len(ways)
        is_short = all(len(part.split()) <= _LABEL_WORDS for part in ways)
        if n_several >= 0.2 * column.n > 0 and len(ways) <= len(parts) and is_shared and is_short:
            return separator
    return None


@dataclass(frozen=True)
class Columns:
    """What each column is taken for; None where there is none. `why` says it in words, by part.

    With a `query` it is a search, whose documents are `text`, and nothing is a label. With `text_b` two texts are
    compared, of which `text` is the first; a label or a `score` says how. A `score` of one text is to be predicted.
    With a `separator` the label is several, with that between. `notes` say what else it could be.
    """

    text: tuple[str, ...]
    label: str | None = None
    group: str | None = None
    time: str | None = None
    domain: str | None = None
    id: str | None = None
    query: str | None = None
    text_b: str | None = None
    score: str | None = None
    separator: str | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    #: Whether the user named the time, which makes it the split rule.
    split_by_time: bool = False

    @property
    def told(self) -> str:
        """The column of what is told of each item; '' of a search."""
        return self.score or self.label or ""

    @property
    def kind(self) -> str:
        """That of the task."""
        if self.text_b is not None:
            return "pair-classification" if self.score is None else "similarity"
        if self.query is not None:
            return "retrieval"
        if self.separator is not None:
            return "multi-label"
        return "classification" if self.score is None else "regression"
