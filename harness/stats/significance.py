"""Two-sided tests of two systems on the same items."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.stats.intervals import differences, joint_sums
from harness.stats.resample import CHUNK, Finish, Floats


def p_value(
    test: Literal["sign-flip", "bootstrap"],
    finish: Finish,
    columns_a: NDArray[Any],
    columns_b: NDArray[Any],
    clusters: Sequence[str] | NDArray[Any],
    *,
    rng: np.random.Generator,
    n_resamples: int = 10_000,
) -> float:
    """How surprising the difference is if the two systems are alike. Items of a and b are the same, in step.

    `sign-flip`, for metrics that are a mean of column 0, swaps a and b at random in whole clusters; where all
    clusters have 0 or 1 (each is one item, right or wrong) this is McNemar's test, exact with mid-p.
    `bootstrap`, for all others, asks how often a resample turns the sign. 1.0 where there is but one cluster.
    """
    joint, n_a = joint_sums(columns_a, clusters, columns_b, clusters)
    if len(joint) < 2:
        return 1.0
    if test == "bootstrap":
        return _bootstrap(differences(finish, joint, n_a, rng, n_resamples))
    a, b = joint[:, 0], joint[:, n_a]
    if np.isin(joint[:, [0, n_a]], (0, 1)).all():
        return mid_p_mcnemar(int(np.sum(a > b)), int(np.sum(a < b)))
    return _sign_flip(a - b, rng, n_resamples)


def mid_p_mcnemar(n_only_a: int, n_only_b: int) -> float:
    """Exact test that discordant pairs fall on either side alike; what is observed counts half.

    Fagerland, Lydersen, Laake 2013, doi:10.1186/1471-2288-13-91.
    """
    from scipy.stats import binom

    n, fewer = n_only_a + n_only_b, min(n_only_a, n_only_b)
    return float(2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5)) if n else 1.0


def _sign_flip(differences_: Floats, rng: np.random.Generator, n_permutations: int) -> float:
    """The share of random signs that bring the sum as far from 0. Clusters without a difference are out."""
    changed = differences_[differences_ != 0]
    if len(changed) == 0:
        return 1.0
    observed = abs(changed.sum()) - 1e-9 * np.abs(changed).max()
    n_as_far = sum(int(np.sum(np.abs(sums) >= observed)) for sums in flipped(changed, rng, n_permutations))
    return (n_as_far + 1) / (n_permutations + 1)


def flipped(differences_: Floats, rng: np.random.Generator, n_permutations: int) -> Iterator[Floats]:
    """Sums of the differences under random signs, in chunks, n_permutations in all."""
    n_left = n_permutations
    while n_left > 0:
        rows = min(n_left, max(1, CHUNK // len(differences_)))
        n_left -= rows
        bits = rng.integers(0, 256, size=(rows, -(-len(differences_) // 8)), dtype=np.uint8)
        plus = np.unpackbits(bits, axis=1, count=len(differences_)).astype(np.float64)
        yield 2 * (plus @ differences_) - differences_.sum()


def _bootstrap(values: Floats) -> float:
    values = values[np.isfinite(values)]
    tail = min(np.sum(values <= 0), np.sum(values >= 0))
    return float(min(1.0, 2 * (tail + 1) / (len(values) + 1)))
