"""Metrics of clusters against classes."""

from dataclasses import replace

import numpy as np

from harness.core.data import Outcomes
from harness.core.seeds import generator_of
from harness.metrics.declare import Floats, metric

#: Stands before the number of a start in the columns of outcomes that hold clusters.
START = "start "


def _codes(outcomes: Outcomes) -> Floats:
    """(n_items, 1 + S): the class as a number; the cluster from each of S starts."""
    _, classes = np.unique(np.asarray(outcomes.gold, dtype=str), return_inverse=True)
    starts = [column for name, column in sorted(outcomes.sums.items()) if name.startswith(START)]
    return np.stack([classes.reshape(-1), *starts], axis=1).astype(np.float64)


def _by_chance(outcomes: Outcomes) -> float:
    """What the same clusters score when they are dealt out to the items at random: what is due to sizes alone."""
    rng = generator_of("clusters", len(outcomes))
    columns = _codes(replace(outcomes, sums={name: rng.permutation(own) for name, own in outcomes.sums.items()}))
    return float(v_measure(columns, np.ones((1, len(columns))))[0]) if len(columns) else float("nan")


@metric(
    "v-measure",
    label="V-measure",
    columns=_codes,
    form="items",
    unit="harmonic mean of homogeneity and completeness",
    chance=_by_chance,
    targets=("cluster",),
    biased=True,
)
def v_measure(columns: Floats, weights: Floats) -> Floats:
    """How far clusters hold one class each and classes lie in one cluster each, mean over starts of k-means.

    The harmonic mean of homogeneity and completeness, the same as normalised mutual information (Rosenberg, Hirschberg
    2007). Chance is what the row's own clusters score when dealt out at random: it grows with their number, and few
    texts. Equal to scikit-learn's `v_measure_score`. NaN where there are no items. A text drawn twice lies twice
    in one cluster, which raises the value of a resample: intervals are moved back to that of the texts as they are.
    """
    gold, n = columns[:, 0], weights.sum(axis=1)
    of_gold, found = _entropy(gold, weights, n), np.zeros(len(weights))
    for clusters in columns[:, 1:].T:
        of_clusters = _entropy(clusters, weights, n)
        of_both = _entropy(gold * (1 + clusters.max(initial=0.0)) + clusters, weights, n)
        apart, shared = of_gold + of_clusters, of_gold + of_clusters - of_both
        found += np.where(apart > 1e-12, 2 * np.maximum(shared, 0.0) / np.where(apart > 1e-12, apart, 1.0), 1.0)
    return np.where(n > 0, found / max(1, columns.shape[1] - 1), np.nan)


def _entropy(codes: Floats, weights: Floats, n: Floats) -> Floats:
    """(R,) the entropy of codes (n_items,), in nats, under each row of weights (R, n_items), which add up to n (R,)."""
    order = np.argsort(codes, kind="stable")
    if not len(order):
        return np.zeros(len(weights))
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    parts = sizes * np.log(np.where(sizes > 0, sizes, 1.0))
    whole = np.where(n > 0, n, 1.0)
    return np.asarray(np.log(whole) - parts.sum(axis=1) / whole)
