"""Jobs for the executors: generators of events, and of what may happen to a process meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.core.errors import DataError
from harness.core.events import Phase
from harness.runner.checkpoints import Stores
from harness.runner.place import Place


def steps(job: tuple[Any, ...], place: Place) -> Iterator[Any]:
    """What a job names, one after the other: a text is an event, a pair is done."""
    for step in job:
        if isinstance(step, str):
            yield Phase(step)
        else:
            name, argument = step
            yield from _DO[name](argument)


def _raise(error: Exception) -> Iterator[Any]:
    yield Phase("raising")
    raise error


def _kill(number: int) -> Iterator[Any]:
    yield Phase("killing")
    os.kill(os.getpid(), number)


def _exit(code: int) -> Iterator[Any]:
    yield Phase("leaving")
    os._exit(code)


def _huge_then_die(n_bytes: int) -> Iterator[Any]:
    """An event larger than any pipe holds, and death while it is on its way."""
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
    yield Phase("x" * n_bytes)


def _note_pid(file: str) -> Iterator[Any]:
    Path(file).write_text(str(os.getpid()))
    yield Phase("noted")


def _work(seconds: float) -> Iterator[Any]:
    time.sleep(seconds)
    yield Phase("worked")


def _write(file: str) -> Iterator[Any]:
    Path(file).touch()
    yield Phase("written")


def _await(file: str) -> Iterator[Any]:
    for _ in range(3000):
        if Path(file).exists():
            break
        time.sleep(0.01)
    else:
        raise DataError(f"{file} did not come")
    yield Phase("there")


class Alone(tuple[Any, ...]):
    """A job that runs while no other does."""

    __slots__ = ()
    is_alone = True


_DO: dict[str, Callable[[Any], Iterator[Any]]] = {
    "raise": _raise,
    "kill": _kill,
    "exit": _exit,
    "huge": _huge_then_die,
    "pid": _note_pid,
    "work": _work,
    "write": _write,
    "await": _await,
}
#: Where they run, which none of them asks for.
HERE = Place("cpu", 1, Stores(None, Path()))
BAD_DATA = DataError("a.csv, row 3: 2 fields; expected 3.")
