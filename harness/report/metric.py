"""From a metric's name to what scores and prints it."""

from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.core.registry import Component, nearest
from harness.report.measure import Measure
from harness.report.scorer import Scorer


def scorer_of(name: str) -> Scorer:
    """The metric of this name. HarnessError where this version of the harness has none."""
    known = catalogue().of("metric")
    if name not in known:
        advice = nearest(name, known) or "Where a plugin defines it, name that with --plugin."
        raise HarnessError(f"no metric {name!r}; there are: {', '.join(known)}. {advice}")
    return Scorer(known[name], measure_of(known[name]))


def measure_of(component: Component) -> Measure:
    """How a metric is printed: what lies between 0 and 1 as points of 100, anything else as it is."""
    is_share = tuple(component.facts["range"]) == (0, 1)
    return Measure(
        name=component.name,
        label=str(component.facts["label"]),
        higher_is_better=bool(component.facts["higher_is_better"]),
        factor=100.0 if is_share else 1.0,
        decimals=1 if is_share else 3,
        unit="points" if is_share else str(component.facts["unit"]),
    )
