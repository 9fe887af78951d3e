"""A metric bound to outcomes: its value, its interval, what one side loses to another and what a test says of that."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.core.data import Outcomes, concatenate
from harness.core.registry import Component
from harness.core.seeds import generator_of
from harness.metrics.declare import Floats, ratio
from harness.stats import Finish, Interval, OfItems, Part, Texts, difference, interval, over_draws, p_greater, texts_of
from harness.stats.resample import cluster_sums


@dataclass(frozen=True)
class Metric:
    """One metric. The score of several repeats is the mean of theirs, by their number of items, not that of a pool.

    Every method that resamples takes `seed`: the parts that its generator is made of.
    """

    component: Component

    @property
    def name(self) -> str:
        """As suites and files name it."""
        return self.component.name

    @property
    def label(self) -> str:
        """As it is printed."""
        return str(self.component.facts["label"])

    @property
    def sign(self) -> float:
        """1 where higher is better, else -1."""
        return 1.0 if self.component.facts["higher_is_better"] else -1.0

    @property
    def width(self) -> float:
        """How far apart two values can be; 0 where nothing bounds them."""
        low, high = self.component.facts["range"]
        return float(high - low) if math.isfinite(high - low) else 0.0

    @property
    def finish(self) -> Finish:
        """What makes values of the columns."""
        return self._of_items(self.component.function) if self.is_of_items else self.component.function

    def _of_items(self, function: Callable[[Floats, Floats], Floats]) -> OfItems:
        return OfItems(function, bool(self.component.facts.get("biased")))

    @property
    def better(self) -> Finish:
        """The same, turned so that higher is better."""
        return _times(self.sign, self.finish)

    @property
    def is_of_items(self) -> bool:
        """Whether it needs the items themselves, not only sums over them."""
        return bool(self.component.facts["form"] == "items")

    def columns(self, outcomes: Outcomes) -> Any:
        """What the metric looks at, (n_items, k)."""
        return self.component.facts["columns"](outcomes)

    def part(self, outcomes: Outcomes, seed: str | None) -> Part:
        """One repeat, as rows are compared by."""
        return Part(self.columns(outcomes), outcomes.cluster, seed)

    @property
    def change(self) -> Finish:
        """How much better items are scored after a change than before it, from columns as `change_part` has them."""
        sign, finish = self.sign, self.finish
        if isinstance(finish, OfItems):
            return self._of_items(lambda columns, weights: sign * _between_items(finish.function, columns, weights))
        return lambda sums: sign * np.subtract(*map(finish, np.split(sums, 2, axis=-1)[::-1]))

    def change_part(self, before: Outcomes, after: Outcomes, seed: str | None) -> Part:
        """One repeat, as rows are compared by what a change does to them: items before it, then items after it.

        Each has the columns of its own side, and zeros for the other's; of a metric of items a mark in front.
        """
        finish, sides = self.together([before], [after])
        (a, clusters), (b, others) = _numbered(sides) if isinstance(finish, OfItems) else sides
        if not isinstance(finish, OfItems):
            a, b = np.hstack([a, np.zeros_like(a)]), np.hstack([np.zeros_like(b), b])
        return Part(np.concatenate([a, b]), np.concatenate([clusters, others]), seed)

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean over items of its first column."""
        return bool(self.component.facts["test"] == "sign-flip")

    def value(self, *repeats: Outcomes) -> float:
        """The score alone; NaN where there are no items."""
        if not any(map(len, repeats)):
            return float("nan")
        finish, [(columns, _)] = self.together(repeats)
        if isinstance(finish, OfItems):
            return float(finish.function(columns, np.ones((1, len(columns))))[0])
        return float(finish(columns.sum(axis=0)))

    def interval(self, repeats: Sequence[Outcomes], *seed: str) -> Interval:
        """The score with its clustered bootstrap interval."""
        finish, [side] = self.together(repeats)
        return interval(finish, side, rng=generator_of(*seed))

    def interval_of_draws(self, repeats: Sequence[Outcomes], of: Sequence[int], *seed: str) -> Interval:
        """The mean score of draws with an interval that includes them; `of`: the draw that each repeat is of."""
        columns = np.split(self.columns(concatenate(repeats)), np.cumsum([len(part) for part in repeats])[:-1])
        sides = [(own, part.cluster) for own, part in zip(columns, repeats, strict=True)]
        return over_draws(self.finish, sides, of, rng=generator_of(*seed))

    def loss(self, reference: Sequence[Outcomes], changed: Sequence[Outcomes], *seed: str) -> Interval:
        """How much worse `changed` is than `reference`; clusters of both are resampled together."""
        finish, sides = self.together(reference, changed)
        found = difference(finish, *sides, rng=generator_of(*seed))
        return found if self.sign > 0 else Interval(-found.value, -found.high, -found.low)

    def p_worse(self, reference: Sequence[Outcomes], changed: Sequence[Outcomes], *seed: str) -> float:
        """How surprising it is that `changed` is so much worse, if both are alike, by the metric's own test.

        Both sides have the same items in step.
        """
        finish, sides = self._in_step(reference, changed)
        return p_greater(self.component.facts["test"], finish, *sides, rng=generator_of(*seed))

    def texts(self, reference: Sequence[Outcomes], changed: Sequence[Outcomes], *seed: str) -> Texts:
        """What that test tells a loss by. Arguments as there."""
        finish, sides = self._in_step(reference, changed)
        return texts_of(self.component.facts["test"], finish, *sides, rng=generator_of(*seed))

    def _in_step(self, reference: Sequence[Outcomes], changed: Sequence[Outcomes]) -> tuple[Finish, list[Any]]:
        finish, sides = self.together(reference, changed)
        return finish, sides if self.sign > 0 else sides[::-1]

    def together(self, *sides: Sequence[Outcomes]) -> tuple[Finish, list[tuple[Any, Any]]]:
        """What scores repeats, and (columns, clusters) of each side's repeats.

        All sides have the columns of the same classes. For a mean over items the repeats stand one after the other; for
        other metrics each is scored by itself and the scores are averaged.
        """
        parts = [part for side in sides for part in side]
        columns = iter(np.split(self.columns(concatenate(parts)), np.cumsum([len(part) for part in parts])[:-1]))
        own: list[list[tuple[Any, Any]]] = [[(next(columns), part.cluster) for part in side] for side in sides]
        function = self.component.function
        if self.is_mean or len(parts) == len(sides):
            return self.finish, [_stacked(side) for side in own]
        if self.is_of_items:
            return self._of_items(_averaged_items(function)), [_stacked(_numbered(side)) for side in own]
        return _averaged(function, own[0][0][0].shape[1]), [_beside(side) for side in own]


def _times(sign: float, finish: Finish) -> Finish:
    if isinstance(finish, OfItems):
        function = finish.function
        return OfItems(lambda columns, weights: function(columns, weights) * sign, finish.biased)
    return lambda sums: finish(sums) * sign


def _stacked(repeats: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Columns and clusters of repeats one after the other."""
    return np.concatenate([columns for columns, _ in repeats]), np.concatenate([clusters for _, clusters in repeats])


def _beside(repeats: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """A line a cluster, (n_clusters, P (k + 1)): of each repeat the sums of its columns, and its number of items."""
    names = np.unique(np.concatenate([clusters for _, clusters in repeats]))
    counted = [(np.column_stack([own, np.ones(len(own))]), np.searchsorted(names, where)) for own, where in repeats]
    return np.concatenate([cluster_sums(columns, codes, len(names)) for columns, codes in counted], axis=1), names


def _numbered(repeats: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Columns with the number of their repeat in front, (n_items, 1 + k)."""
    return [(np.column_stack([np.full(len(own), i), own]), clusters) for i, (own, clusters) in enumerate(repeats)]


def _between_items(function: Callable[[Floats, Floats], Floats], columns: Any, weights: Any) -> Floats:
    """The value of the items numbered 1 minus that of those numbered 0."""
    before, after = (columns[:, 0] == number for number in (0, 1))
    values = [function(columns[mine, 1:], weights[:, mine]) for mine in (after, before)]
    return np.asarray(values[0] - values[1])


def _averaged(finish: Callable[[Floats], Floats], k: int) -> Callable[[Floats], Floats]:
    """The function of such sums: the score of each repeat, averaged by its items."""

    def mean(sums: Any) -> Any:
        blocks = sums.reshape(*sums.shape[:-1], -1, k + 1)
        return _by_items(finish(blocks[..., :k]), blocks[..., k])

    return mean


def _averaged_items(function: Callable[[Floats, Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
    """The same for a statistic of numbered items."""

    def mean(columns: Any, weights: Any) -> Any:
        each = [columns[:, 0] == number for number in np.unique(columns[:, 0])]
        values = [function(columns[mine, 1:], weights[:, mine]) for mine in each]
        return _by_items(np.stack(values, axis=-1), np.stack([weights[:, mine].sum(axis=1) for mine in each], axis=-1))

    return mean


def _by_items(values: Any, n_items: Any) -> Any:
    """Values of repeats (..., P) averaged by their items (..., P); an empty repeat counts for nothing."""
    return ratio(np.where(n_items > 0, values * n_items, 0.0).sum(axis=-1), n_items.sum(axis=-1))
