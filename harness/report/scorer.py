"""A metric of the catalogue by its name, with how it is printed. Values stay in the metric's own units."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.catalogue import catalogue
from harness.core.data import Outcomes
from harness.core.errors import HarnessError
from harness.core.registry import nearest
from harness.metrics import Metric
from harness.report.measure import Measure


@dataclass(frozen=True)
class Scorer(Metric):
    """A metric, and what prints its values."""

    @cached_property
    def measure(self) -> Measure:
        """What is 1 at best, a share or a correlation, is printed as points of 100, anything else as it is."""
        is_share = self.component.facts["range"][1] == 1
        return Measure(
            name=self.name,
            label=self.label,
            higher_is_better=self.sign > 0,
            factor=100.0 if is_share else 1.0,
            decimals=1 if is_share else 3,
            unit="points" if is_share else str(self.component.facts["unit"]),
        )


def scorer_of(name: str) -> Scorer:
    """The metric of this name. HarnessError where this version of the harness has none."""
    known = catalogue().of("metric")
    if name not in known:
        advice = nearest(name, known) or "Where a plugin defines it, name that with --plugin."
        raise HarnessError(f"no metric {name!r}; there are: {', '.join(known)}. {advice}")
    return Scorer(known[name])


def shared(a: Outcomes, b: Outcomes) -> tuple[Outcomes, Outcomes]:
    """The items that both have, in the order of `b`; where `b` has an item twice, so has `a` then."""
    items, first = np.unique(a.item, return_index=True)
    place = np.minimum(np.searchsorted(items, b.item), len(items) - 1) if len(items) else np.zeros(len(b), int)
    found = items[place] == b.item if len(items) else np.zeros(len(b), bool)
    return a.take(first[place[found]]), b.take(found)
