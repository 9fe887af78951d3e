"""Writing a run folder. Only the parent process of a run does so, and only while it holds the lock."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from harness.core import disk
from harness.core.data import Example, Negatives
from harness.core.errors import RunFolderError
from harness.core.files import whole_file
from harness.core.shapes import read
from harness.results.checked import checked
from harness.results.outcomes import OutcomeWriter

#: The file of items to look at, which holds texts.
EXAMPLES = "examples.jsonl"


def above(key: str) -> str:
    """What a line of that file is of that tells what stands above the answers of a cell's queries."""
    return f"{key} above"


class RunFolder:
    """`run.json`, `cells.jsonl`, `outcomes/`, `examples.jsonl`, `timings.jsonl` of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator["RunFolder"]:
        """Hold the folder for one run, mend what an earlier one left cut. RunFolderError while another holds it."""
        lock = FileLock(self.path / ".lock")
        try:
            (self.path / "outcomes").mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            raise RunFolderError(
                f"{self.path}: another run is writing to this folder. Wait for it, or name another folder with -o."
            ) from None
        except OSError as error:
            raise RunFolderError(
                f"{self.path}: cannot be made a run folder ({error.strerror}). Name another with -o."
            ) from None
        try:
            for name in ("cells.jsonl", "builds.jsonl", "timings.jsonl", "comparisons.jsonl", EXAMPLES):
                _cut_torn_line(self.path / name)
            yield self
        finally:
            lock.release()

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace run.json in one step."""
        whole_file(self.path / "run.json", f"{json.dumps(manifest, indent=1, ensure_ascii=False)}\n")

    def append_cell(self, line: Mapping[str, Any]) -> None:
        """Add one finished or failed cell, synced."""
        _append(self.path / "cells.jsonl", line)

    def append_examples(self, key: str, examples: Sequence[Example]) -> None:
        """Add what is to be looked at of one cell, synced."""
        _append(self.path / EXAMPLES, checked(key, json.dumps(list(map(vars, examples)), ensure_ascii=False)))

    def append_negatives(self, key: str, negatives: Negatives) -> None:
        """Add what stands above the answers of a cell's queries, synced."""
        _append(self.path / EXAMPLES, checked(above(key), json.dumps(asdict(negatives), ensure_ascii=False)))

    def forget_examples(self) -> None:
        """Take away what earlier runs left there."""
        (self.path / EXAMPLES).unlink(missing_ok=True)

    def append_build(self, line: Mapping[str, Any]) -> None:
        """Add one built checkpoint, or one that could not be built, synced."""
        _append(self.path / "builds.jsonl", line)

    def append_timing(self, line: Mapping[str, Any]) -> None:
        """Add one timing, synced."""
        _append(self.path / "timings.jsonl", line)

    def outcome_writer(self) -> OutcomeWriter:
        """A writer for the outcomes of a run."""
        return OutcomeWriter(self.path / "outcomes")


def _append(path: Path, line: Mapping[str, Any]) -> None:
    data = f"{json.dumps(line, ensure_ascii=False, allow_nan=False, default=vars)}\n".encode()
    with disk.writing(path, len(data)), path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _cut_torn_line(path: Path) -> None:
    """Drop a last line that a kill cut short, so that the next append starts on its own line."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        os.truncate(path, len(whole))


def read_lines(path: Path, shape: Any = dict) -> list[Any]:
    """What its shape makes of each line of a file; lines that are no mappings are left out, as what a kill cut short.

    RunFolderError for a mapping that is not of its shape.
    """
    lines = []
    for number, raw in enumerate(_bytes(path).split(b"\n"), 1):
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if not isinstance(line, dict):
            continue
        try:
            lines.append(read(shape, line))
        except ValueError as error:
            advice = "Take the line out and run the suite again: what it tells is done anew."
            raise RunFolderError(f"{path}, line {number}: {error}. {advice}") from None
    return lines


def _bytes(path: Path) -> bytes:
    """What is in a file; nothing where there is none. RunFolderError where it cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read ({error.strerror}).") from None
