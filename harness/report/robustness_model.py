"""What several conditions, draws or rows say together of robustness, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from harness.core.data import Piece
from harness.stats import Interval

#: Kendall's tau above which a ranking counts as kept: three of four pairs of rows stand in the same order.
KEPT = 0.5

_Names = tuple[str, str, str]


class Loss(NamedTuple):
    """What a row loses under a condition: `drop`, and how much `more` than the row that loses least.

    The interval of `more` holds for all rows at once. Rows of one `rank` cannot be told apart by what they lose; it is
    None where a row was trained once.
    """

    names: _Names
    drop: float
    rank: int | None
    n_tied: int
    more: Interval


@dataclass(frozen=True)
class Between:
    """Rows beside each other under one condition, on the same changed texts; `losses` begin with the least.

    `tau` is the agreement of their ranking with that on clean texts (None with fewer than three rows), `first` are the
    rows with the best score on clean texts, and under the condition. Of `n_apart` pairs of rows that are told apart on
    clean texts `n_kept` are told apart under it in the same order; `turned` are those in the other one, each with the
    row that is now better in front.
    """

    condition: str
    losses: tuple[Loss, ...]
    tau: Interval | None = None
    first: tuple[tuple[_Names, ...], tuple[_Names, ...]] = ((), ())
    n_apart: int = 0
    n_kept: int = 0
    turned: tuple[tuple[_Names, _Names], ...] = ()

    @property
    def is_kept(self) -> bool | None:
        """Whether the ranking survives: tau is shown to be above `KEPT`, no pair to be turned; None: not settled."""
        if self.turned:
            return False
        return True if self.tau is not None and self.tau.low > KEPT else None


class Point(NamedTuple):
    """One severity of a curve: the score there, and what is lost against clean texts."""

    severity: float
    condition: str
    score: Interval
    drop: Interval


@dataclass(frozen=True)
class Curve:
    """A row under one component at several severities, which rise; what a chart draws.

    `parameters` are the component's others, `clean` is the score on texts as they are, `area` that under the drops: the
    mean drop over the range of severities, on the items that all of them share.
    """

    component: str
    parameters: Mapping[str, Any]
    names: _Names
    clean: Interval
    points: tuple[Point, ...]
    area: Interval


@dataclass(frozen=True)
class WorstCase:
    """A row at its worst: the mean over `n` items of the worst outcome of `k` changed copies and the clean one.

    `clean` is the score of the same items, `mean` that over the copies.
    """

    names: _Names
    k: int
    n: int
    clean: float
    mean: float
    worst: Interval


@dataclass(frozen=True)
class Robustness:
    """All that is computed of a task's conditions together."""

    between: tuple[Between, ...] = ()
    curves: tuple[Curve, ...] = ()
    worst: tuple[WorstCase, ...] = ()

    @cached_property
    def losses(self) -> dict[tuple[_Names, str], Loss]:
        """What rows lose beside each other, by row and condition."""
        return {(loss.names, one.condition): loss for one in self.between for loss in one.losses}

    @cached_property
    def tau(self) -> dict[str, Interval]:
        """The agreement of rankings by condition."""
        return {one.condition: one.tau for one in self.between if one.tau is not None}

    @cached_property
    def areas(self) -> dict[tuple[_Names, str], Interval]:
        """The area of the curve that a row's condition is a point of."""
        return {(curve.names, point.condition): curve.area for curve in self.curves for point in curve.points}

    @cached_property
    def worst_cases(self) -> dict[_Names, WorstCase]:
        """The worst cases by row."""
        return {one.names: one for one in self.worst}


@dataclass(frozen=True)
class Flip:
    """A test item that a condition flipped, in pieces around the edits.

    `texts` are by what their role is called ('' where there is one), `tokens` (encoders, role, pieces). `asked` is what
    it should be, `changes` are (before, now, labels of rows), of `n_rows` that have the condition.
    """

    texts: tuple[tuple[str, tuple[Piece, ...]], ...]
    tokens: tuple[tuple[str, str, tuple[Piece, ...]], ...]
    asked: str
    changes: tuple[tuple[str, str, tuple[str, ...]], ...]
    n_rows: int


@dataclass(frozen=True)
class Flips:
    """Of some conditions a few such items; `what` they are."""

    what: str
    conditions: tuple[tuple[str, tuple[Flip, ...]], ...]
