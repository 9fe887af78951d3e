"""Multiple comparisons with the best: how far below the best each of many rows may be, all said at once.

Hsu 1984, doi:10.1214/aos/1176346722: bounds so wide that, whichever row is truly the best, its k - 1 differences to the
others are covered together (Dunnett). So the choice of the best is corrected for, at the price of k - 1 comparisons.
That one row is worse than another it does not say: those intervals cover all k (k - 1) / 2 differences (Tukey).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.stats import distributions
from harness.stats.intervals import Interval
from harness.stats.resample import Finish, Floats, Items, Sums, cluster_codes, coded

#: Draws for the level of a single comparison: the width of the intervals is then known to about a hundredth.
N_DRAWS = 4_000
#: With fewer clusters that differ, what those differ by says little of others.
FEW = 5


class Draw(str):
    """The seed of a draw of what is learnt from: rows with the same draws are compared draw by draw.

    The seed of a training is the row's own, whatever others are called.
    """

    __slots__ = ()


class Part(NamedTuple):
    """One repeat of a row: `columns` (n_items, k) and `clusters` (n_items,), and the training seed it hangs on."""

    columns: NDArray[Any]
    clusters: NDArray[Any]
    seed: str | None = None


@dataclass(frozen=True)
class Comparisons:
    """Scores of rows on the same items, higher is better, and what is known of their differences. k rows.

    `scores` (k,) are means over the repeats. `errors` (k, k) are standard errors of the differences, over the choice of
    texts and over trainings, infinite where one of the two was trained once; `df` (k, k) their degrees of freedom.
    `level` is that of a single comparison where all differences are to hold at once, `to_best` where those to the best
    are. `n_clusters` is what the texts are drawn in, `width` the largest difference there can be (0: nobody knows).
    """

    scores: Floats
    errors: Floats
    df: Floats
    level: float
    to_best: float
    n_clusters: int
    width: float = 0.0

    @cached_property
    def halves(self) -> Floats:
        """Half the width of the interval of each difference (k, k), all at once; infinite where none is known."""
        return self._halves(self.level)

    @cached_property
    def _to_best(self) -> Floats:
        return self._halves(self.to_best)

    def _halves(self, level: float) -> Floats:
        known = np.isfinite(self.errors) & (self.df >= 1)
        found = np.full(self.errors.shape, np.inf)
        found[known] = self.errors[known] * -distributions.student(level / 2, self.df[known])
        return found

    def gain(self, a: int, b: int, *, alone: bool = False) -> Interval:
        """How much better row a is than row b; `alone` with the interval of this one comparison.

        Without bounds where there are none: one cluster, one training.
        """
        value = float(self.scores[a] - self.scores[b])
        half = float((self._halves(0.05) if alone else self.halves)[a, b])
        if not np.isfinite(half):
            return Interval(value, np.nan, np.nan)
        most = self.width or np.inf
        return Interval(value, max(value - half, -most), min(value + half, most))

    def may_lose(self, row: int, among: Collection[int]) -> tuple[float, int | None]:
        """How far below the best of some rows this one may be, at most, and which may be so far above; 0 and none."""
        others = [i for i in among if i != row]
        bounds = self.scores[others] - self.scores[row] + self._to_best[others, row]
        if not len(others) or bounds.max() <= 0:
            return 0.0, None
        return min(float(bounds.max()), self.width or np.inf), others[int(np.argmax(bounds))]

    def groups(self, among: Collection[int]) -> dict[int, int]:
        """The group of each of some rows, 1 for the top one: in order of score, cut where one is shown to be worse.

        A row leaves the group when one that stands above it there is better by more than the interval is wide; the
        next group begins with it. Rows between which nothing is shown stand together, ties in the order given.
        """
        order = sorted(among, key=lambda i: -self.scores[i])
        found, first, group = {}, 0, 1
        for place, row in enumerate(order):
            above = order[first:place]
            if np.any(self.scores[above] - self.scores[row] > self.halves[above, row]):
                first, group = place, group + 1
            found[row] = group
        return {row: found[row] for row in among}

    def visible(self, a: int, b: int, *, to_best: bool = False) -> float:
        """The smallest true difference of two rows that would be shown to be one, in 80 % of the cases.

        `to_best`: that would be shown where one of them is compared as the best.
        """
        half = (self._to_best if to_best else self.halves)[a, b]
        return float(half + NormalDist().inv_cdf(0.8) * self.errors[a, b])


def comparisons(
    finish: Finish, rows: Sequence[Sequence[Part]], rng: np.random.Generator, *, unit: float = 1.0
) -> Comparisons:
    """All rows with all rows. Rows have the same items, at least one; repeats are weighed by their number of items.

    Variances over texts come from leaving out one cluster at a time (the jackknife). To each difference two clusters
    more are added, so that rows which answer a handful of texts alike are not shown to be equal: they differ as those
    that differ do or, where these are few, by `unit`, the width of the metric's range. Few clusters, or few that hold
    most items, have few degrees of freedom.
    """
    if not rows:
        none = np.zeros((0, 0))
        return Comparisons(np.zeros(0), none, none, 0.05, 0.05, 0)
    own, n_clusters = cluster_codes([part.clusters for row in rows for part in row])
    each = iter(own)
    codes = [[next(each) for _ in row] for row in rows]
    found = [_row(finish, row, code, n_clusters) for row, code in zip(rows, codes, strict=True)]
    scores, influences = (np.array([own[i] for own in found]) for i in range(2))
    means = [own[2] for own in found]
    n_seeds = np.array([len(own) for own in means])
    seeds, shared = np.array([_of_seeds(list(own.values())) for own in means]), _shared(means)
    n_effective, covariance = _n_effective(np.concatenate(codes[0])), influences @ influences.T
    texts = _of_differences(covariance) + 2 * _typical(influences + scores[:, None] / n_clusters, unit, n_effective)
    pairs = np.maximum(seeds[:, None] + seeds - 2 * np.nan_to_num(shared), 0.0)
    joint = covariance + np.eye(len(rows)) * (unit / n_effective) ** 2
    level, to_best = _levels(joint + np.nan_to_num(shared), seeds, rng)
    return Comparisons(
        scores=scores,
        errors=np.sqrt(texts + pairs),
        df=_freedom(texts, n_effective - 1, seeds, n_seeds - 1, np.where(np.isfinite(shared), pairs, np.nan)),
        level=level,
        to_best=to_best,
        n_clusters=n_clusters,
        width=unit,
    )


def _typical(shares: Floats, unit: float, n_effective: float) -> Floats:
    """What a cluster that differs adds to the variance of a difference (k, k), from each cluster's share in the scores.

    With five or more that differ it is their own, weighed by size; with fewer, by so much, that of one of n_effective
    which differs by `unit`.
    """
    found = np.empty((len(shares), len(shares)))
    for i, row in enumerate(shares):
        squares = np.square(shares - row)
        total, fourth = squares.sum(axis=1), np.square(squares).sum(axis=1)
        known = fourth > 0
        n_differing = np.divide(total**2, fourth, out=np.zeros_like(total), where=known)
        own = np.divide(fourth, total, out=np.zeros_like(total), where=known)
        weight = np.minimum(np.minimum(n_differing, n_effective) / FEW, 1.0)
        found[i] = weight * own + (1 - weight) * (unit / n_effective) ** 2
    np.fill_diagonal(found, 0.0)
    return found


def _n_effective(codes: NDArray[np.intp]) -> float:
    """How many clusters of equal size would say as much (Kish)."""
    sizes = np.bincount(codes).astype(np.float64)
    return float(sizes.sum() ** 2 / np.square(sizes).sum())


def _of_seeds(means: Sequence[float]) -> float:
    """The variance of a row's score over its trainings: 0 without any, infinite with one."""
    if not means:
        return 0.0
    return float(np.var(means, ddof=1)) / len(means) if len(means) > 1 else float("inf")


def _shared(means: Sequence[Mapping[str, float]]) -> Floats:
    """The covariance of rows' scores over draws that both have, (k, k); NaN where they have not the same."""
    found = np.full((len(means), len(means)), np.nan)
    for i, one in enumerate(means):
        for j, other in enumerate(means[:i]):
            if len(one) > 1 and one.keys() == other.keys() and all(isinstance(name, Draw) for name in one):
                both = [[own[name] for name in one] for own in (one, other)]
                found[i, j] = found[j, i] = np.cov(both)[0, 1] / len(one)
    return found


def _freedom(texts: Floats, df: float, seeds: Floats, seed_df: NDArray[Any], shared: Floats) -> Floats:
    """Satterthwaite's degrees of freedom of both variances together (1946, doi:10.2307/3002019), (k, k).

    `shared`: the variance of the difference over draws that both rows have; NaN where they have none in common.
    """
    if df < 1:
        return np.zeros_like(texts)
    shares = np.divide(seeds**2, seed_df, out=np.zeros_like(seeds), where=(seed_df > 0) & np.isfinite(seeds))
    total, parts = texts + seeds[:, None] + seeds, texts**2 / df + shares[:, None] + shares
    of_draws = shared**2 / np.maximum(seed_df, 1)[:, None]
    total = np.where(np.isfinite(shared), texts + shared, total)
    parts = np.where(np.isfinite(shared), texts**2 / df + of_draws, parts)
    known = (parts > 0) & np.isfinite(total)
    return np.asarray(np.divide(total**2, parts, out=np.full_like(texts, df), where=known))


def _row(
    finish: Finish, parts: Sequence[Part], codes: Sequence[NDArray[np.intp]], n_clusters: int
) -> tuple[float, Floats, dict[str, float]]:
    """A row's score, each cluster's share in its error (n_clusters,), its score by training seed, where it has some."""
    weights = np.array([len(part.clusters) for part in parts], dtype=np.float64)
    values, influences = [], []
    for part, own in zip(parts, codes, strict=True):
        side = coded(finish, [(part.columns, own)], n_clusters)
        values.append(float(side.whole[0]))
        influences.append(_jackknife(side))
    seeds = dict.fromkeys(part.seed for part in parts if part.seed is not None)
    means = dict[str, float]()
    for seed in seeds:
        mine = [i for i, part in enumerate(parts) if part.seed == seed]
        means[seed] = float(np.average(np.array(values)[mine], weights=weights[mine]))
    score, influence = float(np.average(values, weights=weights)), np.average(influences, axis=0, weights=weights)
    return score, influence, means


def _jackknife(side: Sums | Items) -> Floats:
    """What each cluster adds to the error of a value: squares add up to its variance (n_clusters,)."""
    n = side.n_clusters
    if n < 2:
        return np.zeros(n)
    without = side.without()[0]
    without = np.where(np.isfinite(without), without, float(side.whole[0]))
    return np.asarray(np.sqrt((n - 1) / n) * (without.mean() - without))


def _of_differences(covariance: Floats) -> Floats:
    variances = np.diag(covariance)
    found: Floats = np.maximum(variances[:, None] + variances - 2 * covariance, 0.0)
    np.fill_diagonal(found, 0.0)
    return found


def _levels(covariance: Floats, seeds: Floats, rng: np.random.Generator, level: float = 0.05) -> tuple[float, float]:
    """The levels of one comparison at which all differences hold together (Tukey), and the k - 1 to the best (Dunnett).

    The latter whichever row is the best. Both for the correlations found. Rows that were trained once are compared with
    nothing.
    """
    known = np.flatnonzero(np.isfinite(seeds))
    if len(known) < 3:
        return level, level
    joint = covariance[np.ix_(known, known)] + np.diag(seeds[known])
    values, vectors = np.linalg.eigh(joint)
    draws = rng.standard_normal((N_DRAWS, len(known))) @ (vectors * np.sqrt(np.maximum(values, 0))).T
    rows, errors = draws.T.astype(np.float32), np.sqrt(_of_differences(joint)).astype(np.float32)
    errors[errors == 0] = np.inf
    farthest, with_best = np.zeros(N_DRAWS, dtype=np.float32), 0.0
    for best, error in zip(rows, errors, strict=True):
        largest = (np.abs(rows - best) / error[:, None]).max(axis=0)
        with_best = max(with_best, float(np.quantile(largest, 1 - level)))
        farthest = np.maximum(farthest, largest)
    normal = NormalDist()
    each = [min(level, 2 * normal.cdf(-q)) for q in (float(np.quantile(farthest, 1 - level)), with_best)]
    return each[0], each[1]


def competition_ranks(groups: Sequence[int]) -> list[int]:
    """Groups as ranks: one more than there are systems in better groups (1, 1, 1, 4)."""
    return [1 + sum(other < group for other in groups) for group in groups]
