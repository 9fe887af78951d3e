"""The vector cache: rows are appended to blocks, found by their keys and evicted by the block.

Safe for several processes at once: each appends to blocks of its own. A row that does not match its checksum is dropped
and computed again; nothing that is read is trusted blindly.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from harness.core import disk
from harness.encoders.encoded import Rows
from harness.store import leases
from harness.store.blocks import Batch, Reader, block_file, checksum, packed
from harness.store.index import Index
from harness.store.room import Room
from harness.store.sharing import Sharing
from harness.store.sought import Sought
from harness.store.writing import Writing


class VectorCache:
    """All stored vectors of this machine. HarnessError where the folder can neither be written to nor read.

    A prefix is what decides vectors beside their input: an encoder, how it reads and pools. Keys are those of
    `core.inputs.keys_of`. What is not here is taken from the place of the URL `shared`, and what is new is put there.
    """

    def __init__(self, folder: Path, limit: int, *, shared: str = "", wait_s: float = 60.0) -> None:
        self.folder, self.limit = folder, limit
        #: How many rows could not be written, and why the first could not.
        self.n_unwritten, self.unwritten = 0, ""
        self._n_bad = 0
        self._index = Index(folder, wait_s)
        self._room = Room(self._index, limit, leases.now())
        self._writing = Writing(self._write)
        self._sharing = Sharing(shared, self._index)
        self._blocks: dict[bytes, _OpenBlock] = {}

    @property
    def n_corrupt(self) -> int:
        """How many rows, files of the index, or shared files proved damaged since it was opened."""
        return self._n_bad + self._index.n_damaged + self._sharing.n_damaged

    @property
    def counts(self) -> dict[str, int]:
        """Rows that proved damaged, that could not be written, and that were taken from where machines share them."""
        return {
            "corrupt_rows": self.n_corrupt,
            "unwritten_rows": self.n_unwritten,
            "taken_rows": self._sharing.n_taken,
        }

    @property
    def troubles(self) -> list[str]:
        """What whoever runs this should know: what could not be stored or shared, and why."""
        return [*([f"vectors are not stored: {self.unwritten}"] if self.unwritten else []), *self._sharing.troubles]

    @property
    def is_fixed(self) -> bool:
        """Whether it can be read and not written to."""
        return self._index.is_fixed

    def get(self, prefix: bytes, keys: Any) -> Iterator[tuple[Any, Rows]]:
        """The sound rows that are there of these keys (n, 2), some at a time: their places among the keys, and they.

        What was put before is found. Of a row that was put again the last one counts.
        """
        sought = Sought(keys)
        yield from self._found(prefix, sought)
        if sought.left and self._sharing.take(prefix, sought.rest()):
            yield from self._found(prefix, sought)

    def _found(self, prefix: bytes, sought: Sought) -> Iterator[tuple[Any, Rows]]:
        """The sound rows on this machine of what is sought."""
        for reader, batch, head, bad in self._heads(prefix):
            asked, own = sought.among(head, bad)
            if not len(own):
                continue
            rows, is_sound = reader.rows(batch, head, own)
            reader.used()
            if not is_sound.all():
                self._drop(batch, head, own[~is_sound])
                asked, rows = asked[is_sound], rows.take(is_sound)
            if len(asked):
                yield sought.found(asked), rows
            if not sought.left:
                return

    def n_tokens(self, prefix: bytes, keys: Any) -> Any:
        """(n,) tokens of the inputs with these keys, -1 where nothing is stored; vectors are not looked at."""
        sought, found = Sought(keys), np.full(len(keys), -1, np.int64)
        for _, _, head, bad in self._heads(prefix):
            asked, own = sought.among(head, bad)
            found[sought.found(asked)] = head["n_tokens"][own]
        return found

    def _heads(self, prefix: bytes) -> Iterator[tuple[Reader, Batch, Any, Sequence[int]]]:
        """Each batch of a prefix, the newest first, with the block it lies in, its head, and its rows that are bad."""
        self._writing.flush()
        dropped = self._index.dropped(prefix)
        for number, batches in groupby(self._index.batches(prefix), key=lambda batch: batch.block):
            try:
                reader = Reader(self.folder, number)
            except OSError:  # evicted by another process, or removed by hand
                continue
            with closing(reader):
                for batch in batches:
                    bad = dropped.get((batch.block, batch.start), [])
                    head, is_whole = reader.head(batch)
                    if len(head) < batch.n_rows:  # the file ends before
                        self._forget(batch)
                        continue
                    if not is_whole:
                        _, is_sound = reader.rows(batch, head, np.arange(len(head)))
                        bad = [*bad, *np.flatnonzero(~is_sound).tolist()]
                        self._drop(batch, head, np.flatnonzero(~is_sound))
                    yield reader, batch, head, bad

    def _drop(self, batch: Batch, head: Any, rows: Any) -> None:
        """Rows of a batch are damaged: nobody finds them any more, as far as that can be written down."""
        self._n_bad += len(rows)
        with suppress(sqlite3.OperationalError):
            self._index.drop(batch, rows.tolist(), checksum(head.tobytes()))

    def _forget(self, batch: Batch) -> None:
        self._n_bad += batch.n_rows
        with suppress(sqlite3.OperationalError):
            self._index.forget(batch)

    def put(self, prefix: bytes, keys: Any, rows: Rows, told: tuple[str, str] = ("", "")) -> None:
        """Store rows (n,) of keys (n, 2), soon and by another thread; `told` says of what encoder, and how it reads."""
        if len(keys):
            self._writing.put((prefix, keys, rows, told))

    def flush(self) -> None:
        """Wait until all that was put is written."""
        self._writing.flush()

    def _write(self, what: tuple[bytes, Any, Rows, tuple[str, str]]) -> None:
        """Append rows to the block of their prefix; what the disk or a lock refuses costs only the write."""
        prefix, keys, rows, told = what
        try:
            if self._index.is_fixed:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            block = self._block(prefix, rows.vectors.shape[1], told)
            block.batches.append(batch := block.append(keys, rows))
            self._index.add(batch)
        except (OSError, sqlite3.OperationalError) as error:
            self.n_unwritten += len(keys)
            number = disk.number_of(error)
            known = f"{self.folder}: {error}"
            if number in disk.REFUSED:
                known = disk.told(number, self.folder, place="name another folder in HARNESS_CACHE")
            self.unwritten = self.unwritten or known

    def _block(self, prefix: bytes, d: int, told: tuple[str, str]) -> "_OpenBlock":
        """The block that rows of this prefix and width go to now: another where it is full or gone."""
        block = self._blocks.get(prefix)
        if block is not None and block.d == d and 0 <= block.size() < self._room.block_size:
            return block
        self._room.evict()
        if block is not None:
            self._blocks.pop(prefix).close()
            self._sharing.give(prefix, block.batches, block.told)
        self._blocks[prefix] = _OpenBlock(self.folder, self._index.begin(prefix, d, *told), d, told)
        return self._blocks[prefix]

    def close(self) -> None:
        """Write what waits, share what is new, evict down to the limit, and let go of all files."""
        try:
            self._writing.close()
            for prefix, block in self._blocks.items():
                self._sharing.give(prefix, block.batches, block.told)
            self._room.evict()
        finally:
            for block in self._blocks.values():
                block.close()
            self._index.close()


class _OpenBlock:
    """A block that this process appends to: its `batches` so far, and what is `told` of it."""

    def __init__(self, folder: Path, number: int, d: int, told: tuple[str, str]) -> None:
        self.number, self.d, self.told, self._path = number, d, told, block_file(folder, number)
        self.batches = list[Batch]()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o666)

    def size(self) -> int:
        """Bytes that it has, -1 where it was removed."""
        return os.fstat(self._file).st_size if self._path.exists() else -1

    def append(self, keys: Any, rows: Rows) -> Batch:
        """Append rows; where they lie."""
        head, vectors = packed(keys, rows)
        start = os.fstat(self._file).st_size
        try:
            for part in (head, vectors):
                left = memoryview(part)
                while left:
                    left = left[os.write(self._file, left) :]
        except OSError:
            with suppress(OSError):  # give the room back; no row of it is in the index
                os.ftruncate(self._file, start)
            raise
        return Batch(self.number, start, len(keys), len(rows.vectors), self.d, checksum(head))

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
