"""Perturbations of the texts that are learnt from: `apply`."""

from collections.abc import Callable

import pytest

from harness.core.errors import SuiteError
from harness.core.records import Cell, Perturbation, Split
from harness.suite.cells import Setting
from harness.suite.plan import Plan
from tests.suite.test_suite_plan import DOMAINS, cells, conditions, planned, task

SWEPT = "conditions: [{keyboard: {severity: 2, apply: [test, train, both]}}]\n"


def by_condition(found: Plan, **wanted: str) -> dict[str, Cell]:
    return {c.address.condition: c.cell for c in cells(found, **wanted) if c.cell is not None}


def edits(splits: dict[str, Split]) -> list[tuple[Perturbation, ...]]:
    return [split.perturbations for split in splits.values()]


def test_the_side_that_is_asked_for_is_perturbed_and_the_name_says_it() -> None:
    made = by_condition(planned(SWEPT, t=task()))
    assert list(made) == ["clean", "keyboard@2", "keyboard[train]@2", "keyboard[both]@2"]
    applied = (Perturbation("keyboard", 2, {"layout": "qwerty", "severity": 2}, 0),)
    sides = {name: (edits(dict(cell.head.train)), edits(dict(cell.test))) for name, cell in made.items()}
    assert sides == {
        "clean": ([()], [()]),
        "keyboard@2": ([()], [applied]),
        "keyboard[train]@2": ([applied], [()]),
        "keyboard[both]@2": ([applied], [applied]),
    }
    assert len({cell.key for cell in made.values()}) == 4


def test_to_say_test_is_to_say_nothing() -> None:
    """So that the keys of suites that were there before are the same."""
    said, unsaid = (
        by_condition(planned(f"conditions: [keyboard: {{severity: 2{more}}}]\n", t=task()))["keyboard@2"]
        for more in (", apply: test", "")
    )
    assert said.key == unsaid.key
    assert said.parts() == unsaid.parts()


def test_every_row_that_learns_follows() -> None:
    """Baselines too; and what is compared is the same row on the same test texts."""
    found = planned(SWEPT, t=task())
    for name in ("one", "majority", "tfidf"):
        assert conditions(found, encoder=name)[1:] == ["keyboard@2", "keyboard[train]@2", "keyboard[both]@2"]
        made = {c.address.condition: c for c in cells(found, encoder=name)}
        assert made["keyboard[train]@2"].against == made["clean"].address
        assert made["keyboard[train]@2"].kind == "perturbation"


def test_it_stands_in_what_a_condition_is_made_of_where_it_is_not_the_default() -> None:
    made = {c.address.condition: c.condition for c in cells(planned(SWEPT, t=task()))}
    assert made["keyboard@2"] == Setting("keyboard", 2.0, {"layout": "qwerty"})
    assert made["keyboard[both]@2"] == Setting("keyboard", 2.0, {"layout": "qwerty", "apply": "both"})


def test_a_checkpoint_is_trained_for_each_training_side_with_the_head_that_it_starts_from() -> None:
    made = by_condition(planned(f"modes: [lp-ft]\n{SWEPT}", t=task()))
    checkpoints = {name: cell.head.checkpoint for name, cell in made.items()}
    assert checkpoints["keyboard@2"] == checkpoints["clean"]
    assert checkpoints["keyboard[both]@2"] == checkpoints["keyboard[train]@2"] != checkpoints["clean"]
    assert len({checkpoint.lineage[-1].teacher for checkpoint in checkpoints.values()}) == 2


def test_a_row_that_learns_nothing_is_skipped_with_the_reason() -> None:
    """Where nothing is learnt, both sides are the test side."""
    found = planned(SWEPT, t=task("similarity"))
    by_mode = {(c.address.mode, c.address.condition): c for c in cells(found)}
    skipped = by_mode["zero-shot", "keyboard[train]@2"]
    assert (skipped.cell, skipped.key) == (None, None)
    assert skipped.skipped == "keyboard[train]@2 changes what is learnt from, and zero-shot learns nothing from texts."
    assert by_mode["probe", "keyboard[train]@2"].cell is not None
    assert by_mode["zero-shot", "keyboard[both]@2"].key == by_mode["zero-shot", "keyboard@2"].key


def test_a_task_that_nothing_is_learnt_from_does_not_have_it() -> None:
    found = planned(SWEPT, q=task("retrieval"), t=task())
    assert conditions(found, task="q") == ["clean", "keyboard@2", "keyboard[both]@2"]
    assert [dict(out) for out in found.not_applicable] == [
        {
            "task": "q",
            "what": "keyboard[train]@2",
            "why": "keyboard applies to tasks that something is learnt from",
        }
    ]
    with pytest.raises(SuiteError, match="'keyboard\\[train\\]@2' applies to nothing here"):
        planned("conditions: [keyboard: {severity: 2, apply: train}]\n", q=task("retrieval"))


def test_where_all_rows_would_be_skipped_the_suite_is_refused() -> None:
    with pytest.raises(SuiteError, match="applies to nothing here"):
        planned("modes: [zero-shot]\nbaselines: []\nconditions: [keyboard: {apply: train}]\n", t=task("similarity"))


def test_draws_of_the_training_side_are_repeats_of_the_perturbation() -> None:
    found = planned("repeats: {perturb: 3}\nconditions: [keyboard: {apply: train}]\n", t=task())
    drawn = [c for c in cells(found) if c.address.condition == "keyboard[train]@3"]
    assert [str(c.address.repeat) for c in drawn] == ["perturb=0", "perturb=1", "perturb=2"]
    assert len({c.key for c in drawn}) == 3


def test_changes_of_a_training_side_are_told_from_others() -> None:
    """The gate asks whether texts are perturbed in another way."""
    parts = {name: cell.parts() for name, cell in by_condition(planned(SWEPT, t=task())).items()}
    assert len({part["perturbations"] for part in parts.values()}) == 4
    assert parts["clean"]["training data"] != parts["keyboard[train]@2"]["training data"]


@pytest.mark.parametrize("other", ["rare-words", "max-length", "domain", "misspellings"])
def test_other_conditions_refuse_it(other: str, faults: Callable[..., list[str]]) -> None:
    text = f"name: x\nencoders: [minilm]\ntasks: [bbc-topics]\nconditions:\n  - {other}: {{apply: train}}\n"
    (fault,) = faults(text)
    assert fault.startswith(f"suite.yaml:5:{len(other) + 8}: {other} has no parameter 'apply'.")
    assert "`apply` is for perturbations, which change texts; leave it out." in fault


def test_another_word_for_a_side_is_refused(faults: Callable[..., list[str]]) -> None:
    text = "name: x\nencoders: [minilm]\ntasks: [bbc-topics]\nconditions: [keyboard: {apply: training}]\n"
    (fault,) = faults(text)
    assert "keyboard: apply is 'training'; expected one of test, train, both." in fault


def test_a_shift_keeps_its_clean_training_texts() -> None:
    found = planned("conditions: [domain, {keyboard: {apply: train}}]\n", t=task(domains=DOMAINS))
    shifted = [c for c in cells(found) if c.kind in ("shift", "oracle")]
    assert shifted
    assert not any(c.cell.head.is_edited for c in shifted if c.cell)


def test_a_costly_condition_may_have_fewer_draws_than_others() -> None:
    """It is named as without, and what is drawn is the same."""
    few = "conditions: [{keyboard: {draws: 1}}, {char-swap: {draws: 9}}, ocr]\nrepeats: {perturb: 3}\n"
    made = [c.cell for c in cells(planned(few, t=task())) if c.address.encoder == "one" and c.kind == "perturbation"]
    drawn = [(cell.address.condition, cell.address.repeat.perturb) for cell in made]
    assert drawn == [("keyboard@3", 0), *((name, i) for i in range(3) for name in ("char-swap@3", "ocr@3"))]
    every = cells(planned(few.replace("{keyboard: {draws: 1}}", "keyboard"), t=task()))
    assert made[0].key in {c.key for c in every}


@pytest.mark.parametrize("entry", ["{max-length: {tokens: 8, draws: 2}}", "{keyboard: {draws: 0}}"])
def test_draws_are_counted_from_one_and_for_perturbations_alone(entry: str) -> None:
    with pytest.raises(SuiteError, match="draws"):
        planned(f"conditions: [{entry}]\n", t=task())
