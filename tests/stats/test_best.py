"""Comparisons with the best: what is shown is true in all but one of twenty draws."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, t

from benchmarks.rows import correlated
from harness.metrics.classification import macro_f1
from harness.stats import Comparisons, Draw, Part, comparisons, difference, over_draws
from tests.fakes.components import component_of


def mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return sums[..., 0] / sums[..., 1]


def part(values: Sequence[float] | NDArray[np.float64], clusters: object = None, seed: str | None = None) -> Part:
    values = np.asarray(values, dtype=float)
    names = np.arange(len(values)) if clusters is None else np.asarray(clusters)
    return Part(np.stack([values, np.ones(len(values))], axis=1), names.astype(str), seed)


def compared(*rows: NDArray[np.float64] | list[Part]) -> Comparisons:
    parts = [row if isinstance(row, list) else [part(row)] for row in rows]
    return comparisons(mean, parts, np.random.default_rng(0))


def test_two_rows_have_the_interval_of_a_paired_t_test() -> None:
    """But for two texts more, which count for little among 400."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 400))
    found = compared(a, b)
    error = np.std(a - b, ddof=1) / 20
    assert error < found.errors[0, 1] < 1.01 * error
    assert found.halves[0, 1] == pytest.approx(found.errors[0, 1] * t.isf(0.025, 399))
    gain = found.gain(0, 1)
    assert gain.value == pytest.approx(float(np.mean(a - b)))
    assert (gain.low + gain.high) / 2 == pytest.approx(gain.value)
    assert found.level == 0.05


def test_the_levels_are_dunnetts_and_tukeys() -> None:
    """Of ten rows alike: nine comparisons with the best take 2.69 errors, all 45 of them 3.16 (4.47 / sqrt 2)."""
    rng = np.random.default_rng(2)
    found = compared(*rng.normal(size=(10, 4000)))
    assert -norm.ppf(found.to_best / 2) == pytest.approx(2.69, abs=0.06)
    assert -norm.ppf(found.level / 2) == pytest.approx(3.16, abs=0.06)


def test_a_metric_that_is_no_mean_has_the_error_of_the_bootstrap() -> None:
    rng = np.random.default_rng(3)
    gold = rng.integers(0, 4, 600)
    sides = [np.where(rng.random(600) < share, gold, rng.integers(0, 4, 600)) for share in (0.8, 0.6)]

    class Told:
        def __init__(self, prediction: NDArray[np.int64]) -> None:
            self.gold, self.prediction = gold.astype(str), prediction.astype(str)

    component, names = component_of(macro_f1), np.arange(600).astype(str)
    function, columns = component.function, [component.facts["columns"](Told(side)) for side in sides]
    found = comparisons(function, [[Part(c, names)] for c in columns], rng)
    by_bootstrap = difference(function, (columns[0], names), (columns[1], names), rng=rng)
    assert found.gain(0, 1).value == pytest.approx(by_bootstrap.value)
    assert found.gain(0, 1).high - found.gain(0, 1).low == pytest.approx(by_bootstrap.high - by_bootstrap.low, rel=0.06)


def test_what_changes_together_counts_as_one() -> None:
    """Ten groups of forty that are right or wrong as wholes show what ten texts show."""
    right = np.repeat([1.0, 1, 1, 0, 1, 0, 1, 1, 0, 1], 40)
    other = np.repeat([1.0, 0, 1, 1, 1, 0, 0, 1, 0, 1], 40)
    groups = np.repeat(np.arange(10), 40)
    found = compared([part(right, groups)], [part(other, groups)])
    ten = compared(right[::40], other[::40])
    assert found.errors[0, 1] == pytest.approx(ten.errors[0, 1])
    assert found.df[0, 1] == ten.df[0, 1] == 9


def test_one_cluster_shows_nothing() -> None:
    found = compared([part([1.0, 1, 0], ["a"] * 3)], [part([0.0, 0, 0], ["a"] * 3)])
    assert np.isinf(found.halves[0, 1])
    assert np.isnan(found.gain(0, 1).low)
    assert found.may_lose(0, [0, 1]) == (1.0, 1)
    assert found.groups([0, 1]) == {0: 1, 1: 1}


def test_thousands_of_clusters_of_one_and_one_of_thousands_are_a_handful() -> None:
    clusters = np.concatenate([np.arange(3000), np.full(3000, 9999)])
    rng = np.random.default_rng(4)
    a, b = (rng.random(6000) < 0.8).astype(float), (rng.random(6000) < 0.8).astype(float)
    found = compared([part(a, clusters)], [part(b, clusters)])
    assert found.df[0, 1] == pytest.approx(3, abs=0.01)
    assert found.halves[0, 1] > 0.5


def test_one_cluster_of_nearly_all_is_one_cluster() -> None:
    clusters = np.r_[np.arange(100), np.full(30_000, 999)]
    found = compared([part(np.ones(30_100), clusters)], [part(np.r_[np.ones(30_000), np.zeros(100)], clusters)])
    assert found.df[0, 1] < 1
    assert np.isnan(found.gain(0, 1).low)


def test_rows_that_answer_alike_are_not_shown_to_be_equal_by_sixty_texts() -> None:
    """Where none of 60 differs, the truth may be that 3 / 60 do (the rule of three): about two texts each way."""
    found = compared(np.ones(60), np.ones(60))
    assert found.gain(0, 1).value == 0
    assert found.may_lose(1, [0, 1])[0] == pytest.approx(2 * 2**0.5 / 60, rel=0.02)
    assert found.groups([0, 1]) == {0: 1, 1: 1}


def test_many_clusters_that_differ_a_little_show_a_little() -> None:
    """Each of 12 answers is found a third better: two more like them widen the interval by little."""
    rng = np.random.default_rng(7)
    b = rng.uniform(0.2, 0.6, 12)
    found = compared(b + rng.uniform(0.25, 0.4, 12), b)
    assert found.gain(0, 1).low > 0.2


@pytest.mark.parametrize(("n_clusters", "size"), [(12, 5), (60, 4)])
def test_answers_that_go_together_are_told_apart_by_chance_in_a_twentieth(n_clusters: int, size: int) -> None:
    """Two searches alike, whose questions of one answer do well or badly together: 5 %, and 3.3 errors of slack."""
    n_apart, names = 0, np.repeat(np.arange(n_clusters), size)
    for i in range(300):
        rng = np.random.default_rng(i)
        answers = rng.beta(2, 2, (n_clusters, 1))
        found = [
            np.clip(answers + 0.3 * rng.normal(size=(n_clusters, 1)) + 0.1 * rng.normal(size=(n_clusters, size)), 0, 1)
            for _ in range(2)
        ]
        gain = compared(*([part(values.ravel(), names)] for values in found)).gain(0, 1)
        n_apart += not gain.low <= 0 <= gain.high
    assert 0 < n_apart / 300 <= 0.05 + 3.3 * (0.05 * 0.95 / 300) ** 0.5


def test_seeds_add_their_variance_and_one_seed_is_compared_with_nothing() -> None:
    rng = np.random.default_rng(5)
    probe = (rng.random(500) < 0.8).astype(float)
    seeds = [(rng.random(500) < share).astype(float) for share in (0.80, 0.86, 0.92)]
    trained = [part(values, seed=f"train={i}") for i, values in enumerate(seeds)]
    found = compared([part(probe)], trained)
    scores = [values.mean() for values in seeds]
    fixed = compared([part(probe)], [p._replace(seed=None) for p in trained])
    assert found.scores[1] == pytest.approx(np.mean(scores))
    assert found.errors[0, 1] ** 2 == pytest.approx(fixed.errors[0, 1] ** 2 + np.var(scores, ddof=1) / 3)
    assert 2 < found.df[0, 1] < 20
    once = compared([part(probe)], trained[:1])
    assert np.isinf(once.halves[0, 1])
    assert np.isnan(once.gain(1, 0).low)


def test_once_trained_rows_widen_no_other_interval() -> None:
    rng = np.random.default_rng(6)
    rows = [[part((rng.random(300) < 0.8).astype(float))] for _ in range(4)]
    trained = [part((rng.random(300) < 0.8).astype(float), seed="")]
    alone, beside = compared(*rows), compared(*rows, trained)
    assert beside.halves[0, 1] == pytest.approx(alone.halves[0, 1], rel=0.03)


def test_groups_are_cut_where_a_row_is_shown_to_be_worse_and_hold_all_in_between() -> None:
    known = Comparisons(
        scores=np.array([0.50, 0.90, 0.70, 0.60]),
        errors=np.ones((4, 4)),
        df=np.ones((4, 4)),
        level=0.05,
        to_best=0.05,
        n_clusters=100,
    )
    halves = np.full((4, 4), 0.25)
    halves[1, 0] = halves[0, 1] = 0.5  # noisy: not shown to be worse than the best, but below one that is
    known.__dict__["halves"] = known.__dict__["_to_best"] = halves
    assert known.groups([0, 1, 2, 3]) == {0: 2, 1: 1, 2: 1, 3: 2}
    assert known.groups([3, 2]) == {3: 1, 2: 1}
    assert known.may_lose(2, [0, 1, 2, 3]) == pytest.approx((0.45, 1))
    assert known.may_lose(1, [1]) == (0.0, None)


@pytest.mark.parametrize(
    ("n", "within", "below"),
    [
        (200, 0.12, [0.1201] * 10 + [0.0] * 2),  # ten that lose a hair too much, each of them cheaper
        (600, 0.05, [0.0501] * 10 + [0.0] * 2),
        (600, 0.05, [0.3, 0.2, 0.1, 0.06, 0.055, 0.0501, 0.02, 0.0]),
    ],
)
def test_what_is_shown_to_be_close_is_close(n: int, within: float, below: list[float]) -> None:
    """The cheapest row shown to lose less than `within` loses more in at most 5 % of draws (3.3 errors of slack)."""
    n_wrong = n_shown = n_draws = 0
    for i in range(150):
        rng = np.random.default_rng(i)
        found = compared(*correlated(rng, n, np.array(below)))
        shown = [row for row in range(len(below)) if found.may_lose(row, range(len(below)))[0] <= within]
        n_wrong += bool(shown) and below[shown[0]] > within
        n_shown, n_draws = n_shown + bool(shown), n_draws + 1
    assert n_shown > 30  # or the claim is empty
    assert n_wrong / n_draws <= 0.05 + 3.3 * (0.05 * 0.95 / n_draws) ** 0.5


def test_no_row_is_called_worse_where_all_are_alike() -> None:
    """Not even the one that looks worst of 20, in 95 of 100 draws; nor is one of their differences without a zero."""
    n_cut = n_apart = 0
    for i in range(100):
        found = compared(*correlated(np.random.default_rng(i), 150, np.zeros(20)))
        n_cut += set(found.groups(range(20)).values()) != {1}
        n_apart += bool(np.any(np.abs(found.scores[:, None] - found.scores) > found.halves))
    assert max(n_cut, n_apart) <= 12


def test_bounds_end_where_the_metric_does() -> None:
    """Two clusters have one degree of freedom: 12.7 errors, but no more than all."""
    groups = np.repeat([0, 1], 50)
    a, b = np.r_[np.ones(60), np.zeros(40)], np.r_[np.zeros(30), np.ones(70)]
    found = compared([part(a, groups)], [part(b, groups)])
    assert (found.gain(0, 1).low, found.gain(0, 1).high) == (-1.0, 1.0)
    assert found.may_lose(0, [0, 1]) == (1.0, 1)


def test_the_visible_difference_is_seen_four_times_in_five() -> None:
    planted = compared(*correlated(np.random.default_rng(0), 500, np.zeros(2))).visible(0, 1)
    seen = 0
    for i in range(300):
        found = compared(*correlated(np.random.default_rng(i), 500, np.array([0.0, planted])))
        seen += found.gain(0, 1).low > 0
    assert 0.72 <= seen / 300 <= 0.88


def _drawn(seed: int, shift: float, draws: int = 6, kind: type[str] = Draw) -> list[Part]:
    """A row's repeats: what a draw does to all rows alike, and a little of the row's own."""
    common, own = np.random.default_rng(0).normal(0, 0.15, draws), np.random.default_rng(seed)
    texts = np.random.default_rng(1).random(400)
    right = [(texts < 0.6 + shift + common[n] + own.normal(0, 0.002)).astype(float) for n in range(draws)]
    names = np.arange(400).astype(str)
    return [Part(np.column_stack([one, np.ones(400)]), names, kind(f"train={n}")) for n, one in enumerate(right)]


def test_rows_with_the_same_draws_are_compared_draw_by_draw() -> None:
    """What a draw does to both is no part of their difference; of trainings, which are a row's own, it is."""
    errors = []
    for kind in (Draw, str):
        found = comparisons(mean, [_drawn(2, 0.0, kind=kind), _drawn(3, 0.05, kind=kind)], np.random.default_rng(0))
        errors.append(found.errors[0, 1])
        assert np.isfinite(found.df).all()
    assert errors[0] < 0.5 * errors[1]
    assert errors[0] > 0


def test_an_interval_over_draws_is_wider_than_one_over_texts() -> None:
    sides = [(part.columns, part.clusters) for part in _drawn(2, 0.0)]
    with_draws = over_draws(mean, sides, range(6), rng=np.random.default_rng(0))
    of_texts = over_draws(mean, sides, [0] * 6, rng=np.random.default_rng(0))
    assert with_draws.value == pytest.approx(np.mean([own[:, 0].mean() for own, _ in sides]))
    assert with_draws.high - with_draws.low > 1.25 * (of_texts.high - of_texts.low)
