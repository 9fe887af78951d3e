"""Errors for the person who can fix them: place, value, what is allowed, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

#: A longer name of a column or class may be a text, and is never shown.
LONGEST_NAME = 60


class HarnessError(Exception):
    """Something a user can mend. `reason` is the class that a failed cell is filed under, printed as it is.

    `plain` are the quoted values of the message that are no secret: names of columns and classes.
    """

    reason = "bad-data"

    def __init__(self, message: str, *, reason: str | None = None, plain: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.plain = frozenset(plain)
        if reason is not None:
            self.reason = reason


class DataError(HarnessError):
    """A data file or its contents is not what was expected. Names file, row, value, what was expected."""

    reason = "bad-data"


class MissingFileError(HarnessError):
    """A file, folder or download that is not there."""

    reason = "missing-file"


class NotFetchedError(MissingFileError):
    """What a suite asks for only where it was fetched before (`if_fetched`), and it was not."""


class EncoderError(HarnessError):
    """An encoder that cannot be trusted or loaded."""

    reason = "bad-encoder"


class NotFiniteError(HarnessError):
    """NaN or infinity in vectors."""

    reason = "not-finite"


class OutOfMemoryError(HarnessError):
    """Not even one text at a time fits in memory."""

    reason = "out-of-memory"


class NotApplicableError(HarnessError):
    """A condition that finds nothing to change or to compare in these texts: no failure, and no result."""

    reason = "not-applicable"


class PluginError(HarnessError):
    """A file with components of the user's own that cannot be imported, or takes a name that is taken."""


class RunFolderError(HarnessError):
    """A run folder that cannot be used: in use by another run, unreadable, not a run."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a suite: where (line and column from 1), what, and what to do instead."""

    place: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" {self.suggestion}" if self.suggestion else "")


class SuiteError(HarnessError):
    """Everything that is wrong in a suite, all at once."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, faults)))


def reason_of(error: BaseException) -> str:
    """The reason class of any exception: ours say it themselves, the system's are recognised."""
    if isinstance(error, HarnessError):
        return error.reason
    if isinstance(error, FileNotFoundError):
        return "missing-file"
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "out-of-memory"
    return "bug"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was not enough: libraries say so in errors of several kinds."""
    signs = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
    return reason_of(error) == "out-of-memory" or any(sign in str(error).lower() for sign in signs)


def message_of(error: BaseException) -> str:
    """What is told of an exception: ours speak for themselves, others need their class."""
    return str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"


def of_encoder(message: str, was: str, now: str) -> str:
    """What was said of one encoder, said of another with the same files under another name."""
    return message if was == now else message.replace(f"encoder {was!r}", f"encoder {now!r}")
