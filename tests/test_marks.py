"""Marks of tests: what starts a process says so."""

import multiprocessing
import subprocess
import sys

import pytest

NOTHING = [sys.executable, "-c", ""]


def test_a_process_is_refused_without_the_mark() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"is marked with @pytest\.mark\.processes"):
        subprocess.run(NOTHING, check=True)
    with pytest.raises(pytest.fail.Exception, match=r"is marked with @pytest\.mark\.processes"):
        multiprocessing.get_context("spawn").Process(target=int).start()


@pytest.mark.processes
def test_a_process_is_started_with_the_mark() -> None:
    assert subprocess.run(NOTHING, check=True).returncode == 0
    process = multiprocessing.get_context("spawn").Process(target=int)
    process.start()
    process.join()
    assert process.exitcode == 0
