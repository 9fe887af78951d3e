"""Killed at any moment, a run goes on where it was and ends with the same tables."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from harness.core.events import CellDone, Timing
from harness.results import Run, Stored
from harness.results.folder import read_lines
from harness.tasks import pool, sources
from tests.fakes.desk import SUITE, Desk, Watched, results, scores, tables
from tests.fakes.kills import run_and_be_killed

TIMED = SUITE.replace("latency: false", "latency: {replicates: 2, requests: 10}").replace(
    "keyboard, domain: {test: [barber]}, rare-words", "keyboard"
)

pytestmark = pytest.mark.processes
N_LINES = 2 * 2 * 2 + 2  # two subjects, two replicates, two timed scenarios; memory once each


@pytest.fixture(scope="module")
def whole(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same suite, never killed, in another folder."""
    return Desk(_made).run(out=str(tmp_path_factory.mktemp("whole")), cache=False)


#: Where: the function and its call at which the process dies, how, and what is finished by then.
MOMENTS = {
    "reading the data": ("harness.tasks.sources.files:file_hash", 1, "before", 0),
    "making the plan": ("harness.results.folder:RunFolder.write_manifest", 1, "before", 0),
    "encoding": ("harness.encoders.torch_encoder:TorchEncoder.hidden_states", 2, "before", 0),
    "storing vectors": ("harness.store.cache:VectorCache.put", 1, "before", 0),
    "fitting": ("harness.modes.folds:Fold.begin", 20, "before", 2),
    "appending outcomes": ("harness.results.outcomes:OutcomeWriter.append", 4, "before", 3),
    "between outcomes and their line": ("harness.results.folder:RunFolder.append_cell", 4, "before", 3),
    "appending a line": ("harness.results.folder:RunFolder.append_cell", 9, "in a line", 8),
    "amid the bytes of outcomes": ("harness.results.outcomes:OutcomeWriter._put", 8, "before", 3),
    "ending": ("harness.results.folder:RunFolder.write_manifest", 2, "before", 18),
    "reporting": ("harness.report.html:render", 1, "before", 18),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_is_resumed_to_the_same_tables(desk: Desk, whole: Run, moment: str) -> None:
    """What was finished is not computed again, and no half of anything is left."""
    where, call, how, n_finished = MOMENTS[moment]
    assert run_and_be_killed(desk, SUITE, where, call, how) == -signal.SIGKILL
    watched = Watched()
    run = desk.run(watch=watched)
    assert len(watched.of(CellDone)) == len(whole.cells) - n_finished
    assert run.manifest["complete"]
    assert scores(run) == pytest.approx(scores(whole), abs=1e-6)
    assert results(run) == results(whole)
    assert tables(run) == tables(whole)
    assert len(read_lines(run.path / "cells.jsonl")) == len(whole.cells)
    left = [p.name for p in run.path.rglob("*") if p.suffix == ".part"]
    assert left == []


def test_a_killed_run_is_readable_before_it_is_resumed(desk: Desk) -> None:
    """The report says that it is not finished, and shows what there is."""
    from harness import api

    run_and_be_killed(desk, SUITE, "harness.results.folder:RunFolder.append_cell", 9, "in a line")
    api.write_report(desk.path / "run")
    text = (desk.path / "run" / "report.md").read_text(encoding="utf-8")
    assert "This run is not finished. Of 18 planned cells: 8 done" in text
    assert len(api.load(desk.path / "run").dropna(subset="value")) == 8


def test_timings_that_were_taken_are_kept(desk: Desk) -> None:
    """A resumed run takes those that are missing, and none twice."""
    killed = run_and_be_killed(desk, TIMED, "harness.results.folder:RunFolder.append_timing", 6)
    assert killed == -signal.SIGKILL
    before = Stored(desk.path / "run").all_timings
    watched = Watched()
    run = desk.run(TIMED, watch=watched)
    assert watched.of(CellDone) == []
    assert len(before) == 5
    assert run.timings[: len(before)] == before
    assert len(watched.of(Timing)) == N_LINES - len(before)
    assert max(Counter(line.key for line in run.timings).values()) == 1
    assert len(run.timings) == N_LINES


FETCHING = """
name: fetching
tasks: [vader-sentiment/movies]
max_samples: {train: 60, test: 40}
baselines: [majority]
latency: false
device: cpu
"""


@pytest.fixture(scope="session")
def archive() -> Path:
    """The archive of a packaged task, from the cache that all tests share."""
    from harness import assets

    return assets.path("vader-sentiment")


@pytest.mark.assets
def test_a_fetch_that_was_killed_is_begun_again(archive: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of an archive is never taken for the whole."""
    cache = desk.path.parent / "cache" / "assets"
    cache.unlink()  # not those of all tests
    monkeypatch.setenv("HARNESS_ASSETS", str(archive.parent))
    assert run_and_be_killed(desk, FETCHING, "shutil:copyfile", 1, "in a copy") == -signal.SIGKILL
    (half,) = (p for p in cache.rglob("*") if p.name == archive.name)
    assert half.parent.name.startswith(".part-")
    for kept in (sources.read, pool._pool, pool._load):  # what another test has read is fetched by nobody
        kept.cache_clear()
    run = desk.run(FETCHING)
    assert {c.status for c in run.cells} == {"done"}
    assert [p.name for p in cache.glob("*/*")] == [archive.name]
