"""A page reads comparisons that were stored: none is computed at a second look, and only what is new after a resume."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import report
from harness.core.data import Outcomes
from harness.metrics import Metric
from harness.report import markdown
from harness.report.scorer import Scorer
from harness.results import Run
from harness.results.outcomes import OutcomeReader
from tests.fakes.runs import FakeRun
from tests.fakes.small_runs import entry, outcomes, run_of


def small(path: Path) -> FakeRun:
    """Two rows; the perturbation of one was drawn twice."""
    plan = [entry(row, "clean", "clean") for row in "ab"]
    plan += [entry("a", "keyboard@3", "perturbation", "clean", f"perturb={i}") for i in (0, 1)]
    shares = {("a", "clean"): 9, ("b", "clean"): 6, ("a", "keyboard@3perturb=0"): 8, ("a", "keyboard@3perturb=1"): 7}
    return run_of({cell: outcomes([1] * n + [0] * (10 - n)) for cell, n in shares.items()}, plan, path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was computed since the list was cleared."""
    said: list[str] = []

    def counting(name: str) -> Any:
        method = getattr(Metric, name)

        def counted(self: Metric, *parts: Any) -> Any:
            said.append(name)
            return method(self, *parts)

        return counted

    for name in ("interval", "loss", "part"):
        monkeypatch.setattr(Scorer, name, counting(name), raising=False)
    return said


def test_a_second_look_computes_nothing_and_says_the_same(tmp_path: Path, asked: list[str]) -> None:
    run = small(tmp_path)
    first = report.build(run.written())
    assert {"interval", "loss", "part"} <= set(asked)
    assert markdown.render(first) == markdown.render(report.build(run)), "as without a folder"
    asked.clear()
    assert report.build(Run(tmp_path)) == first
    assert asked == []


def test_a_page_needs_no_outcomes_once_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = report.build(small(tmp_path).written())

    def read(self: OutcomeReader, places: object) -> Outcomes:
        raise AssertionError(places)

    monkeypatch.setattr(OutcomeReader, "_read", read)
    assert report.build(Run(tmp_path)) == first


def test_only_what_a_resumed_run_did_is_compared_anew(tmp_path: Path, asked: list[str]) -> None:
    """A cell with other outcomes than it had, as of a checkpoint that was trained anew: its key is the same."""
    run = small(tmp_path)
    before = report.build(run.written())
    key = "a:keyboard@3perturb=1"
    run.made[key] = replace(run.made[key], prediction=np.full(10, "no"))
    asked.clear()
    after = report.build(run.written())
    assert sorted(asked) == ["interval", "loss", "loss"]  # pooled score; its own drop and the pooled one; no rank
    drops = [next(r.drop for r in view.tasks[0].rows[0].results if r.drop) for view in (before, after)]
    assert drops[1].loss.value > drops[0].loss.value


def of_numbers(path: Path, metric: str) -> FakeRun:
    """Predictions that hardly change, and that are hardly ever the same."""
    plan = [
        entry("a", "clean", "clean"),
        entry("a", "keyboard@3", "perturbation", "clean"),
        entry("b", "clean", "clean"),
    ]
    rng, names = np.random.default_rng(0), np.array([f"i{k}" for k in range(30)])
    gold = rng.random(30)

    def near(noise: float) -> Outcomes:
        found = gold + noise * rng.random(30)
        return Outcomes(names, names, np.zeros(30, int), gold, found, found)

    cells = {("a", "clean"): near(0.1), ("a", "keyboard@3"): near(0.2)}
    run = run_of(cells, plan, path)
    run.manifest["tasks"]["t"] |= {"kind": "similarity", "metrics": [metric]}
    for line in run.lines:
        line |= {"metric": metric, "scores": {metric: line["scores"]["accuracy"]}, "chance": 0.0}
    return run


def test_numbers_have_no_share_of_changed_predictions(tmp_path: Path) -> None:
    """Nearly all of them change a little: 100 % would say nothing."""
    (task,) = report.build(of_numbers(tmp_path, "spearman")).tasks
    (drop,) = (r.drop for r in task.rows[0].results if r.drop)
    assert drop.flip_rate is None


@pytest.mark.parametrize(("kind", "word"), [("pair-classification", "pairs"), ("classification", "texts")])
def test_what_a_test_item_is_called_is_asked_of_the_kind(kind: str, word: str) -> None:
    shares = {"a": 95, "b": 93}
    cells = {(row, "clean"): outcomes([1] * n + [0] * (100 - n)) for row, n in shares.items()}
    run = run_of(cells, [entry(row, "clean", "clean") for row in shares])
    run.manifest["tasks"]["t"]["kind"] = kind
    for line in run.lines:
        line["chance"] = 0.0
    (task,) = report.build(run).tasks
    said = " ".join([task.verdict.why, *task.verdict.rivals, *task.verdict.remarks])
    assert set(re.findall(r"test (texts|pairs|queries)", said)) == {word}
