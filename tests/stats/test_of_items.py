"""A statistic of weighted items is resampled, compared and tested as a function of sums is."""

from typing import Any

import numpy as np
import pytest

from harness.stats import (
    OfItems,
    Part,
    comparisons,
    difference,
    interval,
    p_greater,
    shared_variance,
    texts_of,
)

N, SIZE = 300, 3


def mean_of_sums(sums: Any) -> Any:
    return sums[..., 0] / sums[..., 1]


def _mean(columns: Any, weights: Any) -> Any:
    total = weights.sum(axis=1)
    return np.divide(weights @ columns[:, 0], total, out=np.full(len(total), np.nan), where=total > 0)


MEAN = OfItems(_mean)
CLUSTERS = np.array([f"cluster-{i // SIZE}" for i in range(N)])


def columns(seed: int, by: float = 0.0) -> Any:
    """Values that items of a cluster share in part."""
    rng = np.random.default_rng(seed)
    shared = np.repeat(np.random.default_rng(99).normal(size=N // SIZE), SIZE)
    return np.stack([shared + 0.3 * rng.normal(size=N) + by, np.ones(N)], axis=1)


def rng() -> Any:
    return np.random.default_rng(0)


def test_intervals_are_those_of_sums() -> None:
    """Up to what other draws make of them: a tenth of their width."""
    a, b = columns(1, 0.1), columns(2)
    for method, sides in ((interval, [(a, CLUSTERS)]), (difference, [(a, CLUSTERS), (b, CLUSTERS)])):
        one, other = (method(finish, *sides, rng=rng(), n_resamples=4000) for finish in (mean_of_sums, MEAN))
        assert other.value == pytest.approx(one.value)
        width = one.high - one.low
        assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=width / 10)


def test_clusters_are_drawn_whole() -> None:
    """So the interval is wider than where each item is drawn by itself."""
    whole, single = (
        interval(MEAN, (columns(1), clusters), rng=rng(), n_resamples=2000) for clusters in (CLUSTERS, np.arange(N))
    )
    assert whole.high - whole.low > 1.4 * (single.high - single.low)


def test_tests_and_what_they_see_are_those_of_sums() -> None:
    a, b = (columns(1, 0.05), CLUSTERS), (columns(2), CLUSTERS)
    for one, other in ((a, b), (b, a)):
        p, q = (p_greater("bootstrap", f, one, other, rng=rng()) for f in (mean_of_sums, MEAN))
        assert q == pytest.approx(p, abs=0.02)
    by_sums, by_items = (texts_of("bootstrap", f, a, b, rng=rng()) for f in (mean_of_sums, MEAN))
    for found in (by_sums, by_items):
        assert (found.n_items, found.n_clusters, found.n_changed) == (N, N // SIZE, N // SIZE)
    assert by_items.unit == pytest.approx(by_sums.unit, rel=0.1)
    with pytest.raises(ValueError, match="sign-flip"):
        p_greater("sign-flip", MEAN, a, b, rng=rng())


def test_a_statistic_changes_where_what_it_looks_at_does() -> None:
    a, b = columns(1), columns(1)
    b[[0, 1, 7], 0] += 1
    assert texts_of("bootstrap", MEAN, (a, CLUSTERS), (b, CLUSTERS), rng=rng()).n_changed == 2


def test_rows_are_compared_with_the_best_as_by_sums() -> None:
    """To the last digits: nothing is drawn but the level."""
    rows = [[Part(columns(seed, by), CLUSTERS)] for seed, by in ((1, 0.0), (2, 0.1), (3, 0.2))]
    one, other = (comparisons(finish, rows, rng()) for finish in (mean_of_sums, MEAN))
    np.testing.assert_allclose(other.scores, one.scores)
    np.testing.assert_allclose(other.errors, one.errors)
    assert other.level == pytest.approx(one.level, rel=1e-4)


def test_what_trials_share_is_that_of_sums() -> None:
    trials = [(columns(seed), CLUSTERS) for seed in range(3)]
    assert shared_variance(MEAN, trials) == pytest.approx(shared_variance(mean_of_sums, trials))


def test_the_interval_of_a_rank_correlation_covers_what_is_true() -> None:
    """Of 200 samples, 95 % intervals cover ρ of a bivariate normal distribution in 90 to 99 %."""
    from harness.metrics.correlation import spearman

    r, made = 0.6, np.random.default_rng(3)
    true, covered = 6 / np.pi * np.arcsin(r / 2), 0
    for _ in range(200):
        x = made.normal(size=100)
        pair = np.stack([x, r * x + np.sqrt(1 - r * r) * made.normal(size=100)], axis=1)
        found = interval(OfItems(spearman), (pair, np.arange(100)), rng=made, n_resamples=500)
        covered += found.low <= true <= found.high
    assert 180 <= covered <= 198
