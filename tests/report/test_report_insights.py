"""Calibration, suspected labels and learning curves: what is computed of outcomes, and what is said of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.core.data import Outcomes
from harness.report import insights, insights_tables
from harness.report.insights import accuracy_at, expected_error
from harness.report.insights_model import Learning
from harness.report.measure import Measure
from harness.stats import Interval


def outcomes(gold: Any, prediction: Any, score: Any) -> Outcomes:
    items = np.array([f"i{n}" for n in range(len(gold))])
    return Outcomes(items, items, np.zeros(len(gold), int), np.array(gold), np.array(prediction), np.array(score))


def test_the_calibration_error_is_that_of_fifteen_bins_of_equal_width() -> None:
    """Held against the sum over bins as it is written: (n_b / n) |accuracy_b - confidence_b|."""
    rng = np.random.default_rng(0)
    score, right = rng.uniform(0.3, 1.0, 500), rng.random(500) < 0.7
    found = expected_error(outcomes(["a"] * 500, np.where(right, "a", "b"), score))
    expected = 0.0
    for low in range(15):
        inside = (score > low / 15) & (score <= (low + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - score[inside].mean())
    assert found == pytest.approx(expected)


def test_a_row_that_knows_itself_has_no_error_and_one_that_is_always_sure_has_its_share_of_wrong_ones() -> None:
    assert expected_error(outcomes(["a"] * 4, ["a", "b", "a", "b"], [0.5] * 4)) == 0
    assert expected_error(outcomes(["a"] * 4, ["a", "b", "a", "b"], [1.0] * 4)) == 0.5


def test_accuracy_at_a_coverage_leaves_out_the_least_sure_and_shares_ties() -> None:
    gold, said = ["a"] * 10, ["a"] * 8 + ["b"] * 2
    assert accuracy_at(outcomes(gold, said, np.arange(10, 0, -1)), 0.8) == 1
    assert accuracy_at(outcomes(gold, said, np.ones(10)), 0.9) == pytest.approx(0.8)


class Kept:
    """A source of outcomes by key."""

    def __init__(self, **kept: Outcomes) -> None:
        self.outcomes = kept.get


def test_items_that_all_rows_judge_alike_and_not_as_labelled_are_suspected_the_surest_first() -> None:
    gold = ["a", "a", "b", "b", "a"]
    one = outcomes(gold, ["b", "b", "b", "a", "c"], [0.6, 0.9, 0.9, 0.8, 0.9])
    two = outcomes(gold, ["b", "b", "b", "b", "b"], [0.7, 0.8, 0.9, 0.8, 0.9]).take([4, 3, 2, 1, 0])
    source: Any = Kept(x=one, y=two)
    found, is_whole = insights._doubted(source, ["x", "y"], True)
    assert is_whole
    assert [[item, label, said] for item, label, said, _ in found["first"]] == [["i1", "a", "b"], ["i0", "a", "b"]]
    assert found["first"][0][3] == pytest.approx(0.85)
    assert (found["n"], found["n_items"]) == (2, 5)


def test_lost_outcomes_suspect_nothing() -> None:
    source: Any = Kept()
    assert insights._doubted(source, ["x"], True) == (None, False)


POINTS = Measure("accuracy", "accuracy", True, 100.0, 1, "points")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Interval(0.04, 0.02, 0.06), "800, would gain about 2.0 points [1.0, 3.0]"),
        (Interval(0.01, -0.01, 0.03), "no gain is shown"),
        (None, ""),
    ],
)
def test_what_more_labels_would_buy_is_told_with_its_interval(step: Interval | None, said: str) -> None:
    """From 100 to 400 texts are two doublings."""
    nothing = Interval(0.5, 0.4, 0.6)
    curve = Learning(("one", "mean", "probe"), ((100, nothing), (400, nothing)), step)

    class Row:
        names, label = curve.names, "one / mean"

    class Task:
        rows, measure = (Row(),), POINTS

    told = insights_tables._more(Task(), curve)  # type: ignore[arg-type]
    assert (said in told) if said else told == ""
    assert replace(curve, step=None).doubling is None
