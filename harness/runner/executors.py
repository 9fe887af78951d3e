"""Executors: `(function, jobs, places) -> Iterator[(job, event)]`; `function(job, place)` is a generator of events.

`processes` runs each job in a child, so that a crash or the out-of-memory killer costs only what the job had not
finished. `inline` runs in this process: for a debugger, and for tests. Events of several jobs may come interleaved; the
last of each is a JobDone or a JobFailed. Jobs handed over together wait for none of the others.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any, Generic, TypeVar

from harness.core.errors import HarnessError, message_of, reason_of
from harness.core.events import Event, JobDone, JobFailed
from harness.runner.place import Place, machine_kind, shared

Job = TypeVar("Job")
Function = Callable[[Any, Place], Iterator[Event]]
_WAIT, _PARENT = "OMP_WAIT_POLICY", "HARNESS_PARENT"
_PRELOAD = ("harness.runner.preload",)


def inline(
    function: Function, jobs: Iterable[Job], places: Sequence[Place]
) -> Generator[tuple[Job, Event], None, None]:
    """One job after the other in this process, at the first place."""
    jobs = list(jobs)
    for job in jobs:
        for event in told(function, job, shared(jobs, places)[0]):
            yield job, event


def processes(
    function: Function, jobs: Iterable[Job], places: Sequence[Place]
) -> Generator[tuple[Job, Event], None, None]:
    """One job at a time at each place, each in a child that ends with this process."""
    waiting = deque(jobs)
    free, running = deque(shared(waiting, places)), dict[Any, _Child[Job]]()
    try:
        while waiting or running:
            while waiting and free:
                child = _Child(function, waiting.popleft(), free.popleft())
                running[child.receiver] = child
            for receiver in wait(list(running)):
                child = running[receiver]
                event = child.next()
                if event is None:
                    free.append(running.pop(child.receiver).place)
                else:
                    yield child.job, event
    finally:
        for child in running.values():
            child.end()


def in_child(function: Function, job: Any, place: Place) -> Iterator[Event]:
    """One job in a child that ends with this process, or with this loop."""
    child = _Child(function, job, place)
    try:
        while (event := child.next()) is not None:
            yield event
    finally:
        child.end()


def told(function: Function, job: Any, place: Place) -> Iterator[Event]:
    """The events of a job, and at last how it ended."""
    started = time.perf_counter()
    try:
        yield from function(job, place)
    except Exception as error:  # the job boundary: told as an event, the other jobs go on
        yield _failure(error)
    else:
        yield JobDone(round(time.perf_counter() - started, 3), place.device, place.n_threads, machine_kind())


class _Child(Generic[Job]):
    """A job in a process of its own."""

    def __init__(self, function: Function, job: Job, place: Place) -> None:
        self.job, self.place = job, place
        self._last: Event | None = None
        starts = context()
        self.receiver, sender = starts.Pipe(duplex=False)
        self._process = starts.Process(target=_child, args=(sender, function, job, place), daemon=True)
        with _without_main():
            self._process.start()
        sender.close()

    def next(self) -> Event | None:
        """The next event; a failure where the process ended without a last one; None once it has ended."""
        if not isinstance(self._last, (JobDone, JobFailed)):
            try:
                self._last = self.receiver.recv()
            except (EOFError, OSError):  # OSError: killed in the middle of a message
                self._process.join()
                self._last = _killed(self._process.exitcode)
            return self._last
        self._process.join()
        self.end()
        return None

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self.receiver.close()


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


def _child(sender: "Connection[Any, Any]", function: Function, job: Any, place: Place) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides; it kills its children
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(BrokenPipeError):
        for event in told(function, job, place):
            sender.send(event)
    sender.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _failure(error: Exception) -> JobFailed:
    trace = "" if isinstance(error, HarnessError) else traceback.format_exc()
    return JobFailed(reason_of(error), message_of(error), trace)
