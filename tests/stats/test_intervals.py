"""Intervals cover what they should, and clusters count."""

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

from harness.stats import Interval, difference, interval
from harness.stats.resample import cluster_codes


def mean(sums: Any) -> Any:
    return sums[..., 0] / sums[..., 1]


def columns(values: Any) -> Any:
    return np.stack([values, np.ones(len(values))], axis=1)


def names(n: int, size: int = 1) -> list[str]:
    """Clusters of this size."""
    return [f"cluster-{i // size}" for i in range(n)]


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("values", ["right or wrong", "continuous"])
def test_the_interval_is_the_normal_one_where_that_is_right(values: str) -> None:
    """Both ways of drawing (few different items, all different) give mean ± 1.96 standard errors."""
    rng = generator()
    x = (rng.random(2000) < 0.8).astype(float) if values == "right or wrong" else rng.normal(5, 2, size=2000)
    got = interval(mean, (columns(x), names(2000)), rng=rng, n_resamples=20_000)
    half = 1.96 * x.std() / math.sqrt(2000)
    assert got.value == pytest.approx(x.mean())
    assert got.low == pytest.approx(x.mean() - half, abs=0.05 * half)
    assert got.high == pytest.approx(x.mean() + half, abs=0.05 * half)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """95 % within 4 points, over clustered data; taking items for independent covers far less."""
    covered, naive = 0, 0
    for seed in range(300):
        rng = generator(seed)
        x = np.repeat(rng.normal(size=60), 5) + 0.3 * rng.normal(size=300)
        got = interval(mean, (columns(x), names(300, 5)), rng=rng, n_resamples=500)
        covered += got.low <= 0 <= got.high
        wrong = interval(mean, (columns(x), names(300)), rng=rng, n_resamples=500)
        naive += wrong.low <= 0 <= wrong.high
    assert 0.91 <= covered / 300 <= 0.99
    assert naive / 300 < 0.75


def test_clusters_of_unequal_size_are_weighed_by_their_items() -> None:
    """The value is over items, not over clusters."""
    got = interval(mean, (columns(np.array([1.0, 1, 1, 0])), ["a", "a", "a", "b"]), rng=generator())
    assert got == Interval(0.75, 0.0, 1.0)


def test_one_cluster_has_no_interval() -> None:
    got = interval(mean, (columns(np.array([1.0, 0])), ["a", "a"]), rng=generator())
    assert got.value == 0.5
    assert math.isnan(got.low)
    assert math.isnan(got.high)
    both = difference(mean, (columns(np.ones(2)), ["a", "a"]), (columns(np.zeros(3)), list("bcd")), rng=generator())
    assert both.value == 1.0
    assert math.isnan(both.low)


def test_the_same_generator_gives_the_same_interval() -> None:
    x = columns(generator().random(50))
    one, two, other = (interval(mean, (x, names(50)), rng=generator(seed)) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_a_paired_difference_is_narrower_than_one_on_other_items() -> None:
    rng = generator()
    hard = rng.normal(size=400)
    a, b = hard + 0.1 * rng.normal(size=400) + 0.5, hard + 0.1 * rng.normal(size=400)
    paired = difference(mean, (columns(a), names(400)), (columns(b), names(400)), rng=rng)
    others = [f"other-{i}" for i in range(400)]
    unpaired = difference(mean, (columns(a), names(400)), (columns(b), others), rng=rng)
    assert paired.value == unpaired.value == pytest.approx(0.5, abs=0.05)
    assert (paired.high - paired.low) * 5 < unpaired.high - unpaired.low
    half = 1.96 * math.sqrt((a.var() + b.var()) / 400)
    assert (unpaired.high - unpaired.low) / 2 == pytest.approx(half, rel=0.1)


def test_a_difference_to_oneself_is_nothing() -> None:
    x = columns(generator().random(50))
    assert difference(mean, (x, names(50)), (x, names(50)), rng=generator()) == Interval(0.0, 0.0, 0.0)


def test_sides_may_have_other_numbers_of_items_and_columns() -> None:
    """As for macro F1 when one system predicts a class that the other does not."""

    def first_of(sums: Any) -> Any:
        return sums[..., 0] / sums[..., -1]

    wide = np.stack([np.ones(6), np.zeros(6), np.ones(6)], axis=1)
    got = difference(first_of, (wide, names(6)), (columns(np.zeros(9)), names(9)), rng=generator())
    assert got == Interval(1.0, 1.0, 1.0)


def test_columns_must_fit_the_clusters() -> None:
    with pytest.raises(ValueError, match=r"\(n_items, k\) for 3 items, got \(2, 2\)"):
        interval(mean, (columns(np.ones(2)), names(3)), rng=generator())


def test_memory_does_not_grow_with_resamples_times_items() -> None:
    """10,000 resamples of 20,000 items would be 1.6 GB at once."""
    x = columns(generator().random(20_000))
    tracemalloc.start()
    interval(mean, (x, names(20_000)), rng=generator(), n_resamples=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6


def test_sides_that_share_their_clusters_are_numbered_as_equal_ones_are() -> None:
    clusters = np.array(["b", "a", "c", "a"])
    shared, equal = cluster_codes([clusters, clusters]), cluster_codes([clusters, clusters.copy()])
    assert [codes.tolist() for codes in shared[0]] == [codes.tolist() for codes in equal[0]] == [[1, 0, 2, 0]] * 2
    assert shared[1] == equal[1] == 3
