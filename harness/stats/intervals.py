"""Percentile intervals of a metric, and of a difference between two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.stats.resample import Finish, Floats, Items, Side, Sums, joint, values_of

#: The share of resamples that an interval holds.
LEVEL = 0.95
#: Percentile -> samples needed before it may be printed (99 % confidence, one miss allowed, from p90 on).
NEEDED = {50: 10, 90: 64, 95: 130, 99: 662}


@dataclass(frozen=True)
class Interval:
    """A value with its interval; `low` and `high` are NaN where there is but one cluster."""

    value: float
    low: float
    high: float


def interval(finish: Finish, side: Side, *, rng: np.random.Generator, n_resamples: int = 2000) -> Interval:
    """The metric over all items, with the percentile interval of a clustered bootstrap.

    `finish` turns sums of the columns, or the columns with weights, into values.
    """
    sample = joint(finish, side)
    value = float(sample.whole[0])
    if sample.n_clusters < 2:
        return Interval(value, np.nan, np.nan)
    return Interval(value, *_percentiles(values_of(sample, rng, n_resamples)[:, 0]))


def difference(finish: Finish, a: Side, b: Side, *, rng: np.random.Generator, n_resamples: int = 2000) -> Interval:
    """The metric of a minus that of b, with its interval; clusters of both sides are drawn together.

    So a comparison on the same items is paired, and one on other items (a slice and its control) is not,
    but for the clusters they share. The two sides may have other numbers of columns.
    """
    sides = joint(finish, a, b)
    value = float(np.subtract(*sides.whole))
    if min(len(set(map(str, clusters))) for _, clusters in (a, b)) < 2:
        return Interval(value, np.nan, np.nan)
    return Interval(value, *_percentiles(differences(sides, rng, n_resamples)))


def differences(sides: Sums | Items, rng: np.random.Generator, n_resamples: int) -> Floats:
    """The value of the first of two sides minus that of the second in each resample: (n_resamples,)."""
    return np.asarray(np.subtract(*values_of(sides, rng, n_resamples).T))


@dataclass(frozen=True)
class Draws:
    """The metric of S sides: `whole` (S,), and `values` (n_resamples, S) where the same clusters are drawn for all."""

    whole: Floats
    values: Floats
    n_clusters: int

    def of(self, function: Callable[[Floats], Floats]) -> Interval:
        """What a function makes of the sides, (..., S) to (...,), with its interval."""
        value = float(function(self.whole))
        return Interval(value, *(_percentiles(function(self.values)) if self.n_clusters > 1 else (np.nan, np.nan)))


def draws(finish: Finish, sides: Sequence[Side], *, rng: np.random.Generator, n_resamples: int = 2000) -> Draws:
    """Sides scored together, so that what is computed of several of them has an interval."""
    both = joint(finish, *sides)
    return Draws(np.array([float(value) for value in both.whole]), values_of(both, rng, n_resamples), both.n_clusters)


def over_draws(
    finish: Finish, sides: Sequence[Side], of: Sequence[int], *, rng: np.random.Generator, n_resamples: int = 2000
) -> Interval:
    """The mean of the sides' values, with an interval over the choice of clusters and of draws.

    `of`: the number of the draw that each side is of; sides of one draw are drawn together.
    """
    scored = draws(finish, sides, rng=rng, n_resamples=n_resamples)
    numbers = np.asarray(of)
    each = np.stack([scored.values[:, numbers == one].mean(axis=1) for one in np.unique(numbers)], axis=1)
    picked = rng.integers(each.shape[1], size=each.shape)
    means = np.take_along_axis(each, picked, axis=1).mean(axis=1)
    return Interval(float(scored.whole.mean()), *(_percentiles(means) if scored.n_clusters > 1 else (np.nan, np.nan)))


def _percentiles(values: Floats) -> tuple[float, float]:
    """The middle `LEVEL` of the values; a resample in which one side is empty has none."""
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
