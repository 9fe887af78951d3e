"""Drops, flips, ranks: values that can be worked out by hand."""

import numpy as np
import pytest

from harness import report
from harness.core.data import Outcomes
from harness.report.measure import Measure
from harness.report.model import Result
from harness.report.scorer import scorer_of, shared
from harness.stats import Interval
from tests.fakes.runs import FakeRun
from tests.fakes.small_runs import entry, outcomes, run_of


def only_drop(run: FakeRun, condition: str) -> Result:
    (task,) = report.build(run).tasks
    return next(r for r in task.rows[0].results if r.condition == condition)


def test_drop_flips_and_share_above_chance() -> None:
    """8 of 10 right, then 6: a drop of 0.2; the commonest class has 8 of 10, so nothing is above chance."""
    clean, typos = outcomes([1] * 8 + [0] * 2), outcomes([1] * 6 + [0] * 3 + [1])
    plan = [entry("a", "clean", "clean"), entry("a", "keyboard@3", "perturbation", "clean")]
    result = only_drop(run_of({("a", "clean"): clean, ("a", "keyboard@3"): typos}, plan), "keyboard@3")
    assert result.drop.loss.value == pytest.approx(0.1)
    assert result.drop.flip_rate == pytest.approx(0.3)
    assert result.drop.reference == pytest.approx(0.8)
    assert result.drop.above_chance is None
    assert result.drop.against == "clean"


def test_share_above_chance_is_of_what_the_reference_has_above_it() -> None:
    """All right, then 9 of 10: a tenth lost, of the fifth that is above the commonest class."""
    plan = [entry("a", "clean", "clean"), entry("a", "keyboard@3", "perturbation", "clean")]
    cells = {("a", "clean"): outcomes([1] * 10), ("a", "keyboard@3"): outcomes([1] * 9 + [0])}
    assert only_drop(run_of(cells, plan), "keyboard@3").drop.above_chance == pytest.approx(0.5)


def test_chance_is_the_stored_one_of_the_cell_compared_with() -> None:
    """The report knows nothing of how many documents a search had: the run does, and wrote it down."""
    plan = [entry("a", "clean", "clean"), entry("a", "keyboard@3", "perturbation", "clean")]
    run = run_of({("a", "clean"): outcomes([1] * 10), ("a", "keyboard@3"): outcomes([1] * 9 + [0])}, plan)
    run.lines[0]["chance"] = 0.75
    assert only_drop(run, "keyboard@3").drop.above_chance == pytest.approx(0.4)


def test_only_shared_items_are_compared() -> None:
    """Items that one side lacks are in neither score of a paired drop."""
    changed = outcomes([0, 1, 1, 1, 1, 1], items=["i9", "i8", "i0", "i1", "i2", "x"])
    plan = [entry("a", "clean", "clean"), entry("a", "keyboard@3", "perturbation", "clean")]
    cells = {("a", "clean"): outcomes([1] * 8 + [0] * 2), ("a", "keyboard@3"): changed}
    drop = only_drop(run_of(cells, plan), "keyboard@3").drop
    assert drop.reference == pytest.approx(3 / 5)
    assert drop.loss.value == pytest.approx(3 / 5 - 4 / 5)


def test_a_slice_is_compared_with_other_items_and_has_no_flips() -> None:
    plan = [entry("a", "rare-words:control", "control"), entry("a", "rare-words", "slice", "rare-words:control")]
    cells = {
        ("a", "rare-words:control"): outcomes([1] * 10),
        ("a", "rare-words"): outcomes([1] * 5 + [0] * 5, items=[f"r{k}" for k in range(10)]),
    }
    drop = only_drop(run_of(cells, plan), "rare-words").drop
    assert (drop.loss.value, drop.flip_rate, drop.against) == (pytest.approx(0.5), None, "rare-words:control")


def test_repeats_are_pooled_and_items_stay_together() -> None:
    """Two draws with a drop of 0.2 and 0.4 make one of 0.3, out of one clean cell."""
    plan = [entry("a", "clean", "clean")]
    plan += [entry("a", "keyboard@3", "perturbation", "clean", f"perturb={i}") for i in (0, 1)]
    cells = {
        ("a", "clean"): outcomes([1] * 10),
        ("a", "keyboard@3perturb=0"): outcomes([1] * 8 + [0] * 2),
        ("a", "keyboard@3perturb=1"): outcomes([1] * 6 + [0] * 4),
    }
    run = run_of(cells, plan)
    result = only_drop(run, "keyboard@3")
    assert (result.n_repeats, result.drop.loss.value) == (2, pytest.approx(0.3))
    assert result.score.value == pytest.approx(0.7)
    each = [r for r in report.rows(report.build(run)) if r["condition"] == "keyboard@3"]
    assert [r["drop"] for r in each] == [pytest.approx(0.2), pytest.approx(0.4), pytest.approx(0.3)]
    assert [(r["repeat"], r["n_repeats"]) for r in each] == [("perturb=0", 1), ("perturb=1", 1), ("pooled", 2)]


def test_lost_outcomes_leave_the_score_and_take_the_drop() -> None:
    """A run folder that lost its outcomes can still be read, and says why it compares nothing."""
    plan = [entry("a", "clean", "clean"), entry("a", "keyboard@3", "perturbation", "clean")]
    run = run_of({("a", "clean"): outcomes([1] * 10), ("a", "keyboard@3"): outcomes([1] * 10)}, plan)
    run.made.clear()
    result = only_drop(run, "keyboard@3")
    assert result.score.value == 1.0
    assert result.drop is None
    (task,) = report.build(run).tasks
    assert "has lost the outcomes of single items" in task.verdict.headline
    assert task.rows[0].bundles[0].why_not.startswith("the outcomes of single items")


def test_rows_that_cannot_be_told_apart_share_a_rank() -> None:
    """Two nearly equal rows share rank 1, the bad one is third."""
    rng = np.random.default_rng(0)
    good, bad = (rng.random(300) < 0.9).astype(int), (rng.random(300) < 0.6).astype(int)
    swapped = good.copy()
    swapped[:2] = 1 - swapped[:2]
    plan = [entry(row, "clean", "clean") for row in "abc"]
    cells = {("a", "clean"): outcomes(bad), ("b", "clean"): outcomes(good), ("c", "clean"): outcomes(swapped)}
    (task,) = report.build(run_of(cells, plan)).tasks
    assert [row.rank for row in task.rows] == [3, 1, 1]
    assert [row.n_tied for row in task.rows] == [1, 2, 2]
    assert task.n_compared == 3


def test_worst_follows_the_direction_of_the_metric() -> None:
    """For a metric that is better low, a rise is the loss."""
    down = Measure("m", "m", higher_is_better=False, factor=1, decimals=1, unit="units")
    assert down.worse(Interval(-2.0, -3.0, -1.0)) == Interval(2.0, 1.0, 3.0)


def test_shared_puts_items_in_the_same_order() -> None:
    a, b = shared(outcomes([1, 0, 1], items=["z", "x", "y"]), outcomes([1, 1, 1], items=["x", "q", "z"]))
    assert list(a.item) == list(b.item) == ["x", "z"]


def of_three(gold: list[str], *predictions: list[str]) -> list[Outcomes]:
    names = np.array([f"i{k}" for k in range(len(gold))])
    zeros = np.zeros(len(gold))
    return [Outcomes(names, names, zeros.astype(int), np.array(gold), np.array(p), zeros) for p in predictions]


def test_repeats_are_scored_one_by_one_and_averaged() -> None:
    """Macro F1 of two repeats is the mean of theirs (what scikit-learn gives for each), not that of all together."""
    from sklearn.metrics import f1_score

    gold = ["a"] * 6 + ["b"] * 3 + ["c"] * 3
    predictions = [["a"] * 12, ["a"] * 3 + ["b"] * 6 + ["c"] * 3]
    each = [f1_score(gold, p, average="macro") for p in predictions]
    pooled = f1_score(gold * 2, predictions[0] + predictions[1], average="macro")
    scorer, repeats = scorer_of("macro-f1"), of_three(gold, *predictions)
    assert scorer.value(*repeats) == pytest.approx(np.mean(each))
    assert abs(pooled - np.mean(each)) > 0.02
    assert scorer.interval(repeats, "x").value == pytest.approx(np.mean(each))
    loss = scorer.loss(repeats[:1], repeats, "x")
    assert loss.value == pytest.approx(each[0] - np.mean(each))


def test_accuracy_of_repeats_is_that_of_the_pool() -> None:
    gold = ["a"] * 6 + ["b"] * 6
    repeats = of_three(gold, ["a"] * 12, gold)
    assert scorer_of("accuracy").value(*repeats) == pytest.approx(0.75)
