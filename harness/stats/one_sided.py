"""Is one system worse? One-sided tests on the same items, or of two samples, and Holm's correction of many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.stats import distributions
from harness.stats.intervals import Interval, differences
from harness.stats.resample import CHUNK, Finish, Floats, Items, Side, Sums, chunks, joint

#: `sign-flip`, for metrics that are a mean of column 0; `bootstrap`, for all others.
Test = Literal["sign-flip", "bootstrap"]


def p_greater(
    test: Test, finish: Finish, a: Side, b: Side, *, rng: np.random.Generator, n_resamples: int = 10_000
) -> float:
    """How surprising it is that a lies so far above b if both systems are alike. Their items are the same, in step.

    `sign-flip` swaps a and b at random in whole clusters; where all
    clusters have 0 or 1 (each is one item, right or wrong) this is McNemar's test, exact with mid-p (Fagerland,
    Lydersen, Laake 2013, doi:10.1186/1471-2288-13-91). `bootstrap` asks how often a resample turns the
    sign. 1.0 where there is but one cluster, or nothing differs.
    """
    sides = joint(finish, a, b)
    if sides.n_clusters < 2:
        return 1.0
    if test == "bootstrap":
        return _bootstrap(differences(sides, rng, n_resamples))
    of_a, of_b = first_columns(sides)
    if np.isin((of_a, of_b), (0, 1)).all():
        return mid_p_greater(int(np.sum(of_a > of_b)), int(np.sum(of_a < of_b)))
    return _sign_flip(of_a - of_b, rng, n_resamples)


def mid_p_greater(n_only_a: int, n_only_b: int) -> float:
    """Exact one-sided test that discordant pairs fall on the side of a no more often; what is observed counts half."""
    from scipy.stats import binom

    n = n_only_a + n_only_b
    return float(binom.sf(n_only_a, n, 0.5) + binom.pmf(n_only_a, n, 0.5) / 2) if n else 1.0


def _sign_flip(differences_: Floats, rng: np.random.Generator, n_permutations: int) -> float:
    changed = differences_[differences_ != 0]
    if len(changed) == 0:
        return 1.0
    observed = changed.sum() - 1e-9 * np.abs(changed).max()
    n_as_far = sum(int(np.sum(sums >= observed)) for sums in _flipped(changed, rng, n_permutations))
    return (n_as_far + 1) / (n_permutations + 1)


def _flipped(differences_: Floats, rng: np.random.Generator, n_permutations: int) -> Iterator[Floats]:
    """Sums of the differences under random signs, in chunks, n_permutations in all."""
    for rows in chunks(n_permutations, CHUNK // len(differences_)):
        bits = rng.integers(0, 256, size=(rows, -(-len(differences_) // 8)), dtype=np.uint8)
        plus = np.unpackbits(bits, axis=1, count=len(differences_)).astype(np.float64)
        yield 2 * (plus @ differences_) - differences_.sum()


def _bootstrap(values: Floats) -> float:
    values = values[np.isfinite(values)]
    return float((np.sum(values <= 0) + 1) / (len(values) + 1)) if np.any(values != 0) else 1.0


def first_columns(sides: Sums | Items) -> list[Floats]:
    """What a metric that is the mean of column 0 adds up in each cluster (n_clusters,), of each side."""
    if isinstance(sides, Items):
        raise ValueError("sign-flip is for means of column 0; a statistic of items takes test='bootstrap'")
    return [sides.sums[:, start] for start in sides.starts]


def p_mean_greater(a: Floats, b: Floats, *, rng: np.random.Generator, n_permutations: int = 10_000) -> float:
    """How surprising it is that the mean of a lies so far above that of b, two samples (n,), (m,), if they are alike.

    The share of random relabellings that bring the means as far apart.
    """
    both, observed = np.concatenate([a, b]), float(a.mean() - b.mean())
    order = np.argsort(rng.random((n_permutations, len(both))), axis=1)
    means = both[order[:, : len(a)]].mean(axis=1) - both[order[:, len(a) :]].mean(axis=1)
    return float((np.sum(means >= observed - 1e-12) + 1) / (n_permutations + 1))


@dataclass(frozen=True)
class Welch:
    """Two samples told apart: the one-sided p, the difference with its 95 % interval, its error and their freedom."""

    p: float
    difference: Interval
    error: float
    df: float


def welch(a: Floats, b: Floats) -> Welch:
    """How surprising it is that the mean of a lies so far above that of b, two samples (n,), (m,) of at least two.

    Each varies in its own way (Welch 1947, doi:10.1093/biomet/34.1-2.28). Where neither varies p is 0 or 1.
    """
    change, shares = float(a.mean() - b.mean()), [side.var(ddof=1) / len(side) for side in (a, b)]
    error = float(np.sqrt(sum(shares)))
    if error < 1e-12:
        return Welch(float(change <= 1e-12), Interval(change, change, change), 0.0, np.inf)
    df = error**4 / sum(share**2 / (len(side) - 1) for share, side in zip(shares, (a, b), strict=True))
    half = error * float(distributions.student(0.975, df))
    return Welch(
        distributions.student_tail(change / error, df), Interval(change, change - half, change + half), error, float(df)
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for the whole family, in the order given. Holm 1979, step-down."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for n_before, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - n_before) * p_values[i]))
        adjusted[i] = largest
    return adjusted
