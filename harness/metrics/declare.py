"""The decorator that makes a function a metric, and how one is computed."""

from collections.abc import Callable
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.core.data import Outcomes
from harness.core.registry import Component, component

Floats = NDArray[np.float64]
F = TypeVar("F", bound=Callable[[Floats], Floats])


def metric(
    name: str,
    *,
    version: int = 1,
    label: str,
    columns: Callable[[Outcomes], Floats],
    higher_is_better: bool = True,
    unit: str,
    range: tuple[float, float],
    chance: Callable[..., float],
    test: Literal["sign-flip", "bootstrap"],
    applies_to: tuple[str, ...],
) -> Callable[[F], F]:
    """Make a function from column sums (..., k) to values (...,) a metric.

    `columns` gives the (n_items, k) that are summed, so that one bootstrap serves all metrics. `chance` is
    the score of a predictor that knows nothing: `(outcomes)` of one that always says the commonest class, for a
    search `(n_relevant, n_documents)` of one that puts the documents in a random order. `test` is the paired test
    that fits: `sign-flip` where the metric is the mean of column 0, else `bootstrap`.
    """
    return component(
        "metric",
        name,
        version=version,
        label=label,
        columns=columns,
        higher_is_better=higher_is_better,
        unit=unit,
        range=range,
        chance=chance,
        test=test,
        applies_to=applies_to,
    )


def ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, elementwise; NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    values: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return values


def score(metric: Component, outcomes: Outcomes) -> float:
    """The metric over all items of the outcomes; NaN where there are none."""
    if len(outcomes) == 0:
        return float("nan")
    sums = metric.facts["columns"](outcomes).sum(axis=0)
    return float(metric.function(sums))
