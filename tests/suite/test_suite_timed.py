"""Encoders with random weights, and suites without modes: what is planned, what is refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.core.errors import SuiteError
from tests.suite.test_suite_plan import cells, encoder, planned, task

HEAD = "name: s\ntasks: [vader-sentiment]\n"
DRAWN = replace(encoder("drawn"), is_random=True)


def test_an_encoder_with_random_weights_is_timed_beside_those_that_are_scored() -> None:
    """One row a pooler, no score, no condition; the others are as they were."""
    encoders = {"one": encoder(), "drawn": DRAWN}
    found = planned(
        "poolers: [cls, mean]\nmodes: [probe]\nconditions: [keyboard]\nrepeats: {perturb: 2}\n",
        encoders=encoders,
        t=task(),
    )
    drawn = cells(found, encoder="drawn")
    assert [str(cell.address) for cell in drawn] == ["t / drawn / cls / – / clean", "t / drawn / mean / – / clean"]
    assert all(cell.cell is None and cell.timed is not None for cell in drawn)
    assert {cell.skipped for cell in drawn} == {"drawn has random weights: timed, not scored."}
    assert [cell.timed.head.pooling.pooler for cell in drawn] == ["cls", "mean"]
    assert all(cell.timed is None and cell.cell is not None for cell in cells(found))


def test_a_suite_without_modes_times_all_encoders() -> None:
    found = planned("modes: []\nbaselines: []\n", t=task(), q=task("retrieval"))
    assert [str(cell.address) for cell in found.cells] == ["t / one / mean / – / clean", "q / one / mean / – / clean"]
    assert {cell.skipped for cell in found.cells} == {"the suite names no modes: timed, not scored."}
    assert set(found.cells[1].timed.test) == {"query", "corpus"}


def test_a_condition_of_a_suite_without_modes_applies_to_nothing() -> None:
    with pytest.raises(SuiteError, match="condition 'keyboard@3' applies to nothing here"):
        planned("modes: []\nbaselines: []\nconditions: [keyboard]\n", t=task())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "encoders: [minilm]\nmodes: []\nlatency: false\n",
            ["suite.yaml:4:1: modes is empty and nothing is timed; nothing would run."],
        ),
        (
            "encoders: [minilm, bert-base-random]\nlatency: false\n",
            ["suite.yaml:3:20: encoder 'bert-base-random' has random weights: it can only be timed, and this suite"],
        ),
        (
            "encoders:\n  - {name: small, checkpoint: base, cut: {layers: [0]}}\n"
            "  - {name: base, checkpoint: bert-base-random}\nlatency: false\n",
            ["suite.yaml:4:5: encoder 'small' has random weights", "suite.yaml:5:5: encoder 'base' has random weights"],
        ),
        (
            "encoders: [bert-base-random, minilm]\n"
            "gate: {primary: {encoder: bert-base-random},\n"
            "       thresholds: [{encoder: bert-base-random, metric: accuracy, min: 0.9}]}\n",
            ["suite.yaml:4:27: encoder 'bert-base-random' has random weights, and so no score", "suite.yaml:5:31: "],
        ),
    ],
)
def test_a_score_that_cannot_be_is_refused_at_its_place(
    faults: Callable[..., list[str]], text: str, expected: list[str]
) -> None:
    said = faults(HEAD + text)
    for line, begin in zip(said, expected, strict=True):
        assert line.startswith(begin)


def test_what_bears_the_name_of_a_built_in_one_may_be_a_folder(faults: Callable[..., list[str]]) -> None:
    assert faults(HEAD + "encoders: [{name: bert-base-random, checkpoint: ./mine}]\nlatency: false\n") == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("bert-base-uncased", "google-bert/bert-base-uncased"),
        ("deberta-v3-base", "microsoft/deberta-v3-base"),
        ("mpnet-base", "microsoft/mpnet-base"),
        ("distilroberta-base", "distilbert/distilroberta-base"),
        ("bert-base-rand", "bert-base-random"),
        ("mpnett", "mpnet"),
    ],
)
def test_random_weights_are_never_offered_for_real_ones(
    faults: Callable[..., list[str]], name: str, meant: str
) -> None:
    (said,) = faults(HEAD + f"encoders: [{name}]\n")
    assert f"Did you mean '{meant}'?" in said
