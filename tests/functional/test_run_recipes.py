"""Encoders that are made of other ones by steps: what a suite says, what comes out, what cannot be."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.core.errors import EncoderError
from harness.encoders import EncoderSpec, resolve
from harness.suite.model import Choice
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched, failed
from tests.suite.conftest import faults_of

SUITE = """
name: recipes
encoders: [{name: one, checkpoint: ./one}, %s]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
baselines: []
latency: false
device: cpu
"""
#: Reads every text as if it were lower-cased; found by its file alone.
LOWERED = '''
from dataclasses import replace
from harness.encoders.steps import step


@step("lowered", version=3)
def lowered(base, *, wholly: bool = True):
    """All in lower case."""
    return replace(base, lower_case=wholly)
'''
made = partial(resolve, folder=Path(), step=partial(catalogue().get, "step"))


def cut(*layers: int) -> Choice:
    return Choice("cut", "cut", {"layers": list(layers)})


@pytest.fixture
def lowered(brought: Callable[[str], None]) -> None:
    """A step that the harness does not bring."""
    brought(LOWERED)


def test_a_recipe_is_an_encoder_like_others(desk: Desk) -> None:
    """One made from another of the suite is the same as one that says it all; those two share a job."""
    text = SUITE % (
        "{name: small, checkpoint: ./one, cut: {layers: [0]}}, {name: alias, checkpoint: small, max_length: 12}, "
        "{name: tiny, checkpoint: swapped, cut: {layers: [1]}}, "
        "{name: swapped, checkpoint: ./one, cut: {layers: [1, 0]}}"
    )
    watched = Watched()
    run = desk.run(text, watch=watched)
    assert {cell.status for cell in run.cells} == {"done"}
    about = run.manifest["encoders"]
    keys = {name: row["checkpoint"] for name, row in about.items()}
    assert keys["small"] == keys["alias"]
    assert len(set(keys.values())) == 4
    assert len({row["source"] for row in about.values()}) == 1
    assert about["tiny"]["weights"] == "made from swapped by cut(layers=[1])"
    assert about["small"]["n_parameters"] < about["one"]["n_parameters"]
    assert {job for job, _ in watched.events} == {"one", "small", "tiny", "swapped"}


def test_a_step_from_outside_is_a_key_of_the_suite(desk: Desk, lowered: None) -> None:
    text = SUITE % "{name: low, checkpoint: ./two, lowered: {wholly: true}, cut: {layers: [1]}}"
    run = desk.run(text)
    assert failed(run) == {}
    assert {cell.status for cell in run.cells} == {"done"}
    said = "made from ./two by lowered(wholly=True), cut(layers=[1])"
    assert run.manifest["encoders"]["low"]["weights"] == said
    (fault,) = faults_of(text.replace("wholly: true", "wholly: 3"))
    assert "lowered: wholly is 3; expected true or false" in fault


def test_a_step_that_its_base_cannot_take_costs_its_own_rows(desk: Desk, command: Command) -> None:
    text = SUITE % "{name: small, checkpoint: ./one, cut: {layers: [0, 2]}}"
    said = "encoder 'small': cut(layers=[0, 2]): there is no layer 2. Name some of the layers 0 to 1."
    planned = command("plan", str(desk.suite(text)))
    assert planned.code == 2
    assert said in planned.out
    run = desk.run(text)
    assert failed(run) == {"reviews/small": f"bad-encoder: {said}"}
    assert [cell.address.encoder for cell in run.cells if cell.status == "done"] == ["one"]


def test_layers_are_counted_in_what_is_left(desk: Desk) -> None:
    one = EncoderSpec("one", "./one", steps=(cut(1, 0), cut(1)))
    assert made(one, folder=desk.path).layers == (0,)
    with pytest.raises(EncoderError, match="there is no layer 1"):
        made(EncoderSpec("one", "./one", steps=(cut(0), cut(1))), folder=desk.path)
    with pytest.raises(EncoderError, match="no layer is left"):
        made(EncoderSpec("one", "./one", steps=(cut(),)), folder=desk.path)


@pytest.mark.parametrize(
    ("encoders", "said"),
    [
        ("[{checkpoint: ./a, cut: 3}]", "cut is 3; expected {layers: …}."),
        ("[{checkpoint: ./a, cut: {}}]", "cut does not say its layers. Write cut: {layers: …}."),
        ("[{checkpoint: ./a, cut: {layer: [0]}}]", "cut has no parameter 'layer'. Did you mean 'layers'?"),
        ("[{checkpoint: ./a, cut: {layers: [one]}}]", "cut: layers is"),
        ("[{checkpoint: ./a, cat: {layers: [0]}}]", "unknown key 'cat'. Did you mean 'cut'?"),
        (
            "[{name: a, checkpoint: b, cut: {layers: [0]}}, {name: b, checkpoint: c}, {name: c, checkpoint: a}]",
            "2:12: the encoders 'a', 'b', 'c' are each made of the next, and the last of the first.",
        ),
    ],
)
def test_what_is_no_recipe_is_told_with_its_place(encoders: str, said: str) -> None:
    found = faults_of(f"name: x\nencoders: {encoders}\ntasks: [vader-sentiment]\n")
    assert any(said in fault for fault in found), found
    assert len(found) == 1
    assert found[0].startswith("suite.yaml:2:")
