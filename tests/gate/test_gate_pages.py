"""The verdict as Markdown and as JUnit XML."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

from harness import gate
from harness.gate import Check, Judgement, junit, markdown
from harness.gate.model import Change
from tests.fakes.gate_runs import SmallRun, accepted, timed

HOSTILE = "<script>alert('x')</script>|*b*\x1b[31m\u202e]]>&"


def regressed() -> Judgement:
    run = timed(SmallRun(), 5)
    run.spoil("one/clean", 40)
    run.spoil("tfidf/clean", 10)
    run.fail("one/keyboard@3", HOSTILE)
    return gate.judge(run, accepted(timed(SmallRun(), 5)), name="b.json")


def test_the_verdict_comes_first() -> None:
    text = markdown.render(regressed())
    first, *rest = text.splitlines()
    assert first.startswith("## Gate failed: clean regressed (accuracy 80.0 -> 66.7)")
    assert "1 other cell changed, of 2 (10 predictions)" in "\n".join(rest)
    assert "\n<details>\n" in text
    assert "5 replicates, 7 are needed" in text


@pytest.mark.parametrize("size", [200, 900, 2_000, 4_000, 60_000])
def test_it_is_cut_to_a_size_and_counts_what_is_left_out(size: int) -> None:
    """The verdict stays; of the lists the least important goes first."""
    many = tuple(Check(f"cell {i}", "quality", "ok", "", None, 0.5, 0.4, n_items=100, n_changed=3) for i in range(400))
    found = replace(regressed(), others=many, changes=tuple(Change(f"library {i}", "1", "2") for i in range(30)))
    text = markdown.render(found, size)
    assert len(text.encode()) <= size
    assert text.startswith("## Gate failed: clean regressed")
    if size in (4_000, 2_000):
        shown = text.count(" 3 of 100 |")
        assert f"… and {400 - shown} more" in text
        assert "</details>" in text


def test_names_cannot_become_markup() -> None:
    text = markdown.render(regressed())
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def cases(found: Judgement) -> dict[str, list[str]]:
    suite = ET.fromstring(junit.render(found))[0]
    return {str(case.get("name")): [child.tag for child in case] for case in suite}


def test_junit_has_a_case_a_check() -> None:
    found = regressed()
    suite = ET.fromstring(junit.render(found))[0]
    counts = {name: int(suite.get(name, -1)) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": len(found.checks), "failures": 1, "errors": 1, "skipped": 1}
    assert cases(found)["clean"] == ["failure"]
    assert cases(found)["misspellings v1"] == ["error"]
    assert cases(found)["time of a text, × the reference"] == ["skipped"]
    assert cases(found)["parameters"] == ["system-out"]


def test_under_strict_what_is_too_weak_is_an_error() -> None:
    assert cases(replace(regressed(), strict=True))["time of a text, × the reference"] == ["error"]


def test_where_nothing_can_be_compared_junit_is_not_green() -> None:
    """Exit code 3, and a page of skipped cases that looks like a pass, would not go together."""
    found = gate.judge(SmallRun(first=5000), accepted(SmallRun()), name="b.json")
    assert found.outcome == "unjudged"
    assert cases(found)["clean"] == cases(found)["misspellings v1"] == ["error"]


@pytest.mark.parametrize("kind", ["passed", "unjudged", "thresholds"])
def test_each_outcome_has_its_first_line(kind: str) -> None:
    run: Any = SmallRun()
    if kind == "unjudged":
        run.fail("one/clean")
    run.manifest["suite"]["gate"]["thresholds"] = [{"metric": "accuracy", "min": 0.5}] if kind == "thresholds" else []
    found = gate.judge(run, None if kind == "thresholds" else accepted(SmallRun()), name="b.json")
    first = markdown.render(found).splitlines()[0]
    assert (
        first
        == {
            "passed": "## Gate passed: 5 ok",
            "unjudged": "## Gate could not judge: clean failed",
            "thresholds": "## Gate passed: 1 ok",
        }[kind]
    )
