"""A large encode that several workers share: the cells of one job, whatever happens to a part."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.core.errors import DataError
from harness.core.events import EncoderFact, Event, JobDone, Kept, Remark
from harness.results import Run
from harness.runner import executors, place, storing
from harness.runner import run as runner
from harness.runner.costs import Machine
from harness.runner.job import encode_part
from harness.runner.jobs import EncodeJob
from harness.runner.place import Place
from harness.runner.run import Told
from harness.runner.storing import Stored
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, Watched
from tests.functional.test_workers import cells

#: Two readings of one encoder, which read short texts alike.
TWO_READINGS = SUITE.replace("conditions: [", "conditions: [head+tail, ")
PROCESSES = pytest.param(executors.processes, marks=pytest.mark.processes)


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine so slow that tiny encodes are large, with a core a worker."""
    monkeypatch.setattr("harness.runner.preview.machine", lambda *_: Machine(0.002, 50.0))
    monkeypatch.setattr(place, "n_cores", lambda: 2)


def alone(desk: Desk, monkeypatch: pytest.MonkeyPatch, text: str = TWO_READINGS) -> Run:
    """The run of one worker with one core, whose vectors nobody finds afterwards."""
    with monkeypatch.context() as context:
        context.setattr(place, "n_cores", lambda: 1)
        run = desk.run(text, out="alone")
    shutil.rmtree(desk.path.parent / "cache" / "vectors")
    return run


def shared(desk: Desk, watch: Callable[[Told], None] = lambda told: None, **given: Any) -> Run:
    """The run of two workers."""
    return desk.run(given.pop("text", TWO_READINGS), out="shared", overrides=["workers=2"], watch=watch, **given)


@pytest.mark.parametrize("executor", [executors.inline, PROCESSES])
def test_two_workers_give_the_cells_of_one(desk: Desk, monkeypatch: pytest.MonkeyPatch, executor: Any) -> None:
    """In their bytes; each text was read by one of them, and the job that measures reads none."""
    one, watched = alone(desk, monkeypatch), Watched()
    two = shared(desk, watched, executor=executor)
    assert cells(two) == cells(one)
    assert sorted(job["job"] for job in two.manifest["jobs"]) == [
        "baselines",
        "one",
        "one, part 1 of 2",
        "one, part 2 of 2",
    ]
    counts = {job: n for job, event in watched.events if (n := n_read(event)) is not None}
    assert counts["one"] == 0
    assert all(counts[f"one, part {n} of 2"] > 50 for n in (1, 2))
    assert two.manifest["cache"] == one.manifest["cache"]
    assert two.manifest["encoders"] == one.manifest["encoders"]
    keys = [(kept.tokenization, *key) for kept in watched.of(Kept) for key in kept.keys.tolist()]
    assert len(keys) == len(set(keys)) == one.manifest["cache"]["misses"]


def n_read(event: Event | None) -> int | None:
    """How many texts a job has read, where this is what it tells."""
    counts = event.facts.get("cache") if isinstance(event, EncoderFact) else None
    return int(counts["misses"]) if counts else None


def test_what_a_run_has_built_is_read_in_parts_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not there when the parts are planned."""
    text = SUITE.replace("modes: [probe]", "modes: [finetune: {epochs: 1}]").replace("domain: {test: [barber]}, ", "")
    monkeypatch.setattr("harness.runner.preview.machine", lambda *_: Machine(0.0005, 50.0))
    one, two = alone(desk, monkeypatch, text), shared(desk, text=text)
    assert cells(two) == cells(one)
    names, row = [job["job"] for job in two.manifest["jobs"]], "one mean finetune[epochs=1] reviews"
    assert names[:4] == [f"{row}, training", f"{row}, part 1 of 2", f"{row}, part 2 of 2", row]


def test_a_part_that_fails_costs_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told and written down; what it has not stored is read by the job that needs it."""
    one, watched = alone(desk, monkeypatch), Watched()

    def fails(job: EncodeJob, place: Place) -> Iterator[Event]:
        if job.part.number:
            raise DataError("no luck.")
        yield from encode_part(job, place)

    monkeypatch.setattr(runner, "encode_part", fails)
    two = shared(desk, watched, fail_fast=True)
    assert [(cell.key, cell.status) for cell in two.cells] == [(cell.key, cell.status) for cell in one.cells]
    assert {cell.status for cell in two.cells} == {"done"}
    assert two.manifest["complete"]
    assert two.manifest["retries"] == [{"job": "one, part 2 of 2", "why": "bad-data: no luck.", "n_times": 1}]
    assert watched.failures == []
    said = "one, part 2 of 2: failed: bad-data: no luck. What it has not stored is encoded with the rest."
    assert said in [event.what for event in watched.of(Remark)]
    assert "one, part 2 of 2 (bad-data: no luck.)" in (two.path / "report.md").read_text(encoding="utf-8")


def test_what_is_said_of_a_failed_part_holds_no_values_of_private_data(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(job: EncodeJob, place: Place) -> Iterator[Event]:
        raise DataError("reviews.csv, row 3: 'my own secret' is no label.")
        yield

    monkeypatch.setattr(runner, "encode_part", fails)
    watched = Watched()
    run = shared(desk, watched, text=f"{SUITE}report: {{texts: none}}\n")
    assert len(run.manifest["retries"]) == 2
    assert "secret" not in json.dumps(run.manifest["retries"])
    assert not [event for event in watched.of(Remark) if "secret" in event.what]
    assert {cell.status for cell in run.cells} == {"done"}


def test_a_run_that_is_stopped_between_parts_reads_the_rest_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one = alone(desk, monkeypatch)
    n_texts, begun = one.manifest["cache"]["misses"], list[int]()

    def stop(told: Told) -> None:
        if (n := n_read(told.event)) is not None:
            begun.append(n)
        if isinstance(told.event, JobDone):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared(desk, stop)
    assert 0 < begun[0] < n_texts
    two = shared(desk)
    assert two.manifest["cache"]["misses"] == n_texts - begun[0]
    assert {cell.status for cell in two.cells} == {"done"}


@pytest.mark.parametrize("how", ["one worker", "no cache", "no room", "nothing new"])
def test_what_has_no_use_of_parts_is_read_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "no room":
        monkeypatch.setattr(storing, "fits", lambda stored: False)
    if how == "nothing new":
        desk.run(SUITE, out="before")
    run = desk.run(SUITE, overrides=[f"workers={1 if how == 'one worker' else 2}"], cache=how != "no cache")
    assert [job["job"] for job in run.manifest["jobs"]] == ["one", "baselines"]
    assert "encode_s" not in run.manifest["phases"]


def test_a_plan_says_which_jobs_are_encoded_in_parts(desk: Desk, command: Command) -> None:
    desk.suite(SUITE)
    said = command("plan", "suite.yaml", "--workers", "2").out
    assert re.search(r"^job one: 6 cells, .*, encoded in 2 parts$", said, re.M)
    found = re.search(r"^about ([\d.]+) min on 2 workers of 1 threads each, of ([\d.]+) min of work$", said, re.M)
    assert found, said
    together, work = map(float, found.groups())
    assert together < 0.9 * work  # with one job it would be all of it
    assert "parts" not in command("plan", "suite.yaml").out


def test_room_is_what_limit_disk_and_rights_leave(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert storing.fits(Stored(10, 2**20))
    assert not storing.fits(Stored(10, 6 * 2**30))
    monkeypatch.setattr("harness.core.disk.room", lambda folder: 2**10)
    assert not storing.fits(Stored(10, 2**20))
