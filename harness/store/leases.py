"""Which runs are at work on a store: what they have written or read is not evicted."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: A file's time may lie a tick of the system's clock behind the time of day.
_TICK_NS = 20_000_000


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """While the block lasts, and in any process, nothing is evicted that was used since it began.

    Where the store cannot be written to there is nothing to hold, and nothing that could go.
    """
    from filelock import FileLock

    lock = FileLock(folder / f"{now()}-{os.getpid()}.run")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink()


def now() -> int:
    """Nanoseconds, such that whatever is used from now on has a later time."""
    return time.time_ns() - _TICK_NS


def since(folder: Path, own: int) -> int:
    """When the first of the runs at work began, or `own`; those that were killed are forgotten."""
    from filelock import FileLock, Timeout

    first = own
    for file in folder.glob("*.run"):
        try:
            with FileLock(file, timeout=0):
                file.unlink()
        except Timeout:
            first = min(first, int(file.name.split("-")[0]))
        except OSError:
            continue
    return first
