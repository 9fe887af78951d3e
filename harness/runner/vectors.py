"""The vector cache of this machine, and how an encoder sees it (`store/` is how it is kept)."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import assets, store
from harness.core.errors import HarnessError
from harness.core.fingerprint import fingerprint
from harness.core.records import ENGINE_VERSION, Backend, Checkpoint, Pooling, Tokenization
from harness.encoders.encoded import Rows
from harness.wording.numbers import megabytes

SHARED = "HARNESS_SHARED"
#: Where versions before blocks kept vectors.
OLD = "vectors.sqlite"


def size_limit(name: str = "HARNESS_CACHE_GB", default: str = "5") -> int:
    """Bytes a store may hold, by the environment variable of this name. HarnessError where that is not a number."""
    stated = os.environ.get(name, default)
    try:
        return int(float(stated) * 2**30)
    except (ValueError, OverflowError):
        raise HarnessError(f"{name} is {stated!r}; expected a number of gigabytes, like {default}.") from None


def cache_folder() -> Path:
    """Where this machine keeps its vectors."""
    return assets.cache_root() / "vectors"


def old_cache() -> str:
    """A line about the cache of an earlier version, which nothing reads any more; nothing where there is none."""
    size = sum(file.stat().st_size for file in old_files())
    if not size:
        return ""
    where = assets.cache_root() / OLD
    return f"{where}: stored by an earlier version, not read any more ({megabytes(size)}): `harness cache prune --old`"


def old_files() -> list[Path]:
    """The files of a cache of an earlier version, and what it moved aside as damaged."""
    return [file for file in assets.cache_root().glob(f"{OLD}*") if file.is_file()]


def shared_url() -> str:
    """The place that machines share vectors through, empty where none is named. HarnessError for what is no place."""
    named = os.environ.get(SHARED, "")
    return store.checked(named) if named else ""


def open_cache(folder: Path | None = None, *, shares: bool = True) -> store.VectorCache:
    """The vector cache, of this machine unless a folder is named. HarnessError where it cannot be opened.

    One that `shares` takes from and gives to the place of HARNESS_SHARED.
    """
    return store.VectorCache(folder or cache_folder(), size_limit(), shared=shared_url() if shares else "")


class CacheView:
    """The cache as seen by one (checkpoint, backend, tokenization): what `encode` asks. `name` of its encoder.

    A text that is read whole is the same whatever would be read of a longer one: it is kept as read from its head.
    """

    def __init__(
        self,
        cache: store.VectorCache,
        checkpoint: Checkpoint,
        backend: Backend,
        tokenization: Tokenization,
        name: str = "",
    ) -> None:
        self._cache, self._name = cache, name
        self._decides = {"checkpoint": checkpoint, "backend": backend}
        self._tokenization, self._head = tokenization, replace(tokenization, truncation="head")

    def _prefix(self, pooling: Pooling, tokenization: Tokenization) -> bytes:
        decides = {**self._decides, "tokenization": tokenization, "pooling": pooling, "engine": ENGINE_VERSION}
        return fingerprint(decides).encode()

    def get(self, pooling: Pooling, keys: Any) -> Iterator[tuple[Any, Rows]]:
        """The rows that are there of these keys (n, 2), some at a time: their places among the keys, and they."""
        lacks, is_head = np.ones(len(keys), np.bool_), self._tokenization == self._head
        for places, rows in self._cache.get(self._prefix(pooling, self._head), keys):
            whole = self._is_whole(rows.n_tokens) | is_head
            lacks[places[whole]] = False
            if whole.any():
                yield places[whole], rows.take(whole)
        if not is_head:
            others = np.flatnonzero(lacks)
            for places, rows in self._cache.get(self._prefix(pooling, self._tokenization), keys[others]):
                yield others[places], rows

    def has(self, pooling: Pooling, keys: Any) -> Any:
        """(n,) whether there is a row of each key, as far as the index tells; vectors are not looked at."""
        n_tokens = self._cache.n_tokens(self._prefix(pooling, self._head), keys)
        if self._tokenization == self._head:
            return n_tokens >= 0
        found = (n_tokens >= 0) & self._is_whole(n_tokens)
        own = self._cache.n_tokens(self._prefix(pooling, self._tokenization), keys)
        return found | (own >= 0)

    def put(self, pooling: Pooling, keys: Any, rows: Rows) -> None:
        """Keep these rows, in step with their keys."""
        is_head = self._is_whole(rows.n_tokens) | (self._tokenization == self._head)
        for tokenization, own in ((self._head, is_head), (self._tokenization, ~is_head)):
            if own.any():
                told = (self._name, f"vectors of {pooling.pooler}, {tokenization.max_length} tokens")
                some = (keys, rows) if own.all() else (keys[own], rows.take(own))
                self._cache.put(self._prefix(pooling, tokenization), *some, told)

    def _is_whole(self, n_tokens: Any) -> Any:
        return n_tokens <= self._tokenization.max_length


class NoCache:
    """Remembers nothing: `--no-cache` and the identity control."""

    def get(self, pooling: Pooling, keys: Any) -> Iterable[tuple[Any, Rows]]:
        """Nothing."""
        return ()

    def put(self, pooling: Pooling, keys: Any, rows: Rows) -> None:
        """Forget these rows."""
