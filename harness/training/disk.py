"""A disk that takes no more while something is trained: told as what it is, whichever library met it."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from safetensors import SafetensorError

from harness.core import disk
from harness.core.errors import HarnessError

_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


@contextmanager
def full_disk_told(store: Path) -> Iterator[None]:
    """HarnessError instead of the error that comes of writing to this folder when its disk is full or read-only."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        code = _code(error, store)
        if code not in _REFUSED:
            raise
        raise HarnessError(disk.told(code, store, place="set HARNESS_CACHE to another place")) from error


def _code(error: Exception, store: Path) -> int:
    """The system's number of an error. safetensors only has it in words, and torch not at all: so the disk is asked."""
    if isinstance(error, OSError):
        return error.errno or 0
    if words := re.search(r"\(os error (\d+)\)", str(error)):
        return int(words[1])
    try:
        with TemporaryFile(dir=store) as file:
            file.write(bytes(2**20))
            file.flush()
    except OSError as refusal:
        return refusal.errno or 0
    return 0
