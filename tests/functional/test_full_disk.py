"""A disk that takes no more: which file, why, and the same command goes on afterwards."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.core import disk
from harness.core.errors import HarnessError
from harness.results.folder import RunFolder
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, Watched, scores


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "No space left on device; 2.0 MB to write, .* free). Free space on that disk, or name another"),
        (errno.EDQUOT, "Disk quota exceeded; .* Free space on that disk"),
        (errno.EROFS, "Read-only file system; .* Make it writable, or name another folder with -o."),
        (errno.EACCES, "Permission denied; .* Make it writable"),
        (errno.EFBIG, "File too large; .* Raise the largest size of a file .ulimit -f."),
        (errno.EMFILE, "Too many open files; .* Raise the number of open files .ulimit -n."),
        (errno.EIO, "Input/output error; .* The disk may be failing"),
    ],
)
def test_what_the_system_refuses_is_told_with_what_to_do(tmp_path: Path, number: int, said: str) -> None:
    file = tmp_path / "not yet" / "cells.jsonl"
    with pytest.raises(HarnessError) as told, disk.writing(file, 2_000_000):
        raise OSError(number, os.strerror(number))
    text = str(told.value)
    assert text.startswith(f"{file}: cannot be written (")
    assert re.search(said.replace("free).", "free\\)."), text)
    assert text.endswith("The same command goes on afterwards: what is finished is kept.")


def test_other_errors_are_left_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk.writing(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "gone")


def test_what_is_to_be_written_is_told_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million letters of two bytes each."""
    letters = "ф" * 1_000_000

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(Path, "replace", full)
    folder = RunFolder(tmp_path)
    for write in (folder.append_cell, folder.append_build, folder.write_manifest):
        with pytest.raises(HarnessError, match=r"No space left on device; 2\.0 MB to write, "):
            write({"name": letters})


@pytest.mark.parametrize("call", [3, 10, 25])
def test_a_run_on_a_full_disk_says_which_file_and_goes_on(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """Whatever write it is; nothing that was finished is computed again."""
    whole = scores(desk.run(out="whole"))
    real, n_calls = os.fsync, 0

    def fsync(number: int) -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls >= call:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fsync)
        with pytest.raises(HarnessError, match=r"(jsonl|outcomes): cannot be written \(No space left on device; "):
            desk.run()
    watched = Watched()
    assert scores(desk.run(watch=watched)) == whole
    assert len(watched.cells) <= len(whole) - (call - 1) // 3  # of a cell: outcomes, texts for the page, its line


@pytest.mark.processes
def test_a_limit_on_the_size_of_files_is_told(desk: Desk) -> None:
    """As `ulimit -f` sets it."""
    desk.suite(SUITE.replace("domain: shop", "domain: shop, language: en"))  # guessing it writes a larger file
    script = "ulimit -f 8; exec " + " ".join(
        [sys.executable, "-m", "harness", "run", "suite.yaml", "-o", "run", "--no-cache"]
    )
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        ["bash", "-c", script], cwd=desk.path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert re.search(
        r"error: run/\S+: cannot be written \(File too large; .* Raise the largest size of a file", done.stderr
    )
    assert "Traceback" not in done.stderr
