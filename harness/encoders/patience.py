"""Work of a library that may never end, or end in a way of its own: done beside this thread, for so long."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from harness.core.errors import EncoderError

Result = TypeVar("Result")


class LibraryError(Exception):
    """What a library raised, panics of native code included, which are no `Exception`. `kind` is its class."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.kind = type(error).__name__


def within(seconds: float, what: str, work: Callable[[], Result]) -> Result:
    """What `work` returns. EncoderError `what … took over N seconds` where it does not in time.

    An `Exception` goes on as it is, a panic as a LibraryError. Native code cannot be stopped from here: it is left
    behind in a thread that ends with the process.
    """
    found: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # of this thread alone: neither Ctrl-C nor an exit is delivered here
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0] if isinstance(failed[0], Exception) else LibraryError(failed[0])
    if not found:
        raise EncoderError(f"{what} took over {seconds:.0f} seconds and was given up.")
    return found[0]  # type: ignore[no-any-return]
