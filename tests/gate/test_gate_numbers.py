"""Rows that predict numbers, and metrics of the order of scores: the baseline keeps them, a loss is seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness import gate
from harness.core.seeds import generator_of
from tests.fakes.gate_runs import SmallRun, accepted, check


def numbers(noise: float, metric: str = "spearman") -> SmallRun:
    """The small run as one of similarities; each prediction is the gold number and some noise."""
    run = SmallRun(400)
    run.manifest["tasks"]["reviews"] = {"kind": "similarity", "metrics": [metric, "pearson"], "n_test": 9}
    for cell in run.lines:
        cell["metric"] = metric
    for key, made in run.made.items():
        gold = np.round(generator_of("gold").normal(size=400), 1)
        predicted = gold + 0.5 * generator_of("own", key).normal(size=400)
        more = noise * generator_of("more", key).normal(size=400)
        run.made[key] = replace(made, gold=gold, prediction=predicted + more, score=predicted)
    return run


def quality(found: gate.Judgement) -> set[str]:
    return {one.verdict for one in found.checks if one.kind == "quality"}


@pytest.mark.parametrize("metric", ["spearman", "pearson"])
def test_numbers_are_compared_with_those_of_the_baseline(metric: str) -> None:
    kept = accepted(numbers(0, metric))
    same = gate.judge(numbers(0, metric), kept, name="b.json")
    assert (check(same, "clean").verdict, check(same, "clean").n_changed) == ("ok", 0)
    worse = gate.judge(numbers(0.8, metric), kept, name="b.json")
    assert quality(worse) == {"regressed"}
    found = check(worse, "clean")
    assert found.loss is not None
    assert 0.1 < found.loss.low < found.loss.value < found.loss.high
    assert found.then == check(same, "clean").now
    better = gate.judge(numbers(0, metric), accepted(numbers(0.8, metric)), name="b.json")
    assert quality(better) == {"improved"}


def test_a_further_metric_is_told_and_not_judged() -> None:
    found = gate.judge(numbers(0.8), accepted(numbers(0)), name="b.json")
    assert "Pearson's r 89.0 -> 68.4" in check(found, "clean").why
    assert check(found, "clean").why.endswith("not judged")


def test_what_is_not_defined_is_not_ok() -> None:
    """An encoder that gives every pair the same number has no rank correlation, and no loss either."""
    run = numbers(0)
    run.answers("one/clean", np.full(400, 0.5))
    found = check(gate.judge(run, accepted(numbers(0)), name="b.json"), "clean")
    assert (found.verdict, found.why) == ("failed", "Spearman's ρ is not defined, as where all predictions are alike")


def test_classes_are_not_numbers() -> None:
    found = gate.judge(numbers(0), accepted(SmallRun(400)), name="b.json")
    assert quality(found) == {"not comparable"}


def two_classes(sure: float) -> SmallRun:
    """Scores of two classes; the surer, the better they tell them apart. All predictions are `bad`."""
    run = SmallRun(400)
    run.manifest["tasks"]["reviews"] = {
        "kind": "classification",
        "metrics": ["average-precision", "accuracy"],
        "n_test": 9,
    }
    for cell in run.lines:
        cell["metric"] = "average-precision"
    for key, made in run.made.items():
        gold: Any = np.where(np.arange(400) % 4 == 0, "good", "bad")
        score = np.where(gold == "bad", sure, 0) + generator_of("score", key).normal(size=400)
        run.made[key] = replace(made, gold=gold, prediction=np.full(400, "bad"), score=score)
    return run


def test_scores_are_kept_where_the_metric_is_of_their_order() -> None:
    """No prediction changes, and the loss is seen all the same."""
    kept = accepted(two_classes(2))
    assert check(gate.judge(two_classes(2), kept, name="b.json"), "clean").verdict == "ok"
    found = check(gate.judge(two_classes(1), kept, name="b.json"), "clean")
    assert found.verdict == "regressed"
    assert found.loss is not None
    assert found.loss.low > 0.05
