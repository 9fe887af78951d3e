"""How much a store may take: the longest unused blocks go first, and none that a run at work has used."""

import sqlite3
import time
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from harness.store import leases
from harness.store.blocks import SUFFIX, number_of
from harness.store.index import Index

#: The largest block, and the smallest that one ends at.
_LARGEST, _SMALLEST = 2**26, 2**16


class Block(NamedTuple):
    """A block on the disk: when it was used last (nanoseconds), its bytes, its number."""

    used: int
    n_bytes: int
    number: int
    file: Path


def blocks(folder: Path) -> list[Block]:
    """The blocks of a store, the longest unused first."""
    found = list[Block]()
    for file in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError, ValueError):  # evicted meanwhile, or not ours
            about = file.stat()
            found.append(Block(about.st_mtime_ns, about.st_size, number_of(file), file))
    return sorted(found)


def remove(folder: Path, files: Collection[Path]) -> set[Path]:
    """Remove blocks by their files, but for those that a run at work has used; which ones were removed."""
    since = leases.since(folder, time.time_ns())
    gone = [block for block in blocks(folder) if block.file in files and block.used < since]
    with closing(Index(folder)) as index:
        _remove(index, gone)
    return {block.file for block in gone}


def _remove(index: Index, gone: list[Block]) -> None:
    """First nobody finds them any more, then they are deleted."""
    index.remove([block.number for block in gone])
    for block in gone:
        block.file.unlink(missing_ok=True)


class Room:
    """The room of one who opened a store at a time `own` (nanoseconds): at most `limit` bytes."""

    def __init__(self, index: Index, limit: int, own: int) -> None:
        self._index, self._limit, self._own = index, limit, own
        #: Bytes from which a block is followed by another: a store is some twenty blocks or more.
        self.block_size = min(_LARGEST, max(_SMALLEST, limit // 20))

    def evict(self) -> None:
        """Remove what was unused for longest until a tenth of the limit is free; what runs at work have used stays."""
        found = blocks(self._index.folder)
        left = sum(block.n_bytes for block in found)
        if left <= self._limit or self._index.is_fixed:
            return
        since = leases.since(self._index.folder, self._own)
        known, gone = {number for number, _, _ in self._index.blocks()}, list[Block]()
        for block in sorted(found, key=lambda block: (block.number in known, block)):
            if left <= 0.9 * self._limit:
                break
            if block.used < since:
                gone.append(block)
                left -= block.n_bytes
        with suppress(OSError, sqlite3.OperationalError):  # a lock, or a disk that is read-only: the next one evicts
            _remove(self._index, gone)
