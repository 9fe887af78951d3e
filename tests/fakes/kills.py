"""A run in a process that is killed at a chosen moment, as `kill -9` or a power cut would."""

import importlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

from harness.runner import executors
from tests.fakes import forked
from tests.fakes.desk import Desk


def run_and_be_killed(desk: Desk, suite: str, where: str, call: int, how: str = "before") -> int | None:
    """Run a suite of this desk until the `call`-th call of `where` (`module:attribute`); the exit code.

    `how`: die before the call, or in the middle of what it writes.
    """
    environment = {name: value for name, value in os.environ.items() if name.startswith("HARNESS_")}
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    process: BaseProcess = forked.context().Process(
        target=_run, args=(desk.path, environment, cores, suite, where, call, how)
    )
    process.start()
    process.join()
    return process.exitcode


def _run(
    folder: Path, environment: dict[str, str], cores: set[int] | None, suite: str, where: str, call: int, how: str
) -> None:
    os.chdir(folder)
    if cores is not None:  # timings know them, and the server may have been started with others
        os.sched_setaffinity(0, cores)
    os.environ.update(environment)
    with _killing(where, call, how):
        Desk(folder).run(suite, executor=executors.inline)


@contextmanager
def _killing(where: str, call: int, how: str) -> Iterator[None]:
    module, _, attribute = where.partition(":")
    target: Any = importlib.import_module(module)
    *parents, name = attribute.split(".")
    for parent in parents:
        target = getattr(target, parent)
    real = getattr(target, name)
    n_calls = 0

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        nonlocal n_calls
        n_calls += 1
        if n_calls == call:
            _HOW[how](*args)
        return real(*args, **kwargs)

    with mock.patch.object(target, name, stand_in):
        yield


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_in_a_line(folder: Any, *_: Any) -> None:
    """Half of a line of cells.jsonl."""
    with (folder.path / "cells.jsonl").open("a") as file:
        file.write('{"key": "0123456789abcdef", "status": "do')
    _die()


def _die_in_a_copy(source: Any, target: Any) -> None:
    """Half of a fetched file."""
    data = Path(source).read_bytes()
    Path(target).write_bytes(data[: len(data) // 2])
    _die()


_HOW: dict[str, Callable[..., None]] = {
    "before": _die,
    "in a line": _die_in_a_line,
    "in a copy": _die_in_a_copy,
}
