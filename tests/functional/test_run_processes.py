"""The real command in processes of its own: interrupted, killed, and more than one at a time."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import psutil
import pytest

from harness.core.errors import RunFolderError
from harness.results import Run
from tests.fakes import forked
from tests.fakes.desk import SUITE, Desk, results, scores, tables

pytestmark = pytest.mark.processes

TWO = SUITE.replace("encoders: [", "encoders: [{name: two, checkpoint: ./two}, ")
N_CELLS = 4 * 6


@pytest.fixture(scope="module")
def whole(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Desk(_made).run(TWO, out=str(tmp_path_factory.mktemp("whole")), cache=False)


def wait_for(condition: Callable[[], bool], within_s: float = 90) -> None:
    ends = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


def n_lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def family(session: int) -> list[psutil.Process]:
    """All processes of a session: the command, and whatever it started."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_interrupted_then_killed_then_resumed(desk: Desk, whole: Run) -> None:
    """Ctrl-C ends at once with a report of what there is; `kill -9` leaves nothing running; both lose no cell."""
    desk.suite(TWO)
    lines = desk.path / "run" / "cells.jsonl"

    process = desk.start("run", "suite.yaml", "-o", "run")
    wait_for(lambda: n_lines(lines) >= 1)
    assert len(family(process.pid)) >= 3  # the command, the server that jobs are forked from, a job
    os.killpg(process.pid, signal.SIGINT)
    code, out, err = finish(process)
    assert code == 130
    assert "interrupted: finished cells are kept, run the same command again to go on" in err
    assert "Traceback" not in err
    assert "This run is not finished." in out
    wait_for(lambda: family(process.pid) == [], within_s=10)
    part = Run(desk.path / "run")
    n_first = len(part.finished())
    assert not part.manifest["complete"]
    assert 1 <= n_first < N_CELLS
    assert "This run is not finished" in (part.path / "index.html").read_text(encoding="utf-8")

    process = desk.start("run", "suite.yaml", "-o", "run")
    wait_for(lambda: n_lines(lines) > n_first)
    os.kill(process.pid, signal.SIGKILL)
    assert finish(process)[0] == -signal.SIGKILL
    wait_for(lambda: family(process.pid) == [], within_s=10)
    assert len(Run(desk.path / "run").finished()) > n_first

    run = desk.run(TWO)
    assert run.manifest["complete"]
    assert n_lines(lines) == N_CELLS
    assert scores(run) == pytest.approx(scores(whole), abs=1e-6)
    assert results(run) == results(whole)
    assert tables(run) == tables(whole)


def test_two_runs_at_once(desk: Desk) -> None:
    """Two folders share the vector cache, and both are right; a third run into the folder of one is refused."""
    whole = desk.run(out="whole", cache=False)
    first = desk.start("run", "suite.yaml", "-o", "a")
    second = forked.start(desk, "run", "suite.yaml", "-o", "b")
    wait_for(lambda: (desk.path / "a" / "run.json").exists())
    with pytest.raises(RunFolderError, match="a: another run is writing to this folder"):
        desk.run(out="a")
    for (code, out, err), name in ((finish(first), "a"), (astuple(second.end()), "b")):
        assert code == 0
        told = [re.sub(r"^\[\d+/\d+\] ", "", line) for line in err.splitlines()]
        assert [line for line in told if not line.startswith(("suite ", "one: ", "two: ", "baselines: "))] == []
        assert out.splitlines()[-1] == f"page: {name}/index.html"
        run = Run(desk.path / name)
        assert scores(run) == pytest.approx(scores(whole), abs=1e-6)
        assert tables(run) == tables(whole)
    assert not list((desk.path.parent / "cache").glob("*corrupt*"))
