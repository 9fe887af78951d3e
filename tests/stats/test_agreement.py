"""Agreement of orders, areas of curves, and what is computed of several sides in the same resamples."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import kendalltau

from harness.stats import difference, draws, kendall, mean_height


def mean(sums: Any) -> Any:
    return sums[..., 0] / sums[..., 1]


def side(values: Any) -> Any:
    """Columns of a mean, each item a cluster of its own."""
    return np.stack([values, np.ones(len(values))], axis=1), np.arange(len(values)).astype(str)


def test_tau_of_four_by_hand() -> None:
    """Of six pairs one stands in the other order: (5 - 1) / 6; all of them reversed: -1."""
    assert kendall(np.array([4.0, 3, 2, 1]), np.array([4.0, 3, 1, 2])) == pytest.approx(4 / 6)
    assert kendall(np.array([4.0, 3, 2, 1]), np.array([1.0, 2, 3, 4])) == pytest.approx(-1)


def test_ties_count_on_neither_side() -> None:
    """a > b = c against a > b > c: two pairs agree, of sqrt(2 x 3)."""
    assert kendall(np.array([3.0, 1, 1]), np.array([3.0, 2, 1])) == pytest.approx(2 / math.sqrt(6))


def test_what_rounding_tells_apart_is_a_tie() -> None:
    assert kendall(np.array([0.3, 0.1 + 0.2, 0.1]), np.array([1.0, 2, 0])) == pytest.approx(2 / math.sqrt(6))


def test_all_ties_have_no_tau() -> None:
    assert np.isnan(kendall(np.ones(3), np.array([1.0, 2, 3])))


def test_it_is_scipys_for_many_at_once() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (2, 50, 7)).astype(float)
    assert kendall(a, b) == pytest.approx([kendalltau(x, y).statistic for x, y in zip(a, b, strict=True)])


def test_the_area_by_hand() -> None:
    """Drops of .1, .2, .4 at 1, 3, 5: two trapezoids of .3 and .6, over a range of 4."""
    assert mean_height([1, 3, 5], np.array([0.1, 0.2, 0.4])) == pytest.approx(0.225)
    assert mean_height([0.25, 0.5, 1.0], np.array([[2.0, 2, 2], [0, 0, 1]])) == pytest.approx([2, 0.25 / 0.75])


def test_what_is_computed_of_two_sides_is_paired() -> None:
    """The interval of a difference is that of `difference`: the same clusters are drawn for both."""
    rng = np.random.default_rng(1)
    a = rng.random(300)
    b = a - 0.1 + 0.01 * rng.random(300)
    both = draws(mean, [side(a), side(b)], rng=np.random.default_rng(2))
    found, other = (
        both.of(lambda values: values[..., 0] - values[..., 1]),
        difference(mean, side(a), side(b), rng=np.random.default_rng(2)),
    )
    assert (found.value, found.low, found.high) == pytest.approx((other.value, other.low, other.high))
    assert found.high - found.low < 0.002


def test_one_cluster_has_no_interval() -> None:
    columns, _ = side(np.array([1.0, 0, 1]))
    found = draws(mean, [(columns, np.array(["a"] * 3))], rng=np.random.default_rng(0)).of(
        lambda values: values[..., 0]
    )
    assert found.value == pytest.approx(2 / 3)
    assert np.isnan(found.low)
