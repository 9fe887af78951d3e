"""One-sided tests."""

from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, binomtest, ttest_ind

from harness.stats import p_greater, p_mean_greater, welch
from harness.stats.one_sided import mid_p_greater


def columns(right: NDArray[Any]) -> NDArray[np.float64]:
    return np.stack([right.astype(float), np.ones(len(right))], axis=1)


def mean(sums: Any) -> Any:
    return sums[..., 0] / sums[..., 1]


def two(n: int, d_lost: int, d_gained: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a = np.ones(n)
    b = a.copy()
    b[:d_lost] = 0
    a[d_lost : d_lost + d_gained] = 0
    return columns(a), columns(b)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize(("lost", "gained"), [(8, 2), (2, 8), (5, 5), (1, 0), (30, 12)])
def test_mcnemar_is_the_binomial_test_with_half_of_what_is_seen(lost: int, gained: int) -> None:
    exact = binomtest(lost, lost + gained, 0.5, alternative="greater").pvalue
    assert mid_p_greater(lost, gained) == pytest.approx(exact - binom.pmf(lost, lost + gained, 0.5) / 2)
    sides = [(side, np.arange(100)) for side in two(100, lost, gained)]
    assert p_greater("sign-flip", mean, *sides, rng=rng()) == pytest.approx(mid_p_greater(lost, gained))


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
def test_nothing_differs_nothing_is_surprising(test: Literal["sign-flip", "bootstrap"]) -> None:
    a, _ = two(50, 0, 0)
    for clusters in (np.arange(50), np.arange(50) // 5, np.zeros(50)):
        assert p_greater(test, mean, (a, clusters), (a, clusters), rng=rng()) == 1.0


def test_means_of_two_samples() -> None:
    fast, slow = np.log(np.linspace(1.0, 1.1, 7)), np.log(np.linspace(1.25, 1.35, 7))
    assert p_mean_greater(slow, fast, rng=rng()) < 0.002
    assert p_mean_greater(fast, slow, rng=rng()) == 1.0
    assert p_mean_greater(fast, fast, rng=rng()) > 0.4


def test_welch_is_scipys() -> None:
    a, b = np.array([0.91, 0.93, 0.90]), np.array([0.88, 0.92])
    theirs = ttest_ind(a, b, equal_var=False, alternative="greater")
    found = welch(a, b)
    assert (found.p, found.df) == pytest.approx((theirs.pvalue, theirs.df))
    assert found.error == pytest.approx((a.mean() - b.mean()) / theirs.statistic)
    both = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (found.difference.low, found.difference.high) == pytest.approx((both.low, both.high))
    assert welch(b, a).p == pytest.approx(1 - found.p)


def test_welch_of_values_that_do_not_vary() -> None:
    """As two trainings on a small test often are: no division by nothing."""
    low, high = np.array([0.8, 0.8]), np.array([0.9, 0.9])
    assert (welch(high, low).p, welch(low, high).p, welch(low, low).p) == (0.0, 1.0, 1.0)
    assert (welch(high, low).error, welch(high, low).df) == (0.0, np.inf)


def test_welch_of_one_side_that_does_not_vary() -> None:
    """Its degrees of freedom are those of the other, and no warning is given."""
    found = welch(np.array([0.9, 0.9, 0.9]), np.array([0.88, 0.92]))
    assert found.df == pytest.approx(1)
    assert found.p == pytest.approx(0.5)
