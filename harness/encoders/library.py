"""What libraries do with files of others: they may never end, end in a way of their own, or say what nobody asked."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from harness.core.errors import EncoderError, HarnessError, is_out_of_memory

Result = TypeVar("Result")
#: Signs of advice to a programmer, of addresses made of local paths, and of other people's change logs.
_ADVICE = re.compile(
    r"trust_remote_code|https?:|hf\.co|pip3? install|please|you (need|can|should|must|are|may)|make sure|weights_only|"
    r"argument|from_pretrained|pytorch 2|`token|logged in|:$",
    re.IGNORECASE,
)
_LONGEST = 160


class LibraryError(Exception):
    """What a library raised, panics of native code included, which are no `Exception`. `kind` is its class."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.kind = type(error).__name__


@contextmanager
def about(name: str) -> Iterator[None]:
    """What goes wrong within is told of the encoder of this name."""
    try:
        yield
    except HarnessError as error:
        error.args = (f"encoder {name!r}: {error}",)
        raise


@contextmanager
def told(tell: Callable[[Exception], str]) -> Iterator[None]:
    """EncoderError with what `tell` makes of whatever a library trips over within.

    Errors of our own, and memory that was not enough, go on as they are.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, HarnessError) or is_out_of_memory(error):
            raise
        raise EncoderError(tell(error)) from None


def kind_of(error: Exception) -> str:
    """The name of an error's class, as the library has it."""
    return error.kind if isinstance(error, LibraryError) else type(error).__name__


def said(error: Exception, folder: str) -> str:
    """One clause: who said what, as far as it describes and does not advise. Paths to the folder are left out."""
    text = str(error).replace(folder, Path(folder).name)
    sentences = (part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text))
    first = next((part for part in sentences if part and not _ADVICE.search(part)), "")
    plain = "".join(c if c.isprintable() else " " for c in first)[:_LONGEST].rstrip(". ")
    return f"transformers {version('transformers')} says {kind_of(error)}" + (f": {plain}" if plain else "")


def within(seconds: float, what: str, work: Callable[[], Result]) -> Result:
    """What `work` returns. EncoderError `what … took over N seconds` where it does not in time.

    An `Exception` goes on as it is, a panic as a LibraryError. Native code cannot be stopped from here: it is left
    behind in a thread that ends with the process.
    """
    done = Future[Result]()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # of this thread alone: neither Ctrl-C nor an exit is delivered here
            done.set_exception(error if isinstance(error, Exception) else LibraryError(error))

    threading.Thread(target=run, daemon=True).start()
    if not wait([done], seconds).done:
        raise EncoderError(f"{what} took over {seconds:.0f} seconds and was given up.")
    return done.result()
