"""A metric bound to what the report does with it: score, compare, print. Values stay in the metric's own units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.core.registry import Component
from harness.core.seeds import generator_of
from harness.metrics.declare import ratio
from harness.report.measure import Measure
from harness.stats import Finish, Interval, Part, difference, interval


@dataclass(frozen=True)
class Scorer:
    """One metric. The score of several repeats is the mean of theirs, by their number of items, not that of a pool.

    Every method that resamples takes `seed`: the parts that its generator is made of.
    """

    component: Component
    measure: Measure

    def columns(self, outcomes: Outcomes) -> Any:
        """What the metric sums, (n_items, k)."""
        return self.component.facts["columns"](outcomes)

    def better(self, sums: Any) -> Any:
        """The metric, turned so that higher is better: sums (..., k) to values (...,)."""
        return self.component.function(sums) * (1.0 if self.measure.higher_is_better else -1.0)

    @property
    def width(self) -> float:
        """How far apart two values can be; 0 where nothing bounds them."""
        low, high = self.component.facts["range"]
        return float(high - low) if math.isfinite(high - low) else 0.0

    def part(self, outcomes: Outcomes, seed: str | None) -> Part:
        """One repeat, as rows are compared by."""
        return Part(self.columns(outcomes), outcomes.cluster, seed)

    def interval(self, repeats: Sequence[Outcomes], *seed: str) -> Interval:
        """The score with its clustered bootstrap interval."""
        finish, [(columns, clusters)] = self.together(repeats)
        return interval(finish, columns, clusters, rng=generator_of("report", "score", *seed))

    def loss(self, reference: Sequence[Outcomes], changed: Sequence[Outcomes], *seed: str) -> Interval:
        """How much worse `changed` is than `reference`; clusters of both are resampled together."""
        finish, sides = self.together(reference, changed)
        rng = generator_of("report", "loss", *seed)
        return self.measure.worse(difference(finish, *sides[0], *sides[1], rng=rng))

    def value(self, *repeats: Outcomes) -> float:
        """The score alone."""
        finish, [(columns, _)] = self.together(repeats)
        return float(finish(columns.sum(axis=0)))

    def together(self, *sides: Sequence[Outcomes]) -> tuple[Finish, list[tuple[Any, Any]]]:
        """The function of sums that scores repeats, and (columns, clusters) of each side's repeats.

        All sides have the columns of the same classes. For a mean over items the repeats stand one after the other; for
        other metrics beside each other, so that each is scored by itself and the scores are averaged.
        """
        parts = [part for side in sides for part in side]
        columns = iter(np.split(self.columns(concatenate(parts)), np.cumsum([len(part) for part in parts])[:-1]))
        own: list[list[tuple[Any, Any]]] = [[(next(columns), part.cluster) for part in side] for side in sides]
        function = self.component.function
        if self.component.facts["test"] == "sign-flip" or len(parts) == len(sides):
            return function, [_stacked(side) for side in own]
        return _averaged(function, own[0][0][0].shape[1]), [_beside(side) for side in own]


def _stacked(repeats: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Columns and clusters of repeats one after the other."""
    return np.concatenate([columns for columns, _ in repeats]), np.concatenate([clusters for _, clusters in repeats])


def _beside(repeats: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """A line a cluster, (n_clusters, P (k + 1)): of each repeat the sums of its columns, and its number of items."""
    names = np.unique(np.concatenate([clusters for _, clusters in repeats]))
    blocks = []
    for columns, clusters in repeats:
        block = np.zeros((len(names), columns.shape[1] + 1))
        np.add.at(block, np.searchsorted(names, clusters), np.column_stack([columns, np.ones(len(columns))]))
        blocks.append(block)
    return np.concatenate(blocks, axis=1), names


def _averaged(finish: Finish, k: int) -> Finish:
    """The function of such sums: the score of each repeat, averaged by its items; an empty one counts for nothing."""

    def mean(sums: Any) -> Any:
        blocks = sums.reshape(*sums.shape[:-1], -1, k + 1)
        n_items, values = blocks[..., k], finish(blocks[..., :k])
        return ratio(np.where(n_items > 0, values * n_items, 0.0).sum(axis=-1), n_items.sum(axis=-1))

    return mean


def concatenate(parts: Sequence[Outcomes]) -> Outcomes:
    """Outcomes one after the other; clusters keep their names, so repeats of an item stay together."""
    if len(parts) == 1:
        return parts[0]
    names = ("item", "content", "cluster", "draw", "gold", "prediction", "score")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    sums = [name for name in parts[0].sums if all(name in part.sums for part in parts)]
    return Outcomes(**columns, sums={name: np.concatenate([p.sums[name] for p in parts]) for name in sums})


def shared(a: Outcomes, b: Outcomes) -> tuple[Outcomes, Outcomes]:
    """The items that both have, in the order of `b`; where `b` has an item twice, so has `a` then."""
    items, first = np.unique(a.item, return_index=True)
    place = np.minimum(np.searchsorted(items, b.item), len(items) - 1) if len(items) else np.zeros(len(b), int)
    found = items[place] == b.item if len(items) else np.zeros(len(b), bool)
    return a.take(first[place[found]]), b.take(found)
