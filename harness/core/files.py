"""Files and folders that appear under their name as a whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core import disk
from harness.core.fingerprint import is_whole


def is_there(path: Path) -> bool:
    """Whether something lies at a path; no for a name that the system takes for none (too long, a null byte)."""
    return os.path.exists(path)  # noqa: PTH110 - `Path.exists` raises for such names


def whole_file(path: Path, content: str | bytes) -> Path:
    """Write a file, text as UTF-8, beside its place and move it there. HarnessError where the system refuses."""
    data = content.encode() if isinstance(content, str) else content
    part = path.with_name(f"{path.name}.part")
    with disk.writing(path, len(data)):
        part.write_bytes(data)
        return part.replace(path)


@contextmanager
def whole_folder(target: Path, *, locked: bool = False) -> Iterator[Path]:
    """A new folder to fill; becomes the target when the block ends, and is removed where it ends by an error.

    What stands in the target's place goes, unless it is sealed and whole: then another process was quicker.
    Whoever holds a lock of the target says `locked`, so that what a killed process left is removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{target.name}.part-*") if locked else ():
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.part-", dir=target.parent) as part:
        made = Path(part) / target.name
        made.mkdir()
        yield made
        try:
            if target.exists() and not is_whole(target):
                shutil.rmtree(target)
            if not target.exists():
                made.rename(target)
        except OSError:
            if not is_whole(target):  # nor did another process make it just now
                raise
