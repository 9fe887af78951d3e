"""What a store takes from the place that machines share, and what it gives: errors cost the sharing, never the run."""

import hashlib
import re
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import message_of
from harness.store import leases
from harness.store.blocks import Batch, Reader, block_file
from harness.store.index import Index
from harness.store.remote import Contents, Damaged, Front, Remote, front_bytes, shown
from harness.store.sought import Sought

_HASH = re.compile(r"[0-9a-f]{32}")


class Sharing:
    """Between the store of an index and the place at a URL; nothing happens where that is empty.

    `n_taken` rows were taken so far; of `n_damaged` files the bytes were not those that were put. `troubles` is what
    whoever runs this should know; after the first error of a direction nothing goes that way any more.
    """

    def __init__(self, url: str, index: Index) -> None:
        self._url, self._index = url, index
        self._remote = Remote(url) if url and not index.is_fixed else None
        self._takes = self._gives = self._remote is not None
        self._seen = set[str]()
        #: Why it could not be reached, for other jobs.
        self._away = index.folder / f"{hashlib.blake2b(url.encode(), digest_size=8).hexdigest()}.away"
        self.n_taken, self.n_damaged = 0, 0
        self.troubles = list[str]()

    def take(self, prefix: bytes, sought: Sought) -> bool:
        """Take the files of a prefix that are not here and hold a key that is sought; whether there were any.

        The place is asked once for a prefix.
        """
        own = prefix.decode()
        if not self._takes or self._remote is None or own in self._seen or self._is_away():
            return False
        self._seen.add(own)
        before = self.n_taken
        try:
            here = self._index.shared(prefix)
            for name, size in self._remote.names(own).items():
                if name not in here and sought.left:
                    self._take_one(self._remote, prefix, name, size, sought)
        except Exception as error:  # of any file system that there is
            self._takes = self._gives = False  # who cannot be asked is not waited for again
            self._tell("taken from there", "what this machine lacks it encodes itself", error)
            with suppress(OSError):
                self._away.write_text(self.troubles[-1], encoding="utf-8")
        return self.n_taken > before

    def _is_away(self) -> bool:
        """Whether another job of a run at work could not reach the place: it may have waited long for that."""
        if self._seen:
            return False
        with suppress(OSError):
            if self._away.stat().st_mtime_ns >= leases.since(self._index.folder, time.time_ns()):
                self.troubles.append(self._away.read_text(encoding="utf-8"))
                self._takes = self._gives = False
        return not self._takes

    def _take_one(self, remote: Remote, prefix: bytes, name: str, size: int, sought: Sought) -> None:
        own = prefix.decode()
        try:
            front = remote.front(own, name, size)
            if sought.wants(front.keys):
                self._keep(remote, prefix, name, front)
                sought.settle(front.keys)
        except FileNotFoundError:  # removed there meanwhile
            return
        except Damaged:
            self.n_damaged += 1
            where = f"{shown(self._url)}, {own}/{name}"
            self.troubles.append(f"a file of shared vectors is damaged and left out: {where}. Remove it there.")

    def _keep(self, remote: Remote, prefix: bytes, name: str, front: Front) -> None:
        """A file becomes a block: nobody finds its rows before all of it is here and is what its name says."""
        told = front.contents
        number = self._index.begin(prefix, told.d, told.encoder, told.reads)
        file = self._file(number)
        try:
            remote.fetch(prefix.decode(), name, file)
        except BaseException:
            self._index.remove([number])
            file.unlink(missing_ok=True)
            raise
        self._index.add(*front.batches(number))
        self._index.note(prefix, name, number)
        self.n_taken += told.n_rows

    def give(self, prefix: bytes, batches: Sequence[Batch], told: tuple[str, str]) -> None:
        """Put a block of this store there that nobody appends to any more; its batches as they were written."""
        if not self._gives or self._remote is None:
            return
        try:
            sound = self._heads(batches)
            if sound:
                name = self._remote.put(*_front(prefix, sound, told), self._file(batches[0].block), sound[-1][0].end)
                self._index.note(prefix, name, batches[0].block)
        except Exception as error:  # as above
            self._gives = False
            self._tell("put there", "they are kept on this machine alone", error)

    def _heads(self, batches: Sequence[Batch]) -> list[tuple[Batch, Any]]:
        """Of a block the batches whose heads are as they were written, with these; none where it was evicted."""
        if not batches or not self._file(batches[0].block).exists():
            return []
        with closing(Reader(self._index.folder, batches[0].block)) as reader:
            heads = [(batch, *reader.head(batch)) for batch in batches]
        return [(batch, head) for batch, head, is_whole in heads if is_whole]

    def _file(self, block: int) -> Path:
        return block_file(self._index.folder, block)

    def _tell(self, what: str, so: str, error: Exception) -> None:
        named = isinstance(error, OSError) and error.strerror  # without the path: several jobs are told as one
        whole = f"{type(error).__name__}: {named}" if named else _HASH.sub("…", message_of(error))
        said = " ".join(shown(whole).split())[:300]
        self.troubles.append(f"vectors could not be {what}: {shown(self._url)} (HARNESS_SHARED): {said}; {so}")


def _front(prefix: bytes, sound: Sequence[tuple[Batch, Any]], told: tuple[str, str]) -> tuple[bytes, str]:
    """The front of a file of these batches and their heads, and the name of their prefix."""
    lies = tuple((batch.start, batch.n_rows, batch.n_vectors, batch.checksum.hex()) for batch, _ in sound)
    contents = Contents(prefix.decode(), sound[0][0].d, *told, lies)
    return front_bytes(contents, np.concatenate([head["key"] for _, head in sound])), contents.prefix
