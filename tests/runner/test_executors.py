"""Executors: a generator's events come through, and however a job ends, the others go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.core.events import JobDone, JobFailed, Phase
from harness.results.environment import n_cores
from harness.runner import executors
from tests.fakes.steps import BAD_DATA, HERE, Alone, steps

PROCESSES = pytest.param(executors.processes, marks=pytest.mark.processes)
BOTH = pytest.mark.parametrize("executor", [executors.inline, PROCESSES])


def events(executor: Callable[..., Any], *jobs: tuple[Any, ...]) -> list[list[Any]]:
    """Events by job, without the one that says that all went well."""
    told = list(executor(steps, jobs, [HERE]))
    return [[e for job, e in told if job is one and not isinstance(e, JobDone)] for one in jobs]


@BOTH
def test_events_come_in_order_with_their_job(executor: Callable[..., Any]) -> None:
    first, second = events(executor, ("a", "b"), ("c",))
    assert first == [Phase("a"), Phase("b")]
    assert second == [Phase("c")]


@BOTH
@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (BAD_DATA, "bad-data", "a.csv, row 3: 2 fields; expected 3."),
        (MemoryError(), "out-of-memory", "MemoryError: "),
        (FileNotFoundError(2, "No such file", "x"), "missing-file", "FileNotFoundError: [Errno 2] No such file: 'x'"),
        (ZeroDivisionError("a bug"), "bug", "ZeroDivisionError: a bug"),
    ],
)
def test_an_error_ends_its_job_alone(executor: Callable[..., Any], error: Exception, reason: str, message: str) -> None:
    """What the user can mend is told without a traceback, the rest with it."""
    (*begun, failure), after = events(executor, ("a", ("raise", error), "b"), ("c",))
    assert begun == [Phase("a"), Phase("raising")]
    assert (failure.reason, failure.message) == (reason, message)
    assert ("Traceback" in failure.traceback) == (error is not BAD_DATA)
    assert after == [Phase("c")]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("step", "message"),
    [
        (("kill", signal.SIGKILL), "the job's process was ended by SIGKILL. The system may have run out of memory."),
        (("kill", signal.SIGSEGV), "the job's process was ended by SIGSEGV."),
        (("exit", 7), "the job's process ended with exit code 7."),
        (("exit", 0), "the job's process ended with exit code 0."),
    ],
)
def test_a_process_that_ends_before_its_job_is_told(step: Any, message: str) -> None:
    (*begun, failure), after = events(executors.processes, ("a", step, "b"), ("c",))
    assert len(begun) == 2
    assert failure == JobFailed("killed", message)
    assert after == [Phase("c")]


@pytest.mark.processes
def test_a_process_killed_in_the_middle_of_a_message_is_told() -> None:
    """The message is too large for the pipe, and nobody reads while its sender dies."""
    job = ("a", ("huge", 50_000_000))
    running = executors.processes(steps, [job, ("c",)], [HERE])
    assert next(running)[1] == Phase("a")
    time.sleep(1.2)
    failure, after, done = (event for _, event in running)
    message = "the job's process was ended by SIGKILL. The system may have run out of memory."
    assert (failure, after) == (JobFailed("killed", message), Phase("c"))
    assert isinstance(done, JobDone)


def gone(pid: int, within_s: float = 10.0) -> bool:
    """Whether this process ends in time."""
    try:
        psutil.Process(pid).wait(within_s)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.mark.processes
def test_closing_the_executor_ends_the_process(tmp_path: Path) -> None:
    """Whatever interrupts the parent, the job does not work on behind its back."""
    file = tmp_path / "pid"
    running = executors.processes(steps, [(("pid", str(file)), ("work", 40))], [HERE])
    next(running)
    started = time.monotonic()
    running.close()
    assert time.monotonic() - started < 10
    assert gone(int(file.read_text()), within_s=0.1)


SCRIPT = """
import os, signal, sys
from harness.core.events import Phase
from harness.runner import executors
from tests.fakes.steps import HERE, steps

print("main", file=sys.stderr)
for _, event in executors.processes(steps, [("a",), (("pid", sys.argv[1]), ("work", 40))], [HERE]):
    if event == Phase("noted"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.processes
def test_a_job_ends_with_the_script_that_began_it(tmp_path: Path) -> None:
    """A parent that is killed cannot end its children: they notice.

    And they do not run its script again, though it has no `if __name__ == "__main__"`.
    """
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "script.py", str(tmp_path / "pid")]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""}
    with (tmp_path / "said").open("w") as said:  # a pipe would be waited for until the job has closed it, too
        done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=said, stderr=said, check=False)
    assert (tmp_path / "said").read_text() == "main\n"
    assert done.returncode == -signal.SIGKILL
    assert gone(int((tmp_path / "pid").read_text()), within_s=25)  # of the 40 that it would work; machines are busy


@pytest.mark.processes
def test_workers_run_at_once_and_one_that_is_killed_costs_its_own_job(tmp_path: Path) -> None:
    """Each waits for the file that the other writes, so neither would end alone; the third takes a free place."""
    one, other = (str(tmp_path / name) for name in ("one", "other"))
    jobs = [(("write", one), ("await", other), ("kill", signal.SIGKILL)), (("write", other), ("await", one)), ("c",)]
    told = list(executors.processes(steps, jobs, [HERE, HERE]))
    ends = {jobs.index(job): type(event) for job, event in told if isinstance(event, (JobDone, JobFailed))}
    assert ends == {0: JobFailed, 1: JobDone, 2: JobDone}


@pytest.mark.processes
def test_what_is_to_be_alone_is(tmp_path: Path) -> None:
    """And has all the threads of the machine."""
    alone = [Alone((("pid", str(tmp_path / "a")),)), Alone((("pid", str(tmp_path / "b")),))]
    told = list(executors.processes(steps, alone, [HERE, HERE]))
    assert [job for job, _ in told] == [alone[0], alone[0], alone[1], alone[1]]
    assert {e.threads for _, e in told if isinstance(e, JobDone)} == {n_cores()}


@pytest.mark.processes
def test_the_server_has_imported_what_jobs_are_made_of() -> None:
    """Each job would import it again: 40 ms of its 60 were that."""
    script = """
import sys
from harness.runner import preload
there = set(sys.modules)
from harness.runner.build import build
from harness.runner.job import measure
from harness.runner.timing import time_
print(sorted(set(sys.modules) - there))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
