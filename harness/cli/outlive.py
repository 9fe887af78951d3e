"""A process that outlives the one that leads a run on a cluster: Ray ends that one when the cluster is gone."""

import os
import signal
import sys
import threading


def led() -> int | None:
    """Go on in a child, where this gives None; here wait for its end, and give its exit code, below 0 for a signal.

    A library in C++ that loses its cluster ends its process without a word to Python, so somebody else has to tell. The
    child decides on Ctrl-C, and ends with this process. Without fork there is no child: None.
    """
    if not hasattr(os, "fork"):
        return None
    sys.stdout.flush()
    sys.stderr.flush()
    heard, held = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(held)
        threading.Thread(target=_end_with_parent, args=(heard,), daemon=True).start()
        return None
    os.close(heard)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(held)
        signal.signal(signal.SIGINT, before)


def _end_with_parent(heard: int) -> None:
    os.read(heard, 1)  # nobody writes: it ends when the other process does
    os._exit(1)
