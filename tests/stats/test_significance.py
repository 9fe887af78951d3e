"""Tests call alike systems alike, and different ones different."""

from typing import Any, Literal

import numpy as np
import pytest

from harness.core.data import Outcomes
from harness.metrics import classification
from harness.stats import p_greater
from harness.stats.one_sided import mid_p_greater
from tests.fakes.components import component_of


def p_value(test: Literal["sign-flip", "bootstrap"], finish: Any, a: Any, b: Any, clusters: Any, **how: Any) -> float:
    """Two-sided: twice the p of the side that is better."""
    both = (a, clusters), (b, clusters)
    return min(1.0, 2 * min(p_greater(test, finish, *sides, **how) for sides in (both, both[::-1])))


def mid_p_mcnemar(only_a: int, only_b: int) -> float:
    return 2 * mid_p_greater(max(only_a, only_b), min(only_a, only_b)) if only_a != only_b else 1.0


def mean(sums: Any) -> Any:
    return sums[..., 0] / sums[..., 1]


def columns(values: Any) -> Any:
    return np.stack([np.asarray(values, float), np.ones(len(values))], axis=1)


def names(n: int, size: int = 1) -> list[str]:
    return [f"cluster-{i // size}" for i in range(n)]


def p(test: Literal["sign-flip", "bootstrap"], a: Any, b: Any, clusters: list[str], n: int = 10_000) -> float:
    rng = np.random.default_rng(0)
    return p_value(test, mean, columns(a), columns(b), clusters, rng=rng, n_resamples=n)


@pytest.mark.parametrize(
    ("only_a", "only_b", "expected"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 1, 0.5),
        (1, 6, 2 * (1 + 7) / 128 - 7 / 128),
        (6, 1, 2 * (1 + 7) / 128 - 7 / 128),
        (0, 10, 1 / 1024),
    ],
)
def test_mcnemar_by_hand(only_a: int, only_b: int, expected: float) -> None:
    assert mid_p_mcnemar(only_a, only_b) == pytest.approx(expected)


def test_single_items_right_or_wrong_get_mcnemar() -> None:
    a, b = [1, 1, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0, 1, 1]
    assert p("sign-flip", a, b, names(8)) == pytest.approx(mid_p_mcnemar(6, 1))


def test_clusters_are_flipped_whole() -> None:
    """Of the 8 sign patterns of three clusters 2 are as far out: p near 1/4, however many items."""
    a, b = np.ones(30), np.zeros(30)
    assert p("sign-flip", a, b, names(30, 10)) == pytest.approx(0.25, abs=0.02)
    assert p("sign-flip", a, b, names(30)) < 1e-6


def test_the_permutation_test_is_never_quite_zero_and_counts_ties() -> None:
    a, b = np.linspace(1, 2, 40), np.zeros(40)
    assert p("sign-flip", a, b, names(40)) == pytest.approx(2 / 10_001)
    assert p("sign-flip", [0.1, 0.2], [0.3, 0.0], names(2)) == 1.0


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
def test_alike_systems_and_single_clusters_give_one(test: Literal["sign-flip", "bootstrap"]) -> None:
    x = np.random.default_rng(1).random(30)
    assert p(test, x, x, names(30)) == 1.0
    assert p(test, x + 1, x, ["one"] * 30) == 1.0


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
def test_the_two_sides_may_be_swapped(test: Literal["sign-flip", "bootstrap"]) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random(50), rng.random(50) + 0.1
    assert p(test, a, b, names(50)) == pytest.approx(p(test, b, a, names(50)), abs=0.02)


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
@pytest.mark.parametrize("data", ["right or wrong", "right or wrong, clustered", "continuous, clustered"])
def test_five_percent_of_alike_pairs_are_called_different(test: Literal["sign-flip", "bootstrap"], data: str) -> None:
    """Type-I error at 5 %: at most 8.5 % in 400 trials, and not never."""
    rng = np.random.default_rng(3)
    n, size = 160, 4 if "clustered" in data else 1
    n_called = 0
    for _ in range(400):
        shared, own_a, own_b = (np.repeat(rng.normal(size=n // size), size) for _ in range(3))
        a, b = shared + own_a + 0.5 * rng.normal(size=n), shared + own_b + 0.5 * rng.normal(size=n)
        if "right" in data:
            a, b = (a > 0).astype(float), (b > 0).astype(float)
        n_called += p_value(test, mean, columns(a), columns(b), names(n, size), rng=rng, n_resamples=400) < 0.05
    assert 0.01 <= n_called / 400 <= 0.085


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
def test_a_clear_difference_is_found(test: Literal["sign-flip", "bootstrap"]) -> None:
    rng = np.random.default_rng(4)
    b = rng.random(300)
    a = b + 0.1 + 0.3 * rng.normal(size=300)
    assert p(test, a, b, names(300)) < 0.001


def test_the_bootstrap_test_serves_macro_f1_with_other_classes_on_either_side() -> None:
    rng = np.random.default_rng(5)
    gold = rng.choice(["a", "b", "c"], size=300)
    good = np.where(rng.random(300) < 0.9, gold, "a")
    bad = np.where(rng.random(300) < 0.6, gold, "d")
    item = np.arange(300).astype(str)

    def counted(prediction: Any) -> Any:
        got = Outcomes(item, item, np.zeros(300, int), gold, prediction, np.ones(300))
        return component_of(classification.macro_f1).facts["columns"](got)

    value = p_value("bootstrap", classification.macro_f1, counted(good), counted(bad), item, rng=rng)
    assert value == pytest.approx(2 / 10_001)
