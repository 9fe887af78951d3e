"""A run on a cluster whose driver, or whose cluster, is lost half way: the folder is of use, and the next goes on."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.results import Run
from harness.results.folder import read_lines
from tests.fakes import forked
from tests.fakes.command import Said
from tests.fakes.desk import Desk, without_times
from tests.fakes.nodes import Nodes

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

SUITE = """
name: reviews
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [keyboard, held]
latency: false
device: cpu
"""

#: A condition that waits, so that there is a half of the way; in the end the longer half of the texts.
HELD = """
import time
from pathlib import Path

import numpy as np

from harness.conditions import slice_


@slice_("held", matched_on=("label",))
def held(test):
    \"\"\"The longer half, once a file is there.\"\"\"
    while not Path("{go}").exists():
        time.sleep(0.05)
    lengths = np.array([len(text) for text in test.text])
    return lengths > np.median(lengths)
"""


@contextmanager
def nodes(folder: Path, n: int) -> Iterator[Nodes]:
    found = Nodes(folder, n)
    try:
        yield found
    finally:
        found.end()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with nodes(tmp_path_factory.mktemp("nodes"), 2) as found:
        yield found


class Held:
    """A suite of a desk that waits half way until it may `go` on."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._go = desk, desk.path / "go"
        self._plugin = desk.path / "held.py"
        self._plugin.write_text(HELD.format(go=self._go))
        desk.suite(SUITE)

    def begun(self, executor: str) -> forked.Forked:
        """A run that waits: its command once the first cells are there."""
        began, file = self._start("run", executor), self._desk.path / "run" / "cells.jsonl"
        while not (file.exists() and file.read_bytes().endswith(b"\n")):
            assert began.process.is_alive(), began.end()
            time.sleep(0.05)
        return began

    def go(self, out: str, executor: str) -> Said:
        """A run to its end."""
        self._go.touch()
        return self._start(out, executor).end()

    def _start(self, out: str, executor: str) -> forked.Forked:
        told = ("--executor", executor, "--plugin", str(self._plugin))
        return forked.start(self._desk, "run", "suite.yaml", "-o", out, *told)

    def cells(self, out: str) -> dict[str, Any]:
        """What stands of each cell, but for the clock, and for outcomes their checksums."""
        lines = [without_times(line) for line in read_lines(self._desk.path / out / "cells.jsonl")]
        for line in lines:
            line["outcomes"] = {what: place["checksum"] for what, place in line["outcomes"].items()}
        return {line["key"]: line for line in lines}


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_driver_that_is_ended_half_way_goes_on_to_the_same_cells(
    desk: Desk, two: Nodes, how: signal.Signals, code: int
) -> None:
    """Ctrl-C is for all its processes, as from a terminal; a SIGKILL takes the command, and the others notice."""
    held = Held(desk)
    began = held.begun(two.name)
    assert began.process.pid is not None
    command = psutil.Process(began.process.pid)
    family = [command, *command.children()]
    for process in family if how == signal.SIGINT else family[:1]:
        process.send_signal(how)
    said = began.end()
    psutil.wait_procs(family, timeout=30)
    half = Run(desk.path / "run")
    assert (said.code, half.manifest["complete"]) == (code, False)
    assert 0 < sum(cell.status == "done" for cell in half.cells) < len(half.cells)
    assert held.go("run", two.name).code == 0
    assert held.go("local", "local").code == 0
    assert held.cells("run") == held.cells("local")


def test_a_cluster_that_is_lost_half_way_is_told_and_gone_on_with_on_another(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its processes are killed, as where its machines are switched off."""
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "2")  # Ray waits for a minute
    held = Held(desk)
    with nodes(tmp_path / "first", 1) as lost:
        began = held.begun(lost.name)
        lost.kill_all()
        said = began.end()
    assert said.code == 3, said.err
    assert f"its cluster is gone: no cluster answers at {lost.address}" in said.err
    assert (desk.path / "run" / "index.html").exists()
    with nodes(tmp_path / "second", 1) as again:
        assert held.go("run", again.name).code == 0
    assert held.go("local", "local").code == 0
    assert held.cells("run") == held.cells("local")
