"""The process that outlives the one that leads a run on a cluster."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.cli import outlive

SCRIPT = """
import os, subprocess, sys, time
from harness.cli import outlive
with outlive.led(True) as ended:
    if ended is None:
        print(os.getpid(), flush=True)
        {child}
print("ended", repr(ended))
"""


#: Says that it is there once a Ctrl-C has somebody to be told to.
WAITS = """try:
            print("waits", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            sys.exit(130)"""


def started(child: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SCRIPT.format(child=child)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.processes
@pytest.mark.parametrize(
    ("child", "code", "is_whole"),
    [
        ("os._exit(1)", 1, False),
        ("sys.exit(1)", 1, True),
        ("raise ValueError", 1, True),
        ("os.kill(os.getpid(), 9)", -9, False),
        ("sys.exit(3)", 3, True),
        ("subprocess.Popen(['sleep', '5'], close_fds=False); os._exit(1)", 1, False),
    ],
)
def test_how_the_other_ended_is_known(child: str, code: int, is_whole: bool) -> None:
    """A process that it leaves behind, as a cluster's, is not waited for."""
    out, _ = started(child).communicate(timeout=60)
    assert out.splitlines()[1:] == [f"ended {outlive.Ended(code, is_whole)!r}"]


@pytest.mark.processes
def test_ctrl_c_is_for_the_one_that_leads() -> None:
    with started(WAITS) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "waits\n":
            pass
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == f"ended {outlive.Ended(130, is_whole=True)!r}\n"


@pytest.mark.processes
def test_the_one_that_leads_ends_with_the_command() -> None:
    process = started("time.sleep(60)")
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    process.kill()
    process.wait()
    child.wait(30)
    process.stdout.close()
