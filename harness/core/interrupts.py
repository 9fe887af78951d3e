"""Ctrl-C from the first import to the last line: no traceback, one sentence, exit code 130."""

import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any

INTERRUPTED = 130
#: What has happened, by name. A set, since the second Ctrl-C may come while the first is being noted: an Event would
#: wait for its own lock there.
_seen: set[str] = set()


def watch() -> None:
    """Let the first Ctrl-C raise KeyboardInterrupt, and the second end the program where it is.

    So does a first that Python had nobody to raise it to. What is finished is on disk by then. Nothing is changed where
    Ctrl-C is ignored, or meant for somebody else.
    """
    is_ours = threading.current_thread() is threading.main_thread()
    if is_ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        _seen.clear()
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _unheard


def asked() -> bool:
    """Whether Ctrl-C was pressed: then an error is what a library made of it."""
    return "asked" in _seen


def tell(sentence: str = "interrupted") -> None:
    """Say that this was an interrupt, once."""
    if "told" not in _seen:
        _seen.add("told")
        sys.stderr.write(f"{sentence}\n")


def over() -> None:
    """The command has ended: from here on Ctrl-C could only spoil the way out."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def end() -> None:
    """End the program now, without another look at anything. A progress bar may have hidden the cursor.

    Python itself would die of the signal where a library met the KeyboardInterrupt first.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    said = b"" if "told" in _seen else b"interrupted\n"
    with suppress(OSError):
        os.write(2, (b"\x1b[?25h" if os.isatty(2) else b"") + said)
    os._exit(INTERRUPTED)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if "asked" in _seen:
        end()
    _seen.add("asked")
    raise KeyboardInterrupt


def _unheard(what: Any) -> None:
    if isinstance(what.exc_value, KeyboardInterrupt):
        end()
    sys.__unraisablehook__(what)
