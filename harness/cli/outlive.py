"""A process that outlives the one that leads a run on a cluster: Ray ends that one when the cluster is gone."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.core.interrupts import INTERRUPTED


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, below 0 for a signal, and whether it came to the end of what it leads.

    Where it did not, a library ended it, as Ray does with 1, or somebody from outside.
    """

    code: int
    is_whole: bool

    @property
    def is_told(self) -> bool:
        """Whether it has said itself how it ended; a second Ctrl-C ends it in the middle, with a word."""
        return self.is_whole or self.code == INTERRUPTED

    def __str__(self) -> str:
        if self.code == -signal.SIGKILL:
            return "its process was killed; the system may have run out of memory"
        if self.code < 0:
            return f"its process was ended by {signal.Signals(-self.code).name}"
        return f"a library ended its process with exit code {self.code}, as Ray does where it loses its cluster"


@contextmanager
def led(in_child: bool) -> Iterator[Ended | None]:
    """Go on in a child, where this gives None; here wait for its end, and give how it ended.

    A library in C++ that loses its cluster ends its process without a word to Python, so somebody else has to tell. The
    child decides on Ctrl-C, and ends with this process. Without fork, or unless asked, there is no child: None.
    """
    if not in_child or not hasattr(os, "fork"):
        yield None
        return
    sys.stdout.flush()
    sys.stderr.flush()
    (heard, held), (told, tells) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(held)
        os.close(told)
        threading.Thread(target=_end_with_parent, args=(heard,), daemon=True).start()
        try:
            yield None
        finally:
            os.write(tells, b".")
        return
    os.close(heard)
    os.close(tells)
    try:
        yield _waited(pid, told)
    finally:
        os.close(held)
        os.close(told)


def _waited(pid: int, told: int) -> Ended:
    """How a child ended. Ctrl-C is its own to hear meanwhile."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        signal.signal(signal.SIGINT, before)
    os.set_blocking(told, False)
    return Ended(code, _is_said(told))


def _is_said(told: int) -> bool:
    """Whether something was written; processes that were begun there may still hold the other end."""
    try:
        return bool(os.read(told, 1))
    except BlockingIOError:
        return False


def _end_with_parent(heard: int) -> None:
    os.read(heard, 1)  # nobody writes: it ends when the other process does
    os._exit(1)
