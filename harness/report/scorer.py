"""A metric bound to what the report does with it: score, compare, print. Values stay in the metric's own units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.core.registry import Component
from harness.core.seeds import generator_of
from harness.report.model import Measure
from harness.stats import Interval, difference, interval, p_value


@dataclass(frozen=True)
class Scorer:
    """One metric. Every method that resamples takes `seed`: the parts that its generator is made of."""

    component: Component
    measure: Measure

    def columns(self, outcomes: Outcomes) -> Any:
        """What the metric sums, (n_items, k)."""
        return self.component.facts["columns"](outcomes)

    def interval(self, outcomes: Outcomes, *seed: str) -> Interval:
        """The score with its clustered bootstrap interval."""
        rng = generator_of("report", "score", *seed)
        return interval(self.component.function, self.columns(outcomes), outcomes.cluster, rng=rng)

    def loss(self, reference: Outcomes, changed: Outcomes, *seed: str) -> Interval:
        """How much worse `changed` is than `reference`; clusters of both are resampled together."""
        return self.measure.worse(
            difference(
                self.component.function,
                self.columns(reference),
                reference.cluster,
                self.columns(changed),
                changed.cluster,
                rng=generator_of("report", "loss", *seed),
            )
        )

    def value(self, outcomes: Outcomes) -> float:
        """The score alone."""
        return float(self.component.function(self.columns(outcomes).sum(axis=0)))

    def p_value(self, a: Outcomes, b: Outcomes, *seed: str) -> float:
        """Do two rows differ on the same items, in the same order?"""
        both = self.columns(concatenate([a, b]))  # together, so that both have the columns of the same classes
        return float(
            p_value(
                self.component.facts["test"],
                self.component.function,
                both[: len(a)],
                both[len(a) :],
                a.cluster,
                rng=generator_of("report", "pair", *seed),
            )
        )


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


def paired(a: Sequence[Outcomes], b: Sequence[Outcomes]) -> tuple[Outcomes, Outcomes] | None:
    """Two rows' repeats on shared items, the first with the first and so on; None where they share nothing.

    A row that has fewer repeats goes round again, until each has met as many of the other's.
    """
    n = math.lcm(len(a), len(b))
    both = [shared(a[i % len(a)], b[i % len(b)]) for i in range(n)]
    if not any(len(part) for part, _ in both):
        return None
    return concatenate([part for part, _ in both]), concatenate([part for _, part in both])
