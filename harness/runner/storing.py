"""What a run will store, and whether that fits."""

from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from harness.core import disk
from harness.core.inputs import Input, Words
from harness.core.records import Pooling
from harness.runner.vectors import cache_folder, open_cache, size_limit
from harness.store import row_bytes
from harness.wording.numbers import count, megabytes

#: The share of the limit, or of what is free on the disk, from which a run says what it will store.
_MUCH = 0.1


class Stored(NamedTuple):
    """How many rows are stored, and about how many bytes they take."""

    n_rows: int = 0
    n_bytes: int = 0

    def plus(self, other: "Stored") -> "Stored":
        """Both."""
        return Stored(self.n_rows + other.n_rows, self.n_bytes + other.n_bytes)


def to_store(inputs: Collection[Input], poolings: Iterable[Pooling], width: int) -> Stored:
    """What is stored of inputs that are read by an encoder whose states have this width."""
    n_words = [len(one.words) for one in inputs if isinstance(one, Words)]
    total = Stored()
    for pooling in poolings:
        d = width * max(1, len(pooling.parameters.get("of", ())))
        n_rows, n_vectors = (len(inputs),) * 2 if pooling.per == "text" else (len(n_words), sum(n_words))
        total = total.plus(Stored(n_rows, row_bytes(n_rows, n_vectors, d)))
    return total


def told(own: Stored) -> str:
    """What is stored, where, of what limit, and what there is to do where it does not fit."""
    folder, limit = cache_folder(), size_limit()
    free, taken = disk.room(folder), _size(folder)
    room = "" if free is None else f", {megabytes(free)} are free"
    said = (
        f"stores about {count(own.n_rows)} vectors, {megabytes(own.n_bytes)}, in {folder} "
        f"(at most {limit / 2**30:g} GB, {megabytes(taken) if taken else 'nothing'} there now{room})"
    )
    if free is not None and own.n_bytes > free:
        return f"{said}. They do not fit on the disk: free some, name another folder in HARNESS_CACHE, or --no-cache"
    if own.n_bytes > limit:
        return (
            f"{said}. That is more than HARNESS_CACHE_GB: the run keeps all of it until it ends, the next one may not"
        )
    if own.n_bytes + taken > limit:
        return f"{said}. What was unused for longest makes room"
    return said


def fits(own: Stored) -> bool:
    """Whether the cache takes all of it: its folder can be written to, its limit and the disk have room."""
    folder = cache_folder()
    free = disk.room(folder)
    if own.n_bytes > size_limit() or (free is not None and own.n_bytes > free):
        return False
    if not folder.exists():
        return True
    with closing(open_cache()) as cache:
        return not cache.is_fixed


def is_much(own: Stored) -> bool:
    """Whether it is worth a line before a run starts."""
    free = disk.room(cache_folder())
    return own.n_bytes > _MUCH * size_limit() or (free is not None and own.n_bytes > _MUCH * free)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.block"))
