"""What the gate says of a run: each verdict, and what the build does about it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness import gate
from harness.core.errors import HarnessError
from harness.gate import Check, Judgement
from tests.gate.small import SmallRun, accepted, timed


def judged(now: Any, then: Any = None, **how: Any) -> Judgement:
    return gate.judge(now, accepted(then or SmallRun(now.n)), name="b.json", **how)


def verdicts(found: Judgement) -> dict[str, str]:
    return {check.name: check.verdict for check in found.checks}


def check(found: Judgement, name: str) -> Check:
    return next(c for c in found.checks if c.name == name)


def test_an_identical_run_passes_and_says_what_it_could_see() -> None:
    found = judged(SmallRun())
    assert found.outcome == "passed"
    assert set(verdicts(found).values()) == {"ok"}
    assert check(found, "clean").visible == pytest.approx(2.80 * (0.1 / 300) ** 0.5, rel=0.02)
    assert judged(SmallRun(), strict=True).outcome == "passed"
    assert sum(other.n_changed for other in found.others) == 0


def test_a_loss_beyond_margin_and_chance_is_a_regression() -> None:
    run = SmallRun()
    run.spoil("one/clean", 30)
    found = judged(run)
    assert verdicts(found)["clean"] == "regressed"
    assert verdicts(found)["misspellings v1"] == "ok"
    assert found.outcome == "regressed"
    assert check(found, "clean").n_changed == 30
    assert check(found, "clean").loss.value == pytest.approx(0.1)  # type: ignore[union-attr]


def test_the_other_way_round_it_is_an_improvement() -> None:
    then = SmallRun()
    then.spoil("one/clean", 30)
    found = judged(SmallRun(), then)
    assert (verdicts(found)["clean"], found.outcome) == ("improved", "passed")


def test_within_the_margin_a_certain_loss_passes() -> None:
    run = SmallRun(2000)
    run.spoil("one/clean", 12)
    found = judged(run)
    assert check(found, "clean").p < 0.001  # type: ignore[operator]
    assert (verdicts(found)["clean"], found.outcome) == ("ok", "passed")


def test_a_check_that_cannot_see_its_margin_says_so() -> None:
    """As many items right that were wrong as the other way: no loss, but little that could have been seen."""
    run, then = SmallRun(), SmallRun()
    run.spoil("one/clean", 20)
    then.spoil("one/clean", 40)
    then.answers("one/clean", np.where(np.arange(300) < 150, then.made["one/clean"].gold, "so-so"))
    run.answers("one/clean", np.where(np.arange(300) >= 150, run.made["one/clean"].gold, "so-so"))
    found = judged(run, then)
    assert (verdicts(found)["clean"], found.outcome) == ("too weak", "passed")
    assert judged(run, then, strict=True).outcome == "unjudged"


def test_only_the_primary_can_fail_the_build() -> None:
    run = SmallRun()
    run.spoil("tfidf/clean", 100)
    found = judged(run)
    assert found.outcome == "passed"
    assert [(o.name, o.n_changed) for o in found.others if o.n_changed] == [("reviews / tfidf / clean", 100)]


def test_the_primary_is_guarded_in_each_of_its_tasks() -> None:
    """A loss in the second task fails the build, and is named by it."""
    run = SmallRun().with_task("tickets")
    assert judged(run, SmallRun().with_task("tickets")).outcome == "passed"
    run.spoil("tickets/one/clean", 60)
    found = judged(run, SmallRun().with_task("tickets"))
    assert found.outcome == "regressed"
    assert {name for name, verdict in verdicts(found).items() if verdict == "regressed"} == {"tickets: clean"}


def test_a_task_may_be_named_that_alone_is_guarded() -> None:
    runs = SmallRun().with_task("tickets"), SmallRun().with_task("tickets")
    for run in runs:
        run.manifest["suite"] = {**run.manifest["suite"], "gate": {"primary": {"task": "reviews"}}}
    runs[0].spoil("tickets/one/clean", 60)
    found = judged(*runs)
    assert found.outcome == "passed"
    assert sum(other.n_changed for other in found.others) == 60


def test_a_task_that_is_not_planned_any_more_is_missing() -> None:
    found = judged(SmallRun(), SmallRun().with_task("tickets"))
    assert verdicts(found)["tickets: clean"] == "missing"
    assert found.outcome == "unjudged"


def test_what_found_nothing_to_compare_is_no_cell() -> None:
    """Neither does a baseline need it, nor is it missed where it is not in one."""
    run = SmallRun()
    for cell in run.cells:
        if cell["key"] == "tfidf/keyboard@3":
            cell |= {"status": "skipped", "reason": "not-applicable", "message": "nothing to compare"}
    assert judged(run, run).outcome == "passed"
    assert all(
        line["address"]["encoder"] != "tfidf" or line["kind"] == "clean" for line in accepted(run).value["cells"]
    )


def test_a_crash_is_never_a_regression() -> None:
    run = SmallRun()
    run.fail("one/clean", "killed by the system")
    found = judged(run)
    assert (verdicts(found)["clean"], found.outcome) == ("failed", "unjudged")
    assert "killed by the system" in check(found, "clean").why


def test_a_regression_comes_before_what_is_not_known() -> None:
    run = SmallRun()
    run.fail("one/keyboard@3")
    run.spoil("one/clean", 60)
    assert judged(run).outcome == "regressed"


@pytest.mark.parametrize("side", ["now", "then"])
def test_cells_of_one_side_only_are_missing(side: str) -> None:
    run, then = SmallRun(), SmallRun()
    short = run if side == "now" else then
    short.manifest["plan"] = [e for e in short.manifest["plan"] if e["address"]["condition"] == "clean"]
    short.cells = [c for c in short.cells if c["address"]["condition"] == "clean"]
    found = judged(run, then)
    assert (verdicts(found)["misspellings v1"], found.outcome) == ("missing", "unjudged")


def test_cells_that_have_not_run_are_missing() -> None:
    run = SmallRun()
    run.cells = run.cells[1:]
    assert verdicts(judged(run))["clean"] == "missing"


@pytest.mark.parametrize(("first", "verdict"), [(0, "ok"), (29, "ok"), (31, "not comparable"), (300, "not comparable")])
def test_nine_of_ten_items_must_be_the_same(first: int, verdict: str) -> None:
    found = judged(SmallRun(first=first))
    assert verdicts(found)["clean"] == verdict
    assert found.outcome == ("passed" if verdict == "ok" else "unjudged")


def of_cell(run: SmallRun, key: str, **changes: Any) -> SmallRun:
    """The run with something else in the plan entry and facts of one cell."""
    for line in [*run.manifest["plan"], *run.cells]:
        if line["key"] == key:
            for name, value in changes.items():
                line[name] = {**line[name], **value} if isinstance(value, dict) and name in line else value
    return run


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"parts": {"perturbations": "others"}}, "perturbed in another way"),
        ({"facts": {"content": {"text": "others"}}}, "the same items, but other texts"),
        ({"kind": "reading"}, "it was a perturbation, it is a reading"),
    ],
)
def test_other_texts_are_not_compared(changes: dict[str, Any], why: str) -> None:
    found = judged(of_cell(SmallRun(), "one/keyboard@3", **changes))
    assert verdicts(found)["misspellings v1"] == "not comparable"
    assert why in check(found, "misspellings v1").why
    assert found.outcome == "passed"
    assert judged(of_cell(SmallRun(), "one/keyboard@3", **changes), strict=True).outcome == "unjudged"


def test_a_new_version_of_a_bundle_is_not_compared() -> None:
    run = SmallRun()
    run.manifest["bundles"]["misspellings"]["version"] = 2
    found = judged(run)
    assert check(found, "misspellings v2").why == "bundle misspellings v1 -> v2"
    assert check(found, "misspellings v2").verdict == "not comparable"


def test_other_class_names_are_not_compared() -> None:
    run = SmallRun()
    for key, made in run.made.items():
        named = [np.where(column == "good", "fine", column) for column in (made.gold, made.prediction)]
        run.made[key] = replace(made, gold=named[0], prediction=named[1])
    assert "class names" in check(judged(run), "clean").why


def test_what_is_under_test_is_named_and_never_refused() -> None:
    run = SmallRun(pooler="max")
    run.manifest["encoders"]["one"]["checkpoint"] = "c2"
    run.manifest["environment"]["libraries"]["torch"] = "3.0"
    found = judged(run)
    said = {(c.what, c.then, c.now) for c in found.changes}
    assert said == {("pooler main", "mean", "max"), ("encoder one: checkpoint", "c1", "c2"), ("torch", "2.9", "3.0")}
    assert verdicts(found)["clean"] == "ok"


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [("n_parameters", 1001, "regressed"), ("n_parameters", 999, "improved"), ("disk_mb", 1.6, "regressed")],
)
def test_cost_that_no_clock_measures_is_exact(name: str, value: float, verdict: str) -> None:
    run = SmallRun()
    run.manifest["encoders"]["one"][name] = value
    found = judged(run)
    label = {"n_parameters": "parameters", "disk_mb": "MB on disk"}[name]
    assert verdicts(found)[label] == verdict
    assert found.outcome == ("regressed" if verdict == "regressed" else "passed")


def test_padding_and_tokens_are_cost_too() -> None:
    run = of_cell(timed(SmallRun(), 7), "one/clean", facts={"tokens_per_text": 13.0})
    for line in run.timings:
        if "padding_waste" in line:
            line["padding_waste"] = 0.21
    found = verdicts(judged(run, timed(SmallRun(), 7)))
    assert (found["tokens a text"], found["padding in batches"]) == ("regressed", "regressed")


TIME = "time of a text, × the reference"


@pytest.mark.parametrize(
    ("n", "slower", "noise", "verdict"),
    [(7, 1.0, 0.02, "ok"), (7, 1.25, 0.02, "regressed"), (7, 0.75, 0.02, "improved"), (5, 1.25, 0.02, "too weak")],
)
def test_wall_time_is_a_ratio_from_enough_replicates(n: int, slower: float, noise: float, verdict: str) -> None:
    found = judged(timed(SmallRun(), n, slower, noise, seed=1), timed(SmallRun(), n, 1.0, noise, seed=2))
    assert verdicts(found)[TIME] == verdict


def test_a_quarter_slower_is_caught_or_called_too_weak() -> None:
    for seed in range(10):
        found = judged(timed(SmallRun(), 7, 1.25, 0.15, seed), timed(SmallRun(), 7, 1.0, 0.15, seed + 100))
        assert verdicts(found)[TIME] in ("regressed", "too weak")


def test_the_reference_itself_cannot_be_timed() -> None:
    runs = [timed(SmallRun(), 7), timed(SmallRun(), 7)]
    for run in runs:
        run.manifest["suite"]["latency"]["reference"] = "one"
    found = judged(*runs)
    assert TIME not in verdicts(found)
    assert "one is the reference" in " ".join(found.notes)
    assert "only the run was timed" in " ".join(judged(timed(SmallRun(), 7)).notes)


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


def test_without_either_there_is_nothing_to_judge() -> None:
    with pytest.raises(HarnessError, match="neither"):
        gate.judge(SmallRun(), None)


def test_a_primary_that_is_not_planned_is_told() -> None:
    run = SmallRun()
    run.manifest["suite"]["gate"]["primary"] = {"mode": "zero-shot"}
    with pytest.raises(HarnessError, match="mode: zero-shot"):
        judged(run)
