"""Correlations of two numbers an item: gold and prediction."""

from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.metrics.declare import Floats, metric


def _numbers(outcomes: Outcomes) -> Floats:
    """(n_items, 2): gold, prediction."""
    return np.stack([np.asarray(x, dtype=np.float64) for x in (outcomes.gold, outcomes.prediction)], axis=1)


def _none(outcomes: Outcomes) -> float:
    """What a constant prediction is taken to score."""
    return 0.0


@metric(
    "spearman",
    label="Spearman's ρ",
    columns=_numbers,
    form="items",
    unit="rank correlation",
    range=(-1.0, 1.0),
    chance=_none,
    targets=("number", "value"),
)
def spearman(columns: Floats, weights: Floats) -> Floats:
    """How well the predictions put the items in the order of their gold numbers: Pearson's r of the ranks.

    Items that are equal share the mean of their ranks. NaN where either side is constant. Equal to scipy's `spearmanr`.
    """
    by_item = np.ascontiguousarray(weights.T)  # rows are gathered many times faster than columns
    gold, predicted = (_centred_ranks(column, by_item) for column in columns.T)
    weighted = by_item * gold
    covariance, of_gold = np.einsum("nr,nr->r", weighted, predicted), np.einsum("nr,nr->r", weighted, gold)
    return _over(covariance, of_gold * np.einsum("nr,nr,nr->r", by_item, predicted, predicted))


def _centred_ranks(values: Floats, weights: Floats) -> Floats:
    """The rank of each item less the mean rank, (n_items, R): an item of weight 2 stands for two equal ones."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    up_to = np.zeros((len(counts) + 1, weights.shape[1]))  # the weight of all that is no larger, by distinct value
    up_to[1:] = np.cumsum(weights[np.argsort(codes, kind="stable")], axis=0)[np.cumsum(counts) - 1]
    return ((up_to[1:] + up_to[:-1] - up_to[-1:]) / 2)[codes]


def _over(covariance: Any, product: Any) -> Floats:
    """The covariance over the root of the product of both variances; NaN where one of them is 0."""
    root = np.sqrt(np.maximum(product, 0.0))
    return np.asarray(np.divide(covariance, root, out=np.full(np.shape(root), np.nan), where=root > 0))


def _moments(outcomes: Outcomes) -> Floats:
    """(n_items, 6): x, y, x², y², xy, 1. Both sides are centred and scaled first, which no correlation sees."""
    both = _numbers(outcomes)
    if len(both):
        spread = both.std(axis=0)
        both = (both - both.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    x, y = both.T
    return np.stack([x, y, x * x, y * y, x * y, np.ones(len(x))], axis=1)


@metric(
    "pearson",
    label="Pearson's r",
    columns=_moments,
    unit="correlation",
    range=(-1.0, 1.0),
    chance=_none,
    targets=("number", "value"),
)
def pearson(sums: Floats) -> Floats:
    """How near the pairs of gold number and prediction lie to a rising line. NaN where either side is constant.

    Sums: x, y, x², y², xy, items. Equal to scipy's `pearsonr`.
    """
    x, y, xx, yy, xy, n = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    of_x, of_y = n * xx - x * x, n * yy - y * y
    tiny = 1e-12 * n * n  # what rounding leaves of a constant
    return _over(n * xy - x * y, np.where((of_x > tiny) & (of_y > tiny), of_x * of_y, 0.0))
