"""Thresholds: whose they are, and what they say where something is not there."""

from typing import Any

import pytest

from harness import gate
from harness.gate import Judgement
from tests.fakes.gate_runs import SmallRun, accepted


def held(run: SmallRun, **threshold: Any) -> Judgement:
    run.manifest["suite"]["gate"]["thresholds"] = [threshold]
    return gate.judge(run, None)


def told(found: Judgement) -> list[tuple[str, str]]:
    return [(check.verdict, check.why) for check in found.checks]


def thresholds(*given: dict[str, Any], baseline: bool = False) -> Judgement:
    run = SmallRun()
    run.spoil("one/keyboard@3", 30)
    run.manifest["suite"]["gate"]["thresholds"] = list(given)
    return gate.judge(run, accepted(run) if baseline else None)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"metric": "accuracy", "min": 0.7}, "ok"),
        ({"metric": "accuracy", "min": 70}, "ok"),
        ({"metric": "accuracy", "min": 0.99}, "missed"),
        ({"metric": "accuracy", "max": 0.5}, "missed"),
        ({"metric": "macro-f1", "min": 0.1, "encoder": "tfidf"}, "ok"),
        ({"drop": "misspellings", "max": 0.2}, "ok"),
        ({"drop": "misspellings", "max": 0.05}, "missed"),
        ({"drop": "misspellings", "max": 5}, "missed"),
        ({"value": 80, "within": 8, "source": "a paper"}, "ok"),
        ({"value": 0.8, "within": 0.08, "source": "a paper"}, "ok"),
        ({"value": 95.5, "within": 0.1, "source": "a paper"}, "missed"),
        ({"metric": "accuracy", "min": 0.7, "encoder": "gone"}, "missing"),
        ({"metric": "ndcg@10", "min": 0.7}, "missing"),
        ({"drop": "long-texts", "max": 0.2}, "missing"),
    ],
)
def test_thresholds_need_no_baseline(given: dict[str, Any], verdict: str) -> None:
    found = thresholds(given)
    assert [c.verdict for c in found.checks] == [verdict]
    assert found.outcome == {"ok": "passed", "missed": "regressed", "missing": "unjudged"}[verdict]


def test_thresholds_stand_beside_a_baseline() -> None:
    found = thresholds({"metric": "accuracy", "min": 0.99}, baseline=True)
    assert (found.outcome, len(found.checks)) == ("regressed", 6)


def without_clean(run: SmallRun) -> SmallRun:
    run.manifest["plan"] = [entry for entry in run.manifest["plan"] if entry["kind"] != "clean"]
    run.lines = [cell for cell in run.lines if cell["address"]["condition"] != "clean"]
    return run


def test_without_a_clean_cell_there_is_no_value_to_bound() -> None:
    """As after `--only condition=…`."""
    found = held(without_clean(SmallRun()), metric="accuracy", min=0.5)
    assert told(found) == [("missing", "its clean cell is not in this run's plan")]


def test_a_drop_needs_what_it_is_held_against() -> None:
    run = without_clean(SmallRun())
    del run.made["one/clean"]
    assert told(held(run, drop="misspellings", max=0.5)) == [
        ("missing", "keyboard@3 has nothing in this run to be held against")
    ]


@pytest.mark.parametrize("key", ["one/keyboard@3#1", "one/keyboard@3#0"])
def test_a_drop_is_not_told_from_some_of_its_repeats(key: str) -> None:
    run = SmallRun().trained(2)
    run.fail(key)
    ((verdict, why),) = told(held(run, drop="misspellings", max=0.5))
    assert verdict == "failed"
    assert why == f"reviews / one / main / probe / keyboard@3 (train={key[-1]}): killed: gone"


def test_a_drop_of_cells_that_have_not_run_is_missing() -> None:
    run = SmallRun().trained(2)
    run.lines = [cell for cell in run.lines if cell["key"] != "one/keyboard@3#1"]
    ((verdict, why),) = told(held(run, drop="misspellings", max=0.5))
    assert (verdict, why.rsplit(": ", 1)[1]) == ("missing", "has not been run")


def test_a_member_that_found_nothing_is_left_out_of_a_drop() -> None:
    run = SmallRun().trained(2).skip("one/keyboard@3#0")
    assert told(held(run, drop="misspellings", max=0.5)) == [("ok", "")]
    found = held(run.skip("one/keyboard@3#1"), drop="misspellings", max=0.5)
    assert told(found) == [("missing", "found nothing to compare in these texts")]


@pytest.mark.parametrize("encoder", ["one", "tfidf"])
def test_without_a_task_it_holds_in_each_of_the_primarys(encoder: str) -> None:
    """A second task that is bad is missed too."""
    run = SmallRun().with_task("tickets")
    run.spoil(f"tickets/{encoder}/clean", 200)
    named = {"encoder": encoder} if encoder == "tfidf" else {}
    found = held(run, metric="accuracy", min=0.7, **named)
    assert [verdict for verdict, _ in told(found)] == ["ok", "missed"]
    assert len(held(run, metric="accuracy", min=0.7, task="reviews", **named).checks) == 1


def test_it_is_asked_only_where_it_has_a_meaning() -> None:
    """A metric of searches is not missed in a classification task, nor a condition in a task without it."""
    run = SmallRun().with_task("tickets")
    run.manifest["plan"] = [e for e in run.manifest["plan"] if e["key"] != "tickets/one/keyboard@3"]
    assert len(held(run, drop="misspellings", max=0.5).checks) == 1
    run.manifest["tasks"]["tickets"] = {"kind": "retrieval", "metrics": ["ndcg@10"], "n_test": 9}
    assert len(held(run, metric="accuracy", min=0.5).checks) == 1
