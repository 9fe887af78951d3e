"""Executors: `(function, jobs) -> Iterator[(job, event)]`, where `function(job)` is a generator of events.

`processes` runs one job at a time in a child, so that a crash or the out-of-memory killer costs only what
the job had not finished. `inline` runs in this process: for a debugger, and for tests.
"""

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, TypeVar

from harness.core.errors import HarnessError, message_of, reason_of
from harness.core.events import Event, JobFailed

Job = TypeVar("Job")
Function = Callable[[Any], Iterator[Event]]
_DONE = "done"
_WAIT, _PARENT = "OMP_WAIT_POLICY", "HARNESS_PARENT"
_PRELOAD = ("harness.runner.preload",)


def inline(function: Function, jobs: Iterable[Job]) -> Generator[tuple[Job, Event], None, None]:
    """One job after the other in this process."""
    for job in jobs:
        try:
            for event in function(job):
                yield job, event
        except Exception as error:  # the job boundary: told as an event, the other jobs go on
            yield job, _failure(error)


def processes(function: Function, jobs: Iterable[Job]) -> Generator[tuple[Job, Event], None, None]:
    """One job after the other, each in a child that ends with this process."""
    starts = context()
    for job in jobs:
        receiver, sender = starts.Pipe(duplex=False)
        child = starts.Process(target=_child, args=(sender, function, job), daemon=True)
        with _without_main():
            child.start()
        sender.close()
        message = None
        try:
            with suppress(EOFError, OSError):  # OSError: killed in the middle of a message
                while (message := receiver.recv()) != _DONE:
                    yield job, message
            child.join()
            if message != _DONE:
                yield job, _killed(child.exitcode)
        finally:
            if child.is_alive():
                child.kill()
            child.join()
            receiver.close()


def context() -> Any:
    """Forked from a server with the heavy imports done (0.3 s a child); spawned where there is no fork.

    The server is started, so that it imports torch while the plan is made.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker

    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(list(_PRELOAD))
    resource_tracker.ensure_running()  # it lets Ctrl-C through again
    with _without_main(), _serving():
        forkserver.ensure_running()
    return forked


@contextmanager
def _serving() -> Iterator[None]:
    """Start processes that no Ctrl-C reaches, not even while they begin: this one decides, and ends them.

    OMP_WAIT_POLICY lets OpenMP threads sleep while they wait, unless the user says otherwise. Threads that spin lose
    their core to any other program for a whole time slice: on two busy cores a text took 200 ms that takes 15 ms with
    threads that sleep, and 8 ms on two quiet cores either way.
    """
    told = {_WAIT: os.environ.get(_WAIT, "PASSIVE"), _PARENT: str(os.getpid())}
    before = {name: os.environ[name] for name in told if name in os.environ}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]
        os.environ.update(before)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's script, which multiprocessing would run again in every child to find names that it defines."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _killed(code: int | None) -> JobFailed:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
        hint = " The system may have run out of memory." if code == -signal.SIGKILL else ""
        return JobFailed("killed", f"the job's process was ended by {name}.{hint}")
    return JobFailed("killed", f"the job's process ended with exit code {code}.")


def _child(sender: "Connection[Any, Any]", function: Function, job: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides; it kills its children
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        for event in function(job):
            sender.send(event)
    except BrokenPipeError:
        return
    except Exception as error:  # the job boundary: told as an event
        sender.send(_failure(error))
    sender.send(_DONE)
    sender.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _failure(error: Exception) -> JobFailed:
    trace = "" if isinstance(error, HarnessError) else traceback.format_exc()
    return JobFailed(reason_of(error), message_of(error), trace)
