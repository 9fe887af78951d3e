"""Builds that never ran: what a check of the gate compares, made by chance, with a true loss planted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np

from harness.core.data import Outcomes, concatenate
from harness.core.seeds import generator_of
from harness.gate import cost
from harness.gate.baseline import Timed
from harness.gate.compare import Compared, Measured, Pair, over_trainings
from harness.gate.judge import verdicts
from harness.gate.model import Check
from harness.report.scorer import scorer_of
from harness.stats import Interval, Texts, p_greater, p_mean_greater, texts_of
from harness.stats.one_sided import mid_p_greater

ACCURACY, MACRO_F1 = scorer_of("accuracy"), scorer_of("macro-f1")
CLASSES = np.array(["bad", "good"])
TIMED = Timed("task", "a", "pooler", "b", {}, {}, {str(i): "the same" for i in range(100)})
#: Share of right answers of the baseline.
RIGHT = 0.8
#: Random signs, resamples and relabellings of a test; the gate takes 10,000, which says the same.
DRAWS = 1000


@dataclass(frozen=True)
class Case:
    """A check of so many texts, of which a share is answered otherwise without any loss.

    `cluster` texts change on their own though they are drawn together (`whole`: as one). With `seeds`, rows are trained
    so often, and trainings differ by `spread`. `n_checks` are made, all others of programs that are as they were.
    `time`: so many replicates on both sides in place of texts, whose logarithms differ by `spread`.
    """

    n: int = 1150
    discordance: float = 0.1
    margin: float = 0.01
    n_checks: int = 1
    metric: str = "accuracy"
    cluster: int = 1
    whole: bool = False
    seeds: int = 0
    spread: float = 0.0
    time: bool = False


def checks(case: Case, loss: float, rng: Any) -> list[Check]:
    """The verdicts on one build in which the first check has a true loss."""
    make = _timed if case.time else _trained if case.seeds else _texts if case.cluster > 1 or _f1(case) else _counts
    measure = cost.TIME if case.time else ACCURACY.measure
    first = Measured("planted", "time" if case.time else "quality", measure, make(case, loss, rng))
    unchanged = [_unchanged(p) for p in rng.random(case.n_checks - 1)]
    return verdicts([first, *unchanged], case.margin)


def printed(case: Case, n: int, *what: Any) -> tuple[float, float]:
    """The smallest visible loss that every second unchanged build prints more than, and the share of false alarms."""
    builds = [checks(case, 0.0, generator_of("unchanged", *what, str(case), i)) for i in range(n)]
    visible = [np.inf if build[0].visible is None else build[0].visible for build in builds]
    return float(np.median(visible)), float(np.mean([any(c.verdict == "regressed" for c in b) for b in builds]))


def failing(case: Case, loss: float, n: int, *what: Any) -> float:
    """The share of builds with this true loss that fail by it."""
    unseen = patch.dict(verdicts.__globals__, visible_loss=lambda *_, **__: np.inf)
    with unseen:  # it is printed, and no part of the verdict
        builds = [checks(case, loss, generator_of("loss", *what, str(case), loss, i)) for i in range(n)]
    return float(np.mean([build[0].verdict == "regressed" for build in builds]))


def _f1(case: Case) -> bool:
    return case.metric == "macro-f1"


def _unchanged(p: float) -> Measured:
    """Another check, of a program that is as it was: any p is as likely."""
    same = Compared(0.8, 0.8, Interval(0.02, 0.0, 0.04), p, 1 - p, 100, 10, Texts(100, 100, 10))
    return Measured("unchanged", "quality", ACCURACY.measure, same)


def _shares(case: Case, loss: float) -> list[float]:
    """Of all texts: turned wrong, turned right, neither. A loss takes the place of gains as far as there are any."""
    share = max(case.discordance, loss)
    return [(share + loss) / 2, (share - loss) / 2, 1 - share]


def _counts(case: Case, loss: float, rng: Any) -> Compared:
    """Each text its own cluster: nothing but two numbers."""
    lost, gained, _ = map(int, rng.multinomial(case.n, _shares(case, loss)))
    value, texts = (lost - gained) / case.n, Texts(case.n, case.n, lost + gained)
    p = mid_p_greater(lost, gained), mid_p_greater(gained, lost)
    return Compared(RIGHT, RIGHT - value, Interval(value, np.nan, np.nan), *p, case.n, lost + gained, texts)


def _texts(case: Case, loss: float, rng: Any) -> Compared:
    """In clusters, or by another metric."""
    n_clusters = case.n // case.cluster
    drawn = rng.choice([-1, 1, 0], size=(n_clusters, 1 if case.whole else case.cluster), p=_shares(case, loss))
    change = np.broadcast_to(drawn, (n_clusters, case.cluster)).reshape(-1)
    then = np.where(change == 0, rng.random(len(change)) < RIGHT, change < 0)
    return _compared(case, _pair(then, np.where(change == 0, then, change > 0), case.cluster, rng), rng)


def _pair(then: Any, now: Any, cluster: int, rng: Any) -> Pair:
    """Right answers as outcomes: two classes, as frequent, that are taken for one another alike."""
    n, gold = len(then), rng.integers(0, 2, len(then))
    names, clusters = np.arange(n).astype(str), (np.arange(n) // cluster).astype(str)
    sides = [CLASSES[np.where(right, gold, 1 - gold)] for right in (then, now)]
    a, b = (Outcomes(names, clusters, np.zeros(n, int), CLASSES[gold], side, np.ones(n)) for side in sides)
    return Pair(a, b)


def _compared(case: Case, pair: Pair, rng: Any) -> Compared:
    """`gate.compare.compared` from fewer resamples, without the interval and the test of a gain."""
    scorer = MACRO_F1 if _f1(case) else ACCURACY
    finish, test, n = scorer.component.function, scorer.component.facts["test"], len(pair.now)
    both = scorer.columns(concatenate([pair.then, pair.now]))
    sides = (both[:n], pair.now.cluster), (both[n:], pair.now.cluster)
    value = float(finish(both[:n].sum(axis=0)) - finish(both[n:].sum(axis=0)))
    p = p_greater(test, finish, *sides, rng=rng, n_resamples=DRAWS)
    texts = texts_of(test, finish, *sides, rng=rng, n_resamples=DRAWS // 2)
    return Compared(RIGHT, RIGHT - value, Interval(value, np.nan, np.nan), p, 1.0, n, pair.n_changed, texts)


def _trained(case: Case, loss: float, rng: Any) -> Compared:
    """Trainings answer otherwise on texts of their own; each has a loss of its own besides."""
    right = rng.random(case.n) < RIGHT
    pairs = [
        [_pair(_training(case, right, 0.0, rng), _training(case, right, loss, rng), 1, rng)] for _ in range(case.seeds)
    ]
    all_seeds = Pair(concatenate([p.then for [p] in pairs]), concatenate([p.now for [p] in pairs]))
    return over_trainings(ACCURACY, _compared(case, all_seeds, rng), pairs)


def _training(case: Case, right: Any, loss: float, rng: Any) -> Any:
    """Which texts one training answers right: half of the discordance is its own, half that of what it is held to."""
    own = loss + case.spread * rng.normal()
    share, u = max(case.discordance / 2, abs(own)), rng.random(case.n)
    return np.where(right, u >= (share + own) / 2 / RIGHT, u < (share - own) / 2 / (1 - RIGHT))


def timed(ratios: Iterable[float]) -> Timed:
    """A line of an encoder's timings, a ratio a replicate."""
    return replace(TIMED, ratio={str(i): float(ratio) for i, ratio in enumerate(ratios)})


def _timed(case: Case, loss: float, rng: Any) -> Compared:
    """The loss is the share that a text takes longer."""
    with patch.object(cost, "p_mean_greater", partial(p_mean_greater, n_permutations=DRAWS)):
        then, now = case.spread * rng.normal(size=(2, case.n)) + np.log1p([[0.0], [loss]])
        found = cost.wall_time(*(timed(np.exp(side)) for side in (then, now)))
    assert isinstance(found, Measured)
    assert found.compared is not None
    return found.compared
