"""Recipes with a step that builds: in order, once, kept in the store, and alone in failing."""

from collections.abc import Callable

import pytest

from harness.core.errors import SuiteError
from harness.core.events import Built
from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched, failed, timing_lines

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
#: Writes the base with noise in its weights.
NOISY = '''
import shutil
from pathlib import Path

from harness.core.errors import EncoderError
from harness.encoders.refusals import TOKENIZER_FILES
from harness.encoders.steps import step


@step("noisy", builds=True)
def noisy(base, out, rng, *, share: float = 0.1):
    """Weights with noise of this share of each."""
    import torch
    from harness.encoders.torch_encoder import load_model

    if share > 1:
        raise EncoderError("more noise than weights. Set share to at most 1.")
    model = load_model(base)
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 1 + share * torch.from_numpy(rng.standard_normal(weight.shape)).float()
    model.save_pretrained(out)
    for name in TOKENIZER_FILES:
        if (Path(base.path) / name).is_file():
            shutil.copyfile(Path(base.path) / name, out / name)
'''
#: Writes what lies between the weights of the base and a teacher's.
BETWEEN = '''
from typing import Annotated

from harness.core.registry import Named


@step("between", builds=True)
def between(base, out, rng, *, teacher: Annotated[str, Named("encoder")], share: float = 0.5):
    """Weights that went a share of the way to the teacher's."""
    import torch
    from harness.encoders.torch_encoder import load_model

    model = load_model(base)
    with torch.no_grad():
        for weight, other in zip(model.parameters(), load_model(teacher).parameters(), strict=False):
            if weight.shape == other.shape:
                weight += share * (other - weight)
    model.save_pretrained(out)
    for name in TOKENIZER_FILES:
        if (Path(base.path) / name).is_file():
            shutil.copyfile(Path(base.path) / name, out / name)
'''
NOISE = "{name: noise, checkpoint: ./one, noisy: {share: 0.2}}"


@pytest.fixture(autouse=True)
def noisy(brought: Callable[[str], None]) -> None:
    """A step that the harness does not bring."""
    brought(NOISY + BETWEEN)


def built(watched: Watched) -> list[tuple[str, bool]]:
    """(job, whether the store had it), in order."""
    return [(job, event.from_store) for job, event in watched.events if isinstance(event, Built)]


def statuses(run: Run) -> set[str]:
    return {cell.status for cell in run.cells}


def test_what_is_made_of_what_is_made_is_built_in_order_and_once(desk: Desk) -> None:
    """However the suite orders and words it; a cut before a step is built in, one after it is made at loading."""
    text = SUITE % (
        "{name: last, checkpoint: noise, cut: {layers: [1]}, noisy: {share: 0.3}}, "
        f"{NOISE}, {{name: again, checkpoint: ./one, noisy: {{share: 0.2}}, max_length: 12}}, "
        "{name: cut, checkpoint: last, cut: {layers: [0]}}"
    )
    watched = Watched()
    run = desk.run(text, watch=watched)
    assert built(watched) == [("last, noisy", False), ("last, noisy", False)]
    assert statuses(run) == {"done"}
    about = run.manifest["encoders"]
    sizes = {name: row["n_parameters"] for name, row in about.items()}
    assert sizes["cut"] == sizes["last"] < sizes["noise"] == sizes["again"] == sizes["one"]
    assert about["noise"]["checkpoint"] == about["again"]["checkpoint"] != about["one"]["checkpoint"]
    assert about["last"]["weights"] == "made from noise by cut(layers=[1]), noisy(share=0.3)"


def test_the_store_serves_all_suites_and_nothing_is_built_for_nothing(desk: Desk) -> None:
    first, second, third = Watched(), Watched(), Watched()
    desk.run(SUITE % NOISE, watch=first)
    other = (SUITE % NOISE.replace("noise", "other")).replace("poolers: [mean]", "poolers: [max]")
    desk.run(other, "second", watch=second)
    desk.run(other, "second", watch=third)
    assert [seen for _, seen in (*built(first), *built(second), *built(third))] == [False, True]


def test_what_cannot_be_built_costs_its_own_cells(desk: Desk) -> None:
    text = SUITE % (NOISE.replace("0.2", "2.0") + ", {name: low, checkpoint: noise, cut: {layers: [0]}}")
    run = desk.run(text)
    said = "bad-encoder: encoder '%s': noisy(share=2.0): more noise than weights. Set share to at most 1."
    assert failed(run) == {f"reviews/{name}": said % name for name in ("noise", "low")}
    assert [c.address.encoder for c in run.cells if c.status == "done"] == ["one"]


def test_what_is_built_is_fine_tuned_and_timed(desk: Desk, command: Command) -> None:
    text = (SUITE % NOISE).replace("modes: [probe]", "modes: [{name: tuned, mode: finetune, epochs: 1}]")
    text = text.replace("latency: false", "latency: {scenarios: [offline], replicates: 1, requests: 10}")
    planned = command("plan", str(desk.suite(text)))
    assert planned.code == 0
    assert "encoders: one, noise (noisy of ./one)" in planned.out
    assert "job noise, noisy: " in planned.out
    watched = Watched()
    run = desk.run(text, watch=watched)
    trained = [f"{name} mean tuned reviews, training" for name in ("one", "noise")]
    assert [job for job, _ in built(watched)] == ["noise, noisy", *trained]
    assert statuses(run) == {"done"}
    assert {line["encoder"] for line in timing_lines(run)} == {"one", "noise"}
    assert not run.manifest["timing_failures"]


def test_a_teacher_is_built_before_its_student_and_its_failure_costs_both(desk: Desk) -> None:
    """Wherever the suite has it; whose key is another when the teacher is."""
    student = "{name: student, checkpoint: ./one, between: {teacher: noise}}"
    watched = Watched()
    run = desk.run(SUITE % f"{student}, {NOISE}", watch=watched)
    assert built(watched) == [("student, noisy", False), ("student, between", False)]
    assert statuses(run) == {"done"}
    key = run.manifest["encoders"]["student"]["checkpoint"]
    again, other = Watched(), NOISE.replace("0.2", "0.3")
    run = desk.run(SUITE % f"{NOISE}, {student}", watch=again)
    assert built(again) == []
    assert run.manifest["encoders"]["student"]["checkpoint"] == key
    run = desk.run(SUITE % f"{student}, {other}", watch=again)
    assert built(again) == [("student, noisy", False), ("student, between", False)]
    assert run.manifest["encoders"]["student"]["checkpoint"] != key
    run = desk.run(SUITE % f"{student}, {NOISE.replace('0.2', '2.0')}")
    assert set(failed(run)) == {"reviews/noise", "reviews/student"}
    alone = Watched()
    desk.run((SUITE % f"{student}").replace("noise", "./two"), "alone", watch=alone)
    assert built(alone) == [("student, between", False)]


def test_encoders_that_need_each_other_are_refused(desk: Desk) -> None:
    student = "{name: a, checkpoint: ./one, between: {teacher: b}}, {name: b, checkpoint: ./one, between: {teacher: a}}"
    with pytest.raises(SuiteError, match="the encoders 'a', 'b' are each made of the next, and the last of the first"):
        desk.run(SUITE % student)


def test_a_list_does_not_sweep_a_step(desk: Desk) -> None:
    with pytest.raises(SuiteError, match="noisy: share is a list; a step does not sweep"):
        desk.run(SUITE % NOISE.replace("0.2", "[0.1, 0.2]"))
