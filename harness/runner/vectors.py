"""The vector cache: SQLite in WAL mode, a checksum a row, a size limit with eviction.

Safe for several processes at once. A row that does not match its checksum is dropped and computed again;
a file that SQLite cannot read is moved aside and a new one begun. Nothing read from it is trusted blindly.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import assets
from harness.core.errors import HarnessError
from harness.core.fingerprint import fingerprint
from harness.core.inputs import Input, input_bytes
from harness.core.records import ENGINE_VERSION, Backend, Checkpoint, Pooling, Tokenization
from harness.encoders.encoded import Row

_DAY_S = 86_400
_LOOKUP = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    key BLOB PRIMARY KEY, used INTEGER NOT NULL, n_tokens INTEGER NOT NULL, digest INTEGER NOT NULL,
    vector BLOB NOT NULL, checksum BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS vectors_used ON vectors (used);
"""


def size_limit(name: str = "HARNESS_CACHE_GB", default: str = "5") -> int:
    """Bytes a store may hold, by the environment variable of this name. HarnessError where that is not a number."""
    stated = os.environ.get(name, default)
    try:
        return int(float(stated) * 2**30)
    except (ValueError, OverflowError):
        raise HarnessError(f"{name} is {stated!r}; expected a number of gigabytes, like {default}.") from None


def cache_file() -> Path:
    """Where this machine keeps its vectors."""
    return assets.cache_root() / "vectors.sqlite"


class VectorCache:
    """All stored vectors of this machine. HarnessError where the file cannot be opened at all."""

    def __init__(self, path: Path, limit: int | None = None, *, wait_s: float = 60.0) -> None:
        self.path, self.limit = path, size_limit() if limit is None else limit
        self.n_corrupt = 0
        self._wait_s = wait_s
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._open()
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            if not _is_damage(error):
                raise HarnessError(
                    f"the vector cache {path} cannot be opened ({error}). Name a folder that can be written to in "
                    "HARNESS_CACHE, or use --no-cache."
                ) from None
            self._start_over()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None)
        db.text_factory = bytes  # a damaged row may call its vector a text
        try:
            db.execute("PRAGMA auto_vacuum=INCREMENTAL")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.executescript(_SCHEMA)
        except (sqlite3.Error, UnicodeDecodeError):
            db.close()
            raise
        return db

    def _start_over(self) -> None:
        """Move a file that SQLite cannot read aside and begin a new one."""
        self.n_corrupt += 1
        with suppress(AttributeError, sqlite3.Error):
            self._db.close()
        for suffix in ("", "-wal", "-shm"):
            file = self.path.with_name(self.path.name + suffix)
            with suppress(FileNotFoundError):
                file.replace(file.with_name(file.name + f".corrupt-{os.getpid()}"))
        self._db = self._open()

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """Treat a damaged file as an empty cache; a full disk or a long lock only costs the write."""
        try:
            with self._db:  # rolls back what an error leaves open
                yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if _is_damage(error):
                self._start_over()
            elif not isinstance(error, sqlite3.OperationalError):
                raise

    def get(self, prefix: bytes, inputs: Sequence[Input]) -> dict[Input, Row]:
        """The sound rows that are there, by input."""
        by_key = {_row_key(prefix, one): one for one in inputs}
        keys, found, bad, unused = list(by_key), dict[Input, Row](), list[bytes](), list[bytes]()
        with self._mended():
            for start in range(0, len(keys), _LOOKUP):
                for key, stale, n_tokens, digest, vector, checksum in self._rows(keys[start : start + _LOOKUP]):
                    if not isinstance(vector, bytes) or checksum != _checksum(key, n_tokens, digest, vector):
                        bad.append(key)
                        continue
                    found[by_key[key]] = Row(_vectors(vector), n_tokens, digest)
                    if stale:
                        unused.append(key)
            self._note(bad, unused)
        return found

    def _rows(self, keys: list[bytes]) -> sqlite3.Cursor:
        marks = ",".join("?" * len(keys))
        columns = "key, used < ?, n_tokens, digest, vector, checksum"
        a_day_ago = int(time.time()) - _DAY_S
        return self._db.execute(f"SELECT {columns} FROM vectors WHERE key IN ({marks})", [a_day_ago, *keys])

    def _note(self, bad: list[bytes], unused: list[bytes]) -> None:
        """Drop the bad rows; note the use of the others, at most once a day a row: a warm run writes nothing."""
        self.n_corrupt += len(bad)
        if bad or unused:
            now = int(time.time())
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in bad])
            self._db.executemany("UPDATE vectors SET used = ? WHERE key = ?", [(now, key) for key in unused])

    def put(self, prefix: bytes, rows: Mapping[Input, Row]) -> None:
        """Store rows, in one transaction."""
        now = int(time.time())
        values = []
        for one, row in rows.items():
            key, vector = _row_key(prefix, one), _blob(row.vectors)
            checksum = _checksum(key, row.n_tokens, row.digest, vector)
            values.append((key, now, row.n_tokens, row.digest, vector, checksum))
        with self._mended():
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?,?,?,?,?,?)", values)
        with self._mended():
            self._evict()

    def close(self) -> None:
        """Evict down to the limit, the longest unused first, and let go of the file."""
        with self._mended():
            self._evict()
        self._db.close()

    def _evict(self) -> None:
        while (used := self._size()) > self.limit:
            n_rows = self._db.execute("SELECT COUNT(*) FROM vectors").fetchone()[0]
            n_drop = int(n_rows * (1 - 0.9 * self.limit / used)) + 1
            oldest = "SELECT key FROM vectors ORDER BY used LIMIT ?"
            if not self._db.execute(f"DELETE FROM vectors WHERE key IN ({oldest})", (n_drop,)).rowcount:
                return
            self._db.executescript("PRAGMA incremental_vacuum")  # `execute` would free a single page

    def _size(self) -> int:
        """Bytes in use: pages that were freed do not count."""
        size, n_pages, n_free = (
            int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_size", "page_count", "freelist_count")
        )
        return size * (n_pages - n_free)


def _is_damage(error: Exception) -> bool:
    """SQLite says of a damaged file just `DatabaseError`, in words that may not even be UTF-8."""
    kinds = (sqlite3.DatabaseError, sqlite3.IntegrityError, UnicodeDecodeError)
    return type(error) in kinds or "no such" in str(error)


class CacheView:
    """The cache as seen by one (checkpoint, backend, tokenization): what `encode` asks.

    A text that is read whole is the same whatever would be read of a longer one: it is kept as read from its head.
    """

    def __init__(
        self, cache: VectorCache, checkpoint: Checkpoint, backend: Backend, tokenization: Tokenization
    ) -> None:
        self._cache = cache
        self._decides = {"checkpoint": checkpoint, "backend": backend}
        self._tokenization, self._head = tokenization, replace(tokenization, truncation="head")

    def _prefix(self, pooling: Pooling, tokenization: Tokenization) -> bytes:
        decides = {**self._decides, "tokenization": tokenization, "pooling": pooling, "engine": ENGINE_VERSION}
        return fingerprint(decides).encode()

    def get(self, pooling: Pooling, inputs: Sequence[Input]) -> dict[Input, Row]:
        """The rows that are there, by input."""
        found = self._cache.get(self._prefix(pooling, self._head), inputs)
        if self._tokenization == self._head:
            return found
        found = {one: row for one, row in found.items() if self._is_whole(row)}
        others = [one for one in inputs if one not in found]
        return found | self._cache.get(self._prefix(pooling, self._tokenization), others)

    def put(self, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
        """Keep these rows."""
        own = {} if self._tokenization == self._head else {o: r for o, r in rows.items() if not self._is_whole(r)}
        self._cache.put(self._prefix(pooling, self._head), {o: r for o, r in rows.items() if o not in own})
        if own:
            self._cache.put(self._prefix(pooling, self._tokenization), own)

    def _is_whole(self, row: Row) -> bool:
        return row.n_tokens <= self._tokenization.max_length


class NoCache:
    """Remembers nothing: `--no-cache` and the identity control."""

    def get(self, pooling: Pooling, inputs: Sequence[Input]) -> dict[Input, Row]:
        """Nothing."""
        return {}

    def put(self, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
        """Forget these rows."""


def _row_key(prefix: bytes, one: Input) -> bytes:
    return hashlib.blake2b(input_bytes(one), key=prefix, digest_size=16).digest()


def _blob(vectors: Any) -> bytes:
    """(k, d) as bytes: k in four of them, then the numbers."""
    return len(vectors).to_bytes(4, "little") + np.asarray(vectors, np.float32).tobytes()


def _vectors(blob: bytes) -> Any:
    return np.frombuffer(blob, np.float32, offset=4).reshape(int.from_bytes(blob[:4], "little"), -1)


def _checksum(key: bytes, n_tokens: int, digest: int, vector: bytes) -> bytes:
    facts = f"{n_tokens},{digest},".encode()
    return hashlib.blake2b(key + facts + vector, digest_size=8).digest()
