"""Percentile intervals of a metric, and of a difference between two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stats.resample import Finish, Floats, cluster_codes, cluster_sums, resampled

Clusters = Sequence[str] | NDArray[Any]


@dataclass(frozen=True)
class Interval:
    """A value with its interval; `low` and `high` are NaN where there is but one cluster."""

    value: float
    low: float
    high: float


def interval(
    finish: Finish,
    columns: NDArray[Any],
    clusters: Clusters,
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    level: float = 0.95,
) -> Interval:
    """The metric over all items, with the percentile interval of a clustered bootstrap.

    `columns` (n_items, k) are summed, `finish` turns sums (..., k) into values (...,), `clusters` (n_items,)
    names what is drawn together.
    """
    codes, n_clusters = cluster_codes(clusters)
    sums = cluster_sums(columns, codes, n_clusters)
    value = float(finish(sums.sum(axis=0)))
    if n_clusters < 2:
        return Interval(value, np.nan, np.nan)
    values = np.concatenate([finish(chunk) for chunk in resampled(sums, rng, n_resamples)])
    return Interval(value, *_percentiles(values, level))


def difference(
    finish: Finish,
    columns_a: NDArray[Any],
    clusters_a: Clusters,
    columns_b: NDArray[Any],
    clusters_b: Clusters,
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    level: float = 0.95,
) -> Interval:
    """The metric of a minus that of b, with its interval; clusters of both sides are drawn together.

    So a comparison on the same items is paired, and one on other items (a slice and its control) is not,
    but for the clusters they share. The two sides may have other numbers of columns.
    """
    joint, n_a = joint_sums(columns_a, clusters_a, columns_b, clusters_b)
    total = joint.sum(axis=0)
    value = float(finish(total[:n_a]) - finish(total[n_a:]))
    if min(len(set(map(str, clusters_a))), len(set(map(str, clusters_b)))) < 2:
        return Interval(value, np.nan, np.nan)
    return Interval(value, *_percentiles(differences(finish, joint, n_a, rng, n_resamples), level))


def joint_sums(
    columns_a: NDArray[Any], clusters_a: Clusters, columns_b: NDArray[Any], clusters_b: Clusters
) -> tuple[Floats, int]:
    """Sums of both sides side by side (n_clusters, k_a + k_b) over the union of clusters, and k_a."""
    both = np.concatenate([np.asarray(clusters_a, dtype=str), np.asarray(clusters_b, dtype=str)])
    codes, n_clusters = cluster_codes(both)
    sums_a = cluster_sums(columns_a, codes[: len(clusters_a)], n_clusters)
    sums_b = cluster_sums(columns_b, codes[len(clusters_a) :], n_clusters)
    return np.concatenate([sums_a, sums_b], axis=1), sums_a.shape[1]


def differences(finish: Finish, joint: Floats, n_a: int, rng: np.random.Generator, n_resamples: int) -> Floats:
    """finish(a) - finish(b) in each resample: (n_resamples,)."""
    chunks = resampled(joint, rng, n_resamples)
    return np.concatenate([finish(chunk[:, :n_a]) - finish(chunk[:, n_a:]) for chunk in chunks])


def _percentiles(values: Floats, level: float) -> tuple[float, float]:
    """The middle `level` of the values; a resample in which one side is empty has none."""
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
