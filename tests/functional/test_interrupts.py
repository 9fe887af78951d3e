"""Ctrl-C and signals at any moment: one sentence, no traceback, and no process is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.core import interrupts
from tests.fakes.desk import SUITE, Desk

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]


def alive(pids: list[int]) -> list[int]:
    """Those of these processes that still run."""
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            continue
    return found


def family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def interrupted(said: str) -> bool:
    return "Traceback" not in said and "Exception ignored" not in said and said.count("interrupted") == 1


@pytest.mark.parametrize("seconds", [0.3, 1.2, 2.5])
@pytest.mark.parametrize("pauses", [(), (0.0,), (0.3,)], ids=["once", "twice", "twice slowly"])
def test_ctrl_c_while_it_starts_and_plans(desk: Desk, seconds: float, pauses: tuple[float, ...]) -> None:
    """As a terminal sends it: to every process of the group."""
    desk.suite(SUITE)
    process = desk.start("run", "suite.yaml", "-o", "run")
    time.sleep(seconds)
    for pause in (None, *pauses):
        time.sleep(pause or 0)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert interrupted(out + err), err


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("seconds", [1.5, 4.0])
def test_no_process_outlives_a_run_by_more_than_seconds(desk: Desk, how: signal.Signals, seconds: float) -> None:
    """Neither a job nor the server that jobs are forked from, which takes seconds to import what they need."""
    desk.suite(SUITE.replace("modes: [probe]", "modes: [{name: tuned, mode: finetune, epochs: 50}]"))
    process = desk.start("run", "suite.yaml", "-o", "run", "--no-cache")
    time.sleep(seconds)
    pids = family(process.pid)
    process.send_signal(how)
    process.wait(10)
    deadline = time.monotonic() + 5
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.communicate()
    assert alive(pids) == []


SCRIPT = """
import os, signal, sys
from harness.core import interrupts
interrupts.watch()
{body}
"""


def run(body: str) -> subprocess.CompletedProcess[str]:
    code = SCRIPT.format(body=body)
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_an_interrupt_that_python_can_raise_to_nobody_ends_the_program() -> None:
    """In a destructor it would be printed as ignored, and the program would go on."""
    done = run("class A:\n    def __del__(self): os.kill(os.getpid(), signal.SIGINT)\nA()\nprint('on')")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_the_second_interrupt_ends_it_where_it_is() -> None:
    body = "try:\n    os.kill(os.getpid(), 2)\nexcept KeyboardInterrupt:\n    interrupts.tell('so be it')\n"
    done = run(body + "print('kept', end='')\nos.kill(os.getpid(), 2)\nprint('on')")
    assert (done.returncode, done.stdout, done.stderr) == (130, "kept", "so be it\n")


def test_a_second_interrupt_while_the_first_is_noted_does_not_hang() -> None:
    body = """
class Noted(set):
    n = 0
    def add(self, what):
        Noted.n += 1
        if Noted.n == 1:
            os.kill(os.getpid(), 2)
        super().add(what)
interrupts._seen = Noted()
try:
    os.kill(os.getpid(), 2)
except KeyboardInterrupt:
    print('heard', end='')
"""
    done = run(body)
    assert (done.returncode, done.stdout) == (0, "heard")


def test_where_ctrl_c_is_ignored_it_stays_ignored() -> None:
    done = run("signal.signal(2, signal.SIG_IGN); interrupts.watch(); os.kill(os.getpid(), 2); print('on', end='')")
    assert (done.returncode, done.stdout) == (0, "on")


def test_what_a_library_makes_of_an_interrupt_is_one() -> None:
    """Imports of C extensions turn it into errors of their own."""
    body = """
import harness.api, harness.__main__
def plan(*_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("numpy failed to load")
harness.api.suite = plan
sys.argv = ["harness", "plan", "x.yaml"]
harness.__main__.main()
"""
    done = run(body)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
    assert not interrupts.asked()
