"""Encoders computed in other ways: precisions, backends from outside, and those that this machine lacks."""

import json
from collections.abc import Callable

import pytest

from harness import api, report
from harness.core.events import Built
from harness.results import Run
from harness.runner.prepare import prepare
from harness.runner.turns import time_jobs
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched, failed, scores
from tests.suite.conftest import faults_of

SUITE = """
name: computed
encoders: [{name: one, checkpoint: ./one}, %s]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [keyboard]
baselines: []
latency: false
device: cpu
"""
PRECISIONS = "{name: half, checkpoint: ./one, precision: bf16}, {name: other, checkpoint: ./one, precision: fp16}"

#: Wraps torch, and rounds what it gives.
COARSE = '''
from dataclasses import replace

from harness.encoders.backends import backend, pytorch
from harness.core.errors import EncoderError


class Coarse:
    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def hidden_states(self, batch, layers=(-1,)):
        states = self._inner.hidden_states(batch, layers)
        return replace(states, layers={layer: found.round(decimals=1) for layer, found in states.layers.items()})


def check(device, precision):
    if precision == "int4":
        raise EncoderError("the library is not installed here. Run `pip install coarse`.")
    return ""


@backend("coarse", precisions=("tenths", "int4"), check=check)
def load(folder, device, precision):
    """States rounded to tenths."""
    return Coarse(pytorch.load(folder, device))
'''


@pytest.fixture
def coarse(brought: Callable[[str], None]) -> None:
    """A backend that the harness does not bring."""
    brought(COARSE)


def vectors(run: Run) -> dict[str, float]:
    return {name: score for name, score in scores(run).items() if name.endswith("clean/–")}


def page(run: Run) -> str:
    return (run.path / "report.md").read_text(encoding="utf-8")


def test_precisions_of_one_encoder_stand_in_one_table(desk: Desk) -> None:
    """Each has its own job, keys and times; each says how far its predictions are those of fp32."""
    watched = Watched()
    run = desk.run(SUITE % PRECISIONS, watch=watched)
    assert {cell.status for cell in run.cells} == {"done"}
    assert {job for job, _ in watched.events} == {"one", "half", "other"}
    assert len({cell.key for cell in run.cells}) == len(run.cells)
    by = {name: (about["backend"], about["precision"]) for name, about in run.manifest["encoders"].items()}
    assert by == {"one": ("torch", "fp32"), "half": ("torch", "bf16"), "other": ("torch", "fp16")}
    clean = {c.address.encoder: c for c in run.cells if c.address.condition == "clean"}
    outcomes = {name: run.outcomes(cell.key) for name, cell in clean.items()}
    assert len({tuple(o.score) for o in outcomes.values()}) == 3  # vectors that are not the same
    for name, precision in (("half", "bf16"), ("other", "fp16")):
        n = int((outcomes[name].prediction == outcomes["one"].prediction).sum())
        assert n > 0.8 * len(outcomes["one"])
        assert f"{name} (torch {precision}) predicts the same as one (torch fp32)" in page(run)
        assert f"test items: mean {n} of {len(outcomes['one'])}." in page(run)
    again = Watched()
    desk.run(SUITE % PRECISIONS, watch=again)
    assert not again.cells


def test_what_the_processor_computes_slowly_says_so(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = desk.path / "cpuinfo"
    monkeypatch.setattr("harness.core.processor._CPU", cpu)
    said = "half: this processor has no instructions for bf16 and computes it slowly"
    text = SUITE % "{name: half, checkpoint: ./one, precision: bf16}"
    cpu.write_text("flags : avx2\n")
    assert said in page(desk.run(text))
    planned = command("plan", str(desk.suite(text)))
    assert said in planned.out
    assert "encoders: one, half (bf16)" in planned.out
    cpu.write_text("flags : avx2 avx512_bf16\n")
    assert said not in page(desk.run(text))


def test_a_backend_from_outside_runs_a_suite(desk: Desk, coarse: None, command: Command) -> None:
    """Its first precision is what is taken where none is named; nothing else has to know it."""
    run = desk.run(SUITE % "{name: rough, checkpoint: ./one, backend: coarse}")
    assert {cell.status for cell in run.cells} == {"done"}
    assert run.manifest["encoders"]["rough"]["precision"] == "tenths"
    assert "rough (coarse tenths) predicts the same as one (torch fp32)" in page(run)
    assert "coarse             States rounded to tenths. [precisions: tenths, int4]" in command("list", "backends").out
    assert faults_of("name: x\ntasks: [vader-sentiment]\nencoders:\n- {checkpoint: ./one, backend: coarse}\n") == []


def test_what_this_machine_lacks_costs_its_own_rows(desk: Desk, coarse: None, command: Command) -> None:
    text = SUITE % "{name: rough, checkpoint: ./one, backend: coarse, precision: int4}"
    planned = command("plan", str(desk.suite(text)))
    assert planned.code == 2
    said = "encoder 'rough': backend coarse, precision int4: the library is not installed here. Run `pip"
    assert said in planned.out
    run = desk.run(text)
    assert failed(run) == {"reviews/rough": f"bad-encoder: {said} install coarse`."}
    assert {c.status for c in run.cells if c.address.encoder == "one"} == {"done"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "backend: torhc",
            "suite.yaml:4:33: backend 'torhc' is not known. Did you mean 'torch'? Known: openvino, torch.",
        ),
        (
            "precision: fp61",
            "backend torch has no precision 'fp61'. Did you mean 'fp16'? It has: fp32, bf16, fp16.",
        ),
        ("precision: 16", "4:35: encoders.0.precision is 16; expected text"),
    ],
)
def test_what_nobody_knows_is_told_with_its_place(entry: str, said: str) -> None:
    (fault,) = faults_of(f"name: x\ntasks: [vader-sentiment]\nencoders:\n- {{checkpoint: minilm, {entry}}}\n")
    assert said in fault


def test_a_checkpoint_is_trained_once_and_measured_in_each_precision(desk: Desk) -> None:
    """Training has a precision of its own; what is trained is then computed as its encoder is."""
    text = SUITE.replace("modes: [probe]", "modes: [{name: tuned, mode: finetune, epochs: 1}]") % PRECISIONS
    watched = Watched()
    run = desk.run(text, watch=watched)
    assert len(watched.of(Built)) == 1
    assert {cell.status for cell in run.cells} == {"done"}
    assert len({cell.key for cell in run.cells}) == len(run.cells)
    assert "half (torch bf16) predicts the same as one (torch fp32)" in page(run)
    (build,) = (run.path / "builds.jsonl").read_text().splitlines()
    assert json.loads(build)["facts"]["precision"] == "fp32"


def test_times_of_a_precision_are_its_own(desk: Desk) -> None:
    """And the times of others too: what takes turns with them is another program."""

    def keys(encoder: str) -> dict[str, set[str]]:
        suite = api.suite(desk.suite((SUITE % encoder).replace("latency: false", "latency: {scenarios: [offline]}")))
        found: dict[str, set[str]] = {}
        for job in time_jobs(prepare(suite), set()):
            found.setdefault(job.subject, set()).update(job.keys.values())
        return found

    plain, half = (keys(f"{{name: half, checkpoint: ./one, precision: {p}}}") for p in ("fp32", "bf16"))
    assert plain["half"].isdisjoint(half["half"])
    assert plain["one"].isdisjoint(half["one"])


def test_openvino_stands_beside_torch(desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers in fp32, its own size on disk; trained checkpoints are converted too."""
    own = "{name: ov, checkpoint: ./one, backend: openvino}, %s"
    small = "{name: small, checkpoint: ./one, backend: openvino, precision: int8-weights}"
    text = SUITE.replace("modes: [probe]", "modes: [probe, {name: tuned, mode: finetune, epochs: 1}]") % (own % small)
    run = desk.run(text)
    assert {cell.status for cell in run.cells} == {"done"}
    n = len(run.outcomes(next(cell.key for cell in run.cells)))
    said = "ov (openvino fp32) predicts the same as one (torch fp32) for these of the test items"
    assert f"{said}: mean / probe {n} of {n}, mean / tuned {n} of {n}." in page(run)
    assert "small (openvino int8-weights) predicts the same as one (torch fp32)" in page(run)
    sizes = {name: about["disk_mb"] for name, about in run.manifest["encoders"].items()}
    assert 0 < sizes["small"] < sizes["ov"]
    rows = {row.names: row.disk_mb or 0.0 for row in report.build(run).tasks[0].rows}
    assert 0 < rows["small", "mean", "tuned"] == rows["small", "mean", "probe"] < rows["ov", "mean", "tuned"]
    assert run.manifest["environment"]["libraries"]["openvino"]
    monkeypatch.setattr("harness.encoders.backends.openvino.find_spec", lambda name: None)
    planned = command("plan", str(desk.suite(text)))
    assert planned.code == 2
    said = "encoder 'ov': backend openvino, precision fp32: openvino not installed: pip install 'encoder-harness"
    assert said in planned.out
