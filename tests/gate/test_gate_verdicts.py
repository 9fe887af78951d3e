"""What the gate says of a run: each verdict, and what the build does about it."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from harness import gate
from harness.core.errors import HarnessError
from harness.gate import words
from tests.fakes.gate_runs import SmallRun, accepted, check, judged, of_cell, verdicts


def test_an_identical_run_passes_and_says_what_it_could_see() -> None:
    found = judged(SmallRun())
    assert found.outcome == "passed"
    assert set(verdicts(found).values()) == {"ok"}
    assert check(found, "clean").visible == pytest.approx(2.80 * (0.1 / 300) ** 0.5, rel=0.02)
    assert judged(SmallRun(), strict=True).outcome == "passed"
    assert sum(other.n_changed for other in found.others) == 0


def test_what_could_be_seen_knows_groups() -> None:
    """Ten groups of thirty show much less than 300 texts: a group changes as a whole, and six must."""
    runs = SmallRun(), SmallRun()
    for run in runs:
        groups = np.array([f"group {i % 10}" for i in range(300)])
        run.made = {key: replace(made, cluster=groups) for key, made in run.made.items()}
    assert binom.sf(5, 10, check(judged(*runs), "clean").visible) == pytest.approx(0.8, abs=0.001)


def test_a_handful_of_texts_are_texts_in_all_their_repeats() -> None:
    """One text that turns wrong in each of two repeats is one text, and proves nothing; six would."""
    run = SmallRun().with_encoder("two")
    for name in ("plan", "cells"):
        lines = run.manifest[name] if name == "plan" else run.lines
        for line in lines:
            if line["address"]["encoder"] == "two":
                line["address"] = {**line["address"], "encoder": "one", "repeat": "perturb=1"}
    then = deepcopy(run)
    for key in ("one/keyboard@3", "two/keyboard@3"):
        run.spoil(key, 1)
    visible = check(judged(run, then), "misspellings v1").visible
    assert binom.sf(5, 300, visible) == pytest.approx(0.8, abs=0.001)


def test_a_loss_beyond_margin_and_chance_is_a_regression() -> None:
    run = SmallRun()
    run.spoil("one/clean", 30)
    found = judged(run)
    assert verdicts(found)["clean"] == "regressed"
    assert verdicts(found)["misspellings v1"] == "ok"
    assert found.outcome == "regressed"
    assert check(found, "clean").n_changed == 30
    assert check(found, "clean").loss.value == pytest.approx(0.1)


def test_the_other_way_round_it_is_an_improvement() -> None:
    then = SmallRun()
    then.spoil("one/clean", 30)
    found = judged(SmallRun(), then)
    assert (verdicts(found)["clean"], found.outcome) == ("improved", "passed")


def test_within_the_margin_a_certain_loss_passes() -> None:
    run = SmallRun(2000)
    run.spoil("one/clean", 12)
    found = judged(run)
    assert check(found, "clean").p < 0.001
    assert (verdicts(found)["clean"], found.outcome) == ("ok", "passed")


def test_a_loss_of_just_the_margin_is_within_it() -> None:
    """However its last binary digit was rounded: 77.9 - 76.9 points are more than one to a computer."""
    run, then = SmallRun(1000), SmallRun(1000)
    right = int(np.sum(run.made["one/clean"].prediction == run.made["one/clean"].gold))
    then.spoil("one/clean", right - 779)
    run.spoil("one/clean", right - 769)
    found = check(judged(run, then), "clean")
    assert found.loss.value > 0.01
    assert (found.verdict, found.p < 0.001) == ("ok", True)


def test_a_check_in_which_chance_decides_says_so() -> None:
    """As many items right that were wrong as the other way: no loss, but little that could have been seen."""
    run, then = SmallRun(), SmallRun()
    run.spoil("one/clean", 20)
    then.spoil("one/clean", 40)
    then.answers("one/clean", np.where(np.arange(300) < 150, then.made["one/clean"].gold, "so-so"))
    run.answers("one/clean", np.where(np.arange(300) >= 150, run.made["one/clean"].gold, "so-so"))
    found = judged(run, then)
    assert (verdicts(found)["clean"], found.outcome) == ("too weak", "passed")
    assert judged(run, then, strict=True).outcome == "unjudged"
    said = words.reason(check(found, "clean"), found.margin)
    assert said.startswith("chance, not the margin, decides what fails here: smallest visible loss ")
    assert said.endswith("points, the margin is 1.0 points; about 36,000 items would let the margin decide")


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
    run = SmallRun().skip("tfidf/keyboard@3")
    assert judged(run, run).outcome == "passed"
    assert all(line.address.encoder != "tfidf" or line.kind == "clean" for line in accepted(run).cells)


def test_what_finds_nothing_any_more_is_missing_and_says_so() -> None:
    """It is planned still: these texts give it nothing."""
    found = judged(SmallRun().skip("one/keyboard@3").skip("tfidf/keyboard@3"))
    assert verdicts(found)["misspellings v1"] == "missing"
    assert "found nothing to compare in these texts" in check(found, "misspellings v1").why
    assert [other.why for other in found.others if other.why] == ["found nothing to compare in these texts"]


def test_without_a_clean_cell_on_either_side_it_says_so() -> None:
    runs = SmallRun(), SmallRun()
    for run in runs:
        run.manifest["plan"] = [entry for entry in run.manifest["plan"] if entry["kind"] != "clean"]
    found = judged(*runs)
    assert (verdicts(found)["clean"], check(found, "clean").why) == ("missing", "no clean cell is planned")


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
    short.lines = [c for c in short.lines if c["address"]["condition"] == "clean"]
    found = judged(run, then)
    assert (verdicts(found)["misspellings v1"], found.outcome) == ("missing", "unjudged")


def test_cells_that_have_not_run_are_missing() -> None:
    run = SmallRun()
    run.lines = run.lines[1:]
    assert verdicts(judged(run))["clean"] == "missing"


@pytest.mark.parametrize(("first", "verdict"), [(0, "ok"), (29, "ok"), (31, "not comparable"), (300, "not comparable")])
def test_nine_of_ten_items_must_be_the_same(first: int, verdict: str) -> None:
    found = judged(SmallRun(first=first))
    assert verdicts(found)["clean"] == verdict
    assert found.outcome == ("passed" if verdict == "ok" else "unjudged")


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


def test_without_either_there_is_nothing_to_judge() -> None:
    with pytest.raises(HarnessError, match="neither"):
        gate.judge(SmallRun(), None)


def test_a_primary_that_is_not_planned_is_told() -> None:
    run = SmallRun()
    run.manifest["suite"]["gate"]["primary"] = {"mode": "zero-shot"}
    with pytest.raises(HarnessError, match="mode: zero-shot"):
        judged(run)
