"""A file that the system does not let us write: told as which, why, how much there is, and what to do."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import HarnessError

_KEPT = "The same command goes on afterwards: what is finished is kept."
_ADVICE = {
    "Free space on that disk, or {place}.": (errno.ENOSPC, errno.EDQUOT),
    "Raise the largest size of a file (ulimit -f).": (errno.EFBIG,),
    "Raise the number of open files (ulimit -n).": (errno.EMFILE, errno.ENFILE),
    "The disk may be failing: {place}.": (errno.EIO,),
    "Make it writable, or {place}.": (errno.EROFS, errno.EACCES, errno.EPERM),
}
#: What a disk may say: full, over a quota or a limit, read-only, not yours, broken; too many files open.
REFUSED = {number: advice for advice, numbers in _ADVICE.items() for number in numbers}


@contextmanager
def writing(path: Path, n_bytes: int | None = None, *, place: str = "name another folder with -o") -> Iterator[None]:
    """HarnessError where the system refuses to write a file of `n_bytes`; `place` says how to choose another place."""
    try:
        yield
    except Exception as error:  # libraries in Rust raise errors of their own
        if (number := number_of(error)) not in REFUSED:
            raise
        raise HarnessError(told(number, path, n_bytes, place)) from None


def number_of(error: BaseException) -> int:
    """The system's number of an error, 0 where it has none: safetensors and hf-xet have it in words alone."""
    if isinstance(error, OSError):
        return error.errno or 0
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else 0


def told(number: int, path: Path, n_bytes: int | None = None, place: str = "choose another place") -> str:
    """The sentence for an error of the system."""
    wanted = "" if n_bytes is None else f"{_size(n_bytes)} to write, "
    what = f"{path}: cannot be written ({os.strerror(number)}; {wanted}{_free(path)})."
    return f"{what} {REFUSED[number].format(place=place)} {_KEPT}"


def room(path: Path) -> int | None:
    """Bytes that are free on the disk of a path that may not be there yet; None where the system does not say."""
    here = next((p for p in (path, *path.absolute().parents) if p.is_dir()), Path())
    try:
        return shutil.disk_usage(here).free
    except OSError:
        return None


def _free(path: Path) -> str:
    free = room(path)
    return "free space unknown" if free is None else f"{_size(free)} free"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{max(0.1, n_bytes / 1e6) if n_bytes else 0:,.1f} MB"
