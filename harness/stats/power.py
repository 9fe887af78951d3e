"""What chance hides: the largest loss that a test may take for chance, and the smallest true loss that it sees.

A check fails where the loss that it measures is larger than a margin and than chance explains. So it sees a true loss
in 80 % of builds where 80 % of what is measured, the loss and an error, lies beyond the larger of these two bounds. The
second bound varies as well: with the texts that happen to change, and with the spread that a few trainings show.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stats import distributions
from harness.stats.intervals import differences
from harness.stats.one_sided import Test, first_columns
from harness.stats.resample import Finish, Floats, Side, cluster_codes, cluster_sums, coded, joint

#: Share of unchanged programs that all checks of a build together may call worse.
ALPHA = 0.05
#: Share of builds that fail at the smallest visible loss.
POWER = 0.8
#: Share of items whose correctness a change is assumed to touch, where nothing differs yet.
DISCORDANCE = 0.1
#: Parts, all as likely, into which a number of changed texts and a spread of trainings are cut.
_PARTS = 64


@dataclass(frozen=True)
class Texts:
    """What a paired test on the same texts tells a loss by: the clusters in which something differs.

    `n_changed` of `n_clusters`, in which `n_items` stand; `unit` is the root mean square of what such a cluster loses,
    in items, and `step` what losses are multiples of, 0 where of nothing. `exact`: each cluster is right or wrong, and
    what is observed counts half (McNemar's test). `apart` is how many pairs of items change on their own although they
    share a cluster; a loss that all items have brings them together.
    """

    n_items: int
    n_clusters: int
    n_changed: float
    unit: float = 1.0
    step: float = 1.0
    exact: bool = True
    apart: float = 0.0

    def changed_at(self, loss: float) -> float:
        """How many clusters change at a true loss: those that do anyway, more only where too few to lose as much."""
        return min(self.n_clusters, max(self.n_changed, loss * self.n_items / self.unit))

    def unit_at(self, loss: float) -> float:
        """The root mean square of what a changed cluster loses at this true loss."""
        return float(np.sqrt(self.unit**2 + self.apart * loss**2 / max(self.changed_at(loss), 1e-9)))

    def bar(self, margin: float) -> float:
        """Halfway between the last loss that is within the margin and the first that is not, in items."""
        lost = margin * self.n_items
        return float(np.floor(lost / self.step + 1e-9) + 0.5) * self.step if self.step else lost


def assumed(sizes: Sequence[int] | NDArray[Any]) -> Texts:
    """Where nothing differs yet: `DISCORDANCE` of the clusters of these sizes change, wrong or right as wholes."""
    whole = np.asarray(sizes, dtype=int)
    unit, step = float(np.sqrt(np.mean(np.square(whole)))), float(np.gcd.reduce(whole))
    return Texts(int(whole.sum()), len(whole), DISCORDANCE * len(whole), unit, step, bool(np.all(whole == 1)))


def texts_of(
    test: Test, finish: Finish, a: Side, b: Side, *, rng: np.random.Generator, n_resamples: int = 2000
) -> Texts:
    """What `p_greater` tells a loss by, between two systems on the same items. Arguments as there."""
    sides = joint(finish, a, b)
    n_items, n_clusters = len(a[0]), sides.n_clusters
    sizes = np.unique(np.asarray(a[1], dtype=str), return_counts=True)[1].astype(np.float64)
    whole = float(np.sqrt(np.mean(np.square(sizes))))
    if test == "bootstrap":
        n_changed = sides.n_changed()
        values = differences(sides, rng, n_resamples)
        error = float(np.std(values[np.isfinite(values)]))
        unit = error * n_items / np.sqrt(max(1, n_changed))
        return Texts(n_items, n_clusters, n_changed, float(unit) or whole, 0.0, False)
    each = np.asarray(a[0][:, 0] - b[0][:, 0], dtype=np.float64)
    of_a, of_b = first_columns(sides)
    lost = (of_a - of_b)[of_a != of_b]
    unit = float(np.sqrt(np.mean(np.square(lost)))) if len(lost) else whole
    step = float(np.gcd.reduce(np.abs(lost).astype(int))) if np.all(lost == np.round(lost)) else 0.0
    pairs, alike = float(np.sum(sizes * (sizes - 1))), float(np.sum(np.square(lost)) - np.sum(np.square(each)))
    together = alike / (pairs * np.mean(np.square(each))) if pairs and np.any(each) else 1.0
    apart = pairs * (1 - float(np.clip(together, 0, 1)))
    exact = bool(np.isin((of_a, of_b), (0, 1)).all())
    return Texts(n_items, n_clusters, len(lost), unit, step or 0.0, exact, apart)


@dataclass(frozen=True)
class Trials:
    """What a t test on a few values a side tells a loss by: one a training, or one a replicate of a timing.

    `error` is that of the difference between both means, from `n` values a side, with `df` degrees of freedom.
    `pooled` where both sides are taken to vary alike, as relabelling does; else it is Welch's test. `shared` is the
    variance that the test on texts knows of too.
    """

    error: float
    n: tuple[int, int]
    df: float
    pooled: bool = False
    shared: float = 0.0

    def limit(self, alpha: float) -> float:
        """The largest loss that this test takes for chance."""
        return float(self.error * distributions.student(1 - alpha, self.df)) if self.error else 0.0

    @property
    def likely_error(self) -> float:
        """The error of which half of all estimates are smaller than this one: what a few values show is too little."""
        df = sum(self.n) - 2
        return self.error / float(np.sqrt(distributions.chi_squared(0.5, df) / df))


@lru_cache(maxsize=4096)
def chance_limit(texts: Texts, alpha: float) -> float:
    """The largest loss that a test of level `alpha` on these texts takes for chance: any larger one it calls worse."""
    most = min(texts.n_clusters, int(8 * np.sqrt(texts.n_changed)) + 60)
    net = np.arange(1, most + 1)  # clusters of one size; to lose so many, as many must change
    n = np.maximum(int(np.ceil(texts.n_changed)), net)
    n += (n - net) % 2
    by_chance = np.flatnonzero(_p(_tied(texts, texts.unit), (n + net) // 2, n) >= alpha)
    return float((net[by_chance[-1]] if len(by_chance) else 0) * texts.unit / texts.n_items)


def visible_loss(texts: Texts | None, trials: Trials | None = None, *, margin: float, alpha: float) -> float:
    """The smallest true loss of which a check fails 80 % of builds.

    It fails where the loss that it measures is beyond the margin, and both tests of level `alpha` say so. The share of
    texts that change is held fixed: a loss takes the place of gains. Infinite where no loss is seen so often.
    """
    if trials is not None and not np.isfinite(trials.error):
        return np.inf
    if texts is None:
        assert trials is not None
        return _among_trials(trials, margin, alpha)
    if trials is None or not trials.error:
        return _among_texts(texts, margin, alpha)
    return _among_both(texts, trials, margin, alpha)


@lru_cache(maxsize=4096)
def _among_texts(texts: Texts, margin: float, alpha: float) -> float:
    """Over all numbers of clusters that change, the share of outcomes in which enough of them are lost."""

    def seen(loss: float) -> float:
        mean, unit = texts.changed_at(loss), texts.unit_at(loss)
        share, far = mean / texts.n_clusters, 5 * np.sqrt(mean) + 5
        low, high = max(0, int(mean - far)), min(texts.n_clusters, int(mean + far) + 1)
        changed = np.arange(low, high + 1)
        lost = (1 + min(1.0, loss * texts.n_items / unit / mean)) / 2
        least, part = _least(low, high, texts.bar(margin) / unit, _tied(texts, unit), alpha)
        enough = _more(least - 1, changed, lost)
        enough += part * (_more(least - 2, changed, lost) - enough)
        return float(-np.diff(_more(np.arange(low - 1, high + 1), texts.n_clusters, share)) @ enough)

    return _solved(seen, texts.n_clusters * texts.unit / texts.n_items)


def _tied(texts: Texts, unit: float) -> float:
    """How much of the chance of what is observed counts as surprising: half of it, all of it where losses are steps."""
    return 0.5 if texts.exact else (1 + min(1.0, texts.step / unit)) / 2


def _p(tied: float, lost: NDArray[Any], n: NDArray[Any]) -> Any:
    """How surprising it is that so many of n clusters, all alike, are lost, elementwise."""
    more = _more(lost, n, 0.5)
    return more + (_more(lost - 1, n, 0.5) - more) * tied


def _more(k: NDArray[Any], n: NDArray[Any] | int, share: float) -> NDArray[Any]:
    """The chance that more than k of n are drawn, each with this share, elementwise; `scipy.stats` is far slower."""
    from scipy.special import betainc

    inside = betainc(np.maximum(k, 0) + 1.0, np.maximum(n - k, 1.0), share)
    return np.asarray(np.where(k < 0, 1.0, np.where(k >= n, 0.0, inside)))


@lru_cache(maxsize=1024)
def _least(low: int, high: int, bar: float, tied: float, alpha: float) -> tuple[NDArray[Any], Floats]:
    """How many of n = low … high must be lost to fail; and which share fails with one less, as the bar lies between."""
    from scipy.special import ndtri

    n = np.arange(low, high + 1)
    first = np.maximum(0, np.floor((n + ndtri(1 - alpha) * np.sqrt(n)) / 2).astype(int) - 2)  # at most five too few
    for _ in range(5):
        first += (_p(tied, first, n) >= alpha) & (first <= n)
    least = np.maximum(first, np.ceil((n + bar + 0.5) / 2 - 1e-9).astype(int))
    part = np.clip(2 * (least - 1) - n + 0.5 - bar, 0, 1)
    return least, np.where(least > first, part, 0.0)


def _among_trials(trials: Trials, margin: float, alpha: float) -> float:
    from scipy.special import ndtr

    error = trials.likely_error
    if not error:
        return margin
    beyond = np.maximum(margin, error * _spread(trials.n, trials.pooled, alpha))
    return _solved(lambda loss: float(np.mean(ndtr((loss - beyond) / error))), float(beyond.max()) + 6 * error)


def _among_both(texts: Texts, trials: Trials, margin: float, alpha: float) -> float:
    """As far as texts go by the normal distribution, over the numbers of clusters that change and what trials show."""
    from scipy.special import ndtr, ndtri

    n, error = texts.n_items, trials.likely_error
    own = max(0.0, error**2 - trials.shared)
    parts = ndtri((np.arange(_PARTS) + 0.5) / _PARTS)
    bound = np.maximum(texts.bar(margin) / n, error * _spread(trials.n, trials.pooled, alpha))[:, None]

    def seen(loss: float) -> float:
        unit, mean = texts.unit_at(loss), max(texts.changed_at(loss), 1e-9)
        changed = np.maximum(mean + np.sqrt(mean * max(0.0, 1 - mean / texts.n_clusters)) * parts, 1e-3)
        variance = np.maximum(changed * (unit**2 - (loss * n / mean) ** 2), 0) / n**2 + own
        by_chance = (ndtri(1 - alpha) * unit * np.sqrt(changed) + texts.step) / n
        measured = loss * changed / mean
        return float(np.mean(ndtr((measured - np.maximum(bound, by_chance)) / np.sqrt(np.maximum(variance, 1e-18)))))

    return _solved(seen, texts.n_clusters * texts.unit / n)


@lru_cache(maxsize=256)
def _spread(n: tuple[int, int], pooled: bool, alpha: float) -> Floats:
    """The bound that a t test sets, in true errors: quantiles of it, as it varies with the spread that is seen."""
    share = (np.arange(_PARTS) + 0.5) / _PARTS
    if pooled:
        df = sum(n) - 2
        bounds = distributions.student(1 - alpha, df) * np.sqrt(distributions.chi_squared(share, df) / df)
    else:
        a, b = np.meshgrid(*(distributions.chi_squared(share, k - 1) / (k - 1) / k for k in n))
        df = (a + b) ** 2 / (a**2 / (n[0] - 1) + b**2 / (n[1] - 1))
        bounds = np.quantile(distributions.student(1 - alpha, df) * np.sqrt((a + b) / (1 / n[0] + 1 / n[1])), share)
    return np.asarray(bounds, dtype=np.float64)


def _solved(seen: Callable[[float], float], most: float) -> float:
    """The loss, at most `most`, that is seen in `POWER` of the cases; infinite where even that is seen less often."""
    from scipy.optimize import brentq

    return float(brentq(lambda loss: seen(loss) - POWER, 1e-9, most, xtol=1e-6)) if seen(most) >= POWER else np.inf


def shared_variance(finish: Finish, trials: Sequence[Side]) -> float:
    """The variance of the mean over trials that each text's own chance makes: what would differ on other texts as well.

    From how far the trials disagree on a cluster,
    each item counted with what the metric changes by without it.
    """
    codes, n_clusters = cluster_codes([clusters for _, clusters in trials])
    sums = []
    for (columns, _), code in zip(trials, codes, strict=True):
        alone = coded(finish, [(columns, np.arange(len(columns)))], len(columns))
        sums.append(cluster_sums((alone.whole[0] - alone.without()[0])[:, None], code, n_clusters)[:, 0])
    return float(np.sum(np.var(sums, axis=0, ddof=1)) / len(sums))
