"""Several jobs at once on one machine: the same cells, the devices that are named, and what the plan says of it."""

import re
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import EncoderError, HarnessError
from harness.encoders import backends
from harness.results import Run
from harness.results.folder import read_lines
from harness.runner import costs, executors, place
from harness.runner.checkpoints import Stores
from tests.fakes.command import Command
from tests.fakes.desk import Desk, without_times

#: Two encoders, and a checkpoint that is trained from each.
SUITE = """
name: reviews
encoders: [{name: one, checkpoint: ./one}, {name: two, checkpoint: ./two}]
poolers: [mean]
modes: [probe, finetune: {epochs: 1}]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [keyboard]
latency: false
device: cpu
"""


def cells(run: Run) -> dict[str, Any]:
    """What stands of each cell but for the clock, with the checksums of its outcomes, wherever they lie."""
    found = {}
    for line in map(without_times, read_lines(run.path / "cells.jsonl")):
        outcomes = line.pop("outcomes")
        found[line["key"]] = (line, {part: place["checksum"] for part, place in outcomes.items()})
    return found


@pytest.mark.processes
def test_two_workers_give_the_cells_of_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their bytes, as each worker has one thread in either run; and run.json says who did what with how many."""
    found = {}
    for n in (1, 2):
        monkeypatch.setattr(place, "n_cores", lambda n=n: n)
        run = desk.run(SUITE, out=f"with-{n}", overrides=[f"workers={n}"], executor=executors.processes, cache=False)
        found[n] = cells(run)
        assert run.manifest["complete"]
        assert run.manifest["workers"] == {"executor": "local", "n": n, "threads": 1, "devices": ["cpu"] * n}
        assert [job["threads"] for job in run.manifest["jobs"]] == [1] * 7
    assert len(found[1]) == 12
    assert found[2] == found[1]


def test_more_workers_than_cores_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "n_cores", lambda: 2)
    with pytest.raises(HarnessError, match="workers: 3: this machine has 2 cores; expected 2 at most"):
        desk.run(SUITE, overrides=["workers=3"])
    assert not (desk.path / "run" / "cells.jsonl").exists()


@pytest.mark.parametrize(
    ("asked", "there", "devices"),
    [
        ("auto", 2, ["cuda:0", "cuda:1"]),
        ("cuda:0,1", 4, ["cuda:0", "cuda:1"]),
        ("cuda:3,1", 4, ["cuda:3", "cuda:1"]),
        ("cuda:1,1", 2, ["cuda:1"]),
        ("cuda", 2, ["cuda:0"]),
        ("auto", 0, ["cpu", "cpu"]),
        ("cpu", 2, ["cpu", "cpu"]),
    ],
)
def test_each_device_is_a_place(asked: str, there: int, devices: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With its share of the threads; on a processor `workers` are the places."""
    monkeypatch.setattr(backends, "n_gpus", lambda: there)
    monkeypatch.setattr(backends, "_may_have_gpu", lambda: there > 0)
    monkeypatch.setattr(place, "n_cores", lambda: 8)
    found = place.places_of(backends.resolve_devices(asked), 2, Stores(None, Path()))
    assert [one.device for one in found] == devices
    assert {one.n_threads for one in found} == {8 // len(devices)}


def test_a_device_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "n_gpus", lambda: 1)
    with pytest.raises(EncoderError, match="device 'cuda:0,1': this machine has 1 CUDA devices; use auto or cpu"):
        backends.resolve_devices("cuda:0,1")


def test_a_plan_says_how_long_workers_take(desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than the work, and no less than its half: what one worker does of it is said of one alone."""
    monkeypatch.setattr(place, "n_cores", lambda: 2)
    slow = costs.Machine(0.05, 0.05)
    monkeypatch.setattr("harness.runner.preview.machine", lambda *_: slow)
    desk.suite(SUITE)
    said = command("plan", "suite.yaml", "--workers", "2")
    found = re.search(r"^about ([\d.]+) min on 2 workers of 1 threads each, of ([\d.]+) min of work$", said.out, re.M)
    assert found, said.out
    together, work = map(float, found.groups())
    assert work / 2 <= together < work
    assert " min of work" not in command("plan", "suite.yaml").out
