"""A thread that writes, so that who computes does not wait for the disk."""

import queue
import threading
from collections.abc import Callable
from typing import Any

#: How much waits to be written at most; whoever has more waits.
_MOST = 4


class Writing:
    """Calls `write` with one thing after the other in a thread of its own, which begins with the first.

    An error that it raises is raised by the next call here, once; what came after it is not written.
    """

    def __init__(self, write: Callable[[Any], None]) -> None:
        self._write = write
        self._waiting: queue.Queue[Any] = queue.Queue(_MOST)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def put(self, what: Any) -> None:
        """Have this written."""
        self._complain()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="vectors", daemon=True)
            self._thread.start()
        self._waiting.put(what)

    def flush(self) -> None:
        """Wait until all is written."""
        if self._thread is not None:
            self._waiting.join()
        self._complain()

    def close(self) -> None:
        """Write what waits, and end the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self._complain()

    def _complain(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _work(self) -> None:
        failed = False
        while (what := self._waiting.get()) is not None:
            try:
                if not failed:
                    self._write(what)
            except BaseException as error:  # raised where the next thing is put
                self._error, failed = error, True
            self._waiting.task_done()
        self._waiting.task_done()
