"""How far predicted numbers are from gold ones, in the unit of the numbers: lower is better."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.metrics.declare import Floats, metric, ratio

_FACTS: dict[str, Any] = {
    "higher_is_better": False,
    "unit": "units",
    "range": (0.0, math.inf),
    "targets": ("value",),
}


def _column(of: Callable[[Any], Any]) -> Callable[[Outcomes], Floats]:
    """(n_items, 2): `of` how far the prediction is from gold; 1."""

    def columns(outcomes: Outcomes) -> Floats:
        far = np.asarray(outcomes.prediction, dtype=np.float64) - np.asarray(outcomes.gold, dtype=np.float64)
        return np.stack([of(far), np.ones(len(far))], axis=1)

    return columns


def _spread(outcomes: Outcomes) -> float:
    """The error of the best constant: the standard deviation of the gold numbers."""
    return float(np.std(np.asarray(outcomes.gold, dtype=np.float64)))


@metric("rmse", label="RMSE", columns=_column(np.square), chance=_spread, **_FACTS)
def rmse(sums: Floats) -> Floats:
    """The root of the mean squared error. Sums: squared errors, items.

    Chance is what the mean of the gold numbers scores. Equal to scikit-learn's `root_mean_squared_error`.
    """
    return np.sqrt(ratio(sums[..., 0], sums[..., 1]))


def _scatter(outcomes: Outcomes) -> float:
    """The error of the best constant: the mean distance of the gold numbers to their median."""
    gold = np.asarray(outcomes.gold, dtype=np.float64)
    return float(np.abs(gold - np.median(gold)).mean())


@metric("mae", label="mean absolute error", columns=_column(np.abs), chance=_scatter, test="sign-flip", **_FACTS)
def mae(sums: Floats) -> Floats:
    """The mean distance of predictions to gold numbers. Sums: distances, items.

    Chance is what the median of the gold numbers scores. Equal to scikit-learn's `mean_absolute_error`.
    """
    return ratio(sums[..., 0], sums[..., 1])
