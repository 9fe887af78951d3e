"""What lies in a block: batches of rows, each a head (keys, facts, checksums) and the vectors of all its rows.

A block is a file of one width that one process appends to. Nothing in it is ever changed, and what is read of it is
believed only where a checksum agrees.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.encoders.encoded import Rows

#: Of each row: its key, tokens, digest of the ids read, how many vectors it has, and a checksum of all that and them.
HEAD = np.dtype([("key", "<u8", (2,)), ("n_tokens", "<i8"), ("digest", "<i8"), ("count", "<i8"), ("checksum", "<u8")])
_FACTS = HEAD.itemsize - 8
SUFFIX = ".block"
#: Bytes that are read at a time, since an index may say that there are more than any memory holds.
_AT_ONCE = 2**26


@dataclass(frozen=True)
class Batch:
    """Where rows lie that were stored together: block, offset, counts, width, and a checksum of their head."""

    block: int
    start: int
    n_rows: int
    n_vectors: int
    d: int
    checksum: bytes

    @property
    def n_bytes(self) -> int:
        """How long it is."""
        return row_bytes(self.n_rows, self.n_vectors, self.d)

    @property
    def end(self) -> int:
        """The byte behind it."""
        return self.start + self.n_bytes


def row_bytes(n_rows: int, n_vectors: int, d: int) -> int:
    """What rows take that have so many vectors of width d together."""
    return n_rows * HEAD.itemsize + n_vectors * d * 4


def block_file(folder: Path, number: int) -> Path:
    """The file of a block."""
    return folder / f"{number:08d}{SUFFIX}"


def number_of(file: Path) -> int:
    """The number of a block's file."""
    return int(file.stem)


def packed(keys: Any, rows: Rows) -> tuple[bytes, bytes]:
    """Head and vectors of rows (n,) with keys (n, 2), as they lie in a block."""
    head = np.zeros(len(keys), HEAD)
    head["key"], head["n_tokens"], head["digest"], head["count"] = keys, rows.n_tokens, rows.digests, rows.counts
    vectors = np.ascontiguousarray(rows.vectors, np.float32)
    data = vectors.tobytes()
    head["checksum"] = _checksums(head, data, vectors.shape[1] * 4)
    return head.tobytes(), data


def checksum(data: bytes) -> bytes:
    """Of the head of a batch."""
    return hashlib.blake2b(data, digest_size=8).digest()


class Reader:
    """A block that is open to be read. FileNotFoundError where it is gone."""

    def __init__(self, folder: Path, number: int) -> None:
        self.path = block_file(folder, number)
        self._file = os.open(self.path, os.O_RDONLY)

    def head(self, batch: Batch) -> tuple[Any, bool]:
        """(n_rows,) of `HEAD`, fewer where the file ends before, and whether it is as it was written."""
        data = _read(self._file, batch.n_rows * HEAD.itemsize, batch.start)
        whole = data[: len(data) - len(data) % HEAD.itemsize]
        return np.frombuffer(whole, HEAD), checksum(data) == batch.checksum

    def rows(self, batch: Batch, head: Any, places: Any) -> tuple[Rows, Any]:
        """The rows at these places of a batch (n,), ascending, and (n,) which of them are sound."""
        ends = np.cumsum(head["count"])
        starts, ends = (ends - head["count"])[places], ends[places]
        fits = (starts >= 0) & (starts < ends) & (ends <= batch.n_vectors)
        first, last = (int(starts[fits].min()), int(ends[fits].max())) if fits.any() else (0, 0)
        width, begin = batch.d * 4, batch.start + batch.n_rows * HEAD.itemsize
        data = _read(self._file, (last - first) * width, begin + first * width)
        some = np.frombuffer(data[: len(data) - len(data) % width], np.float32).reshape(-1, batch.d)
        fits &= ends - first <= len(some)  # the end of a file may be missing
        counts = np.where(fits, ends - starts, 0)
        spots = np.repeat(starts - first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        vectors = some if len(spots) == len(some) and (np.diff(spots) == 1).all() else some[spots]
        own = head[places]
        is_sound = fits & (_checksums(own, vectors.tobytes(), width, counts) == own["checksum"])
        return Rows(vectors, counts, own["n_tokens"], own["digest"]), is_sound

    def used(self) -> None:
        """Note that it was used now: the longest unused go first."""
        with suppress(OSError):  # where nothing can be written nothing is evicted
            os.utime(self.path)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _read(file: int, size: int, start: int) -> bytes:
    """So many bytes of a file, fewer where it ends before."""
    parts = list[bytes]()
    while size > 0 and (part := os.pread(file, min(size, _AT_ONCE), start)):
        parts.append(part)
        start, size = start + len(part), size - len(part)
    return b"".join(parts)


def _checksums(head: Any, vectors: bytes, width: int, counts: Any = None) -> Any:
    """(n_rows,) of the facts of each row and its vectors, which lie one after the other, `width` bytes each."""
    facts, data, found, start = memoryview(head.tobytes()), memoryview(vectors), list[bytes](), 0
    ends = np.cumsum(head["count"] if counts is None else counts) * width
    for row, end in enumerate(ends.tolist()):
        at = row * HEAD.itemsize
        own = hashlib.blake2b(facts[at : at + _FACTS], digest_size=8)
        own.update(data[start:end])
        found.append(own.digest())
        start = end
    return np.frombuffer(b"".join(found), "<u8")
