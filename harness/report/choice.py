"""Which row a verdict names: the cheapest that is shown to come close to the best of those that may be named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.report import front
from harness.report.measure import Measure
from harness.report.model import Row
from harness.report.standing import Standing


@dataclass(frozen=True)
class Asked:
    """What a verdict is held to: a row may lose `within` to the best, in the metric's units, and be named for its cost.

    `is_busy`: other programs kept the machine busy while it was timed. `source` says where `within` is from.
    `by_second` compares the rows by the `second` metric. `items`: what one test item is called, and several.
    """

    measure: Measure
    within: float
    is_busy: bool = False
    source: str = "within"
    second: Measure | None = None
    by_second: Callable[[], Standing] | None = None
    items: tuple[str, str] = ("test text", "test texts")


@dataclass(frozen=True)
class Choice:
    """The row that a verdict names, out of those it may name (`among`); `best` has the best score of these.

    `shown`: the pick is shown to lose less than allowed to the best. It may lose `may_lose`, to the row `to`.
    """

    pick: Row
    best: Row
    among: tuple[Row, ...]
    rows: tuple[Row, ...]
    known: Standing
    asked: Asked
    shown: bool

    def may_lose(self, row: Row) -> tuple[float, Row | None]:
        """How far below the best of the rows that may be named this one may be, and which may be so far above it."""
        loss, names = self.known.may_lose(row.names, [one.names for one in self.among])
        return loss, next((one for one in self.among if one.names == names), None)

    @property
    def is_restricted(self) -> bool:
        """Whether a row that may not be named has a better score than those that may."""
        measure, others = self.asked.measure, [row for row in self.rows if row not in self.among]
        return any(front.merit(row, measure) > front.merit(self.best, measure) for row in others)

    @cached_property
    def better_by_second(self) -> tuple[tuple[Row, str], ...] | None:
        """The rows with an encoder that are shown to be better than the pick by the second metric, and by how much.

        None where one of them cannot be compared by it.
        """
        if self.asked.by_second is None or self.asked.second is None:
            return ()
        measure, second = self.asked.second, self.asked.by_second()
        gains = [(row, second.gain(row.names, self.pick.names)) for row in self.rows if not row.is_baseline]
        if any(gain is None for _, gain in gains):
            return None
        return tuple((row, measure.difference(gain)) for row, gain in gains if gain is not None and gain.low > 0)

    @property
    def is_enough(self) -> bool:
        """Whether no encoder is needed beside a pick without one.

        Every row with an encoder is shown to gain less than allowed over it, and none is better by the second metric.
        """
        encoders = [row for row in self.rows if not row.is_baseline]
        gains = [self.known.gain(row.names, self.pick.names) for row in encoders]
        if not self.pick.is_baseline or not self.shown or not encoders:
            return False
        is_shown = all(gain is not None and gain.high <= self.asked.within for gain in gains)
        return is_shown and self.better_by_second == ()


def choose(rows: Sequence[Row], known: Standing, asked: Asked) -> Choice | None:
    """The row that a verdict names; None where none may be named."""
    among = nameable(rows, known, asked)
    if not among:
        return None
    measure = asked.measure
    best = front.cheapest(topmost(among, measure), measure)
    names = [row.names for row in among]
    shown = [row for row in among if known.is_judged and known.may_lose(row.names, names)[0] <= asked.within]
    pick = front.cheapest(shown, measure) if shown else best
    return Choice(pick, best, tuple(among), tuple(rows), known, asked, bool(shown))


def nameable(rows: Sequence[Row], known: Standing, asked: Asked, *, within_limits: bool = True) -> list[Row]:
    """Rows better than chance whose differences are known, that keep the limits of the suite."""
    judged = [row for row in rows if row.names in known.rows and row.names not in known.once]
    better = [row for row in judged if front.above_chance(row, asked.measure)]
    return [row for row in better if not within_limits or all(check.is_met for check in row.limits)]


def topmost(rows: Sequence[Row], measure: Measure) -> list[Row]:
    """The rows with the best score, one or more."""
    best = front.best(rows, measure)
    return [row for row in rows if best is not None and front.merit(row, measure) == front.merit(best, measure)]
