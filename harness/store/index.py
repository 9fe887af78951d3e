"""Where rows lie: SQLite in WAL mode, a line a batch of rows, and those of their rows that proved damaged.

Of blocks that other machines have too: the name that each has where they share it.

Safe for several processes at once. A file that SQLite cannot read is moved aside and a new one begun.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.core.errors import HarnessError
from harness.store.blocks import SUFFIX, Batch, block_file, number_of

NAME = "index.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS blocks (
    number INTEGER PRIMARY KEY, prefix BLOB NOT NULL, d INTEGER NOT NULL, encoder TEXT NOT NULL, reads TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS blocks_prefix ON blocks (prefix);
CREATE TABLE IF NOT EXISTS batches (
    block INTEGER NOT NULL, start INTEGER NOT NULL, n_rows INTEGER NOT NULL, n_vectors INTEGER NOT NULL,
    checksum BLOB NOT NULL, PRIMARY KEY (block, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped (
    block INTEGER NOT NULL, start INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (block, start, row)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shared (
    prefix BLOB NOT NULL, name TEXT NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (prefix, name)
) WITHOUT ROWID;
"""


class Index:
    """The index of a store. HarnessError where its file cannot be opened at all; `n_damaged` files moved aside.

    One that may only be read is read; `is_fixed` says so.
    """

    def __init__(self, folder: Path, wait_s: float = 60.0) -> None:
        self.folder, self.path = folder, folder / NAME
        self.n_damaged, self.is_fixed = 0, False
        self._wait_s, self._turn = wait_s, threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = self._open()
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            if _is_damage(error):
                self._start_over()
            elif not self._open_fixed():
                raise HarnessError(
                    f"the vector cache {folder} cannot be opened ({error}). Name a folder that can be written to in "
                    "HARNESS_CACHE, or use --no-cache."
                ) from None

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False)
        db.text_factory = lambda text: text.decode(errors="replace")  # a damaged row may hold anything
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.executescript(_SCHEMA)
        except (sqlite3.Error, UnicodeDecodeError):
            db.close()
            raise
        return db

    def _open_fixed(self) -> bool:
        """Open a file that may only be read; whether that can be done."""
        with suppress(sqlite3.Error):
            found = f"{self.path.absolute().as_uri()}?immutable=1"
            self._db = sqlite3.connect(found, uri=True, isolation_level=None, check_same_thread=False)
            self._db.execute("SELECT number FROM blocks LIMIT 1").fetchall()
            self.is_fixed = True
        return self.is_fixed

    def _start_over(self) -> None:
        """Move a file that SQLite cannot read aside and begin a new one."""
        self.n_damaged += 1
        with suppress(AttributeError, sqlite3.Error):
            self._db.close()
        for suffix in ("", "-wal", "-shm"):
            file = self.path.with_name(self.path.name + suffix)
            with suppress(FileNotFoundError):
                file.replace(file.with_name(file.name + f".corrupt-{os.getpid()}"))
        self._db = self._open()

    @contextmanager
    def _mended(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """The database, to one thread at a time. A damaged one becomes an empty one, and the block ends there."""
        with self._turn:
            try:
                with self._db:  # rolls back what an error leaves open
                    if writes:
                        self._db.execute("BEGIN IMMEDIATE")
                    yield self._db
            except (sqlite3.Error, UnicodeDecodeError) as error:
                if not _is_damage(error):
                    raise
                self._start_over()

    def batches(self, prefix: bytes) -> list[Batch]:
        """The batches of rows of a prefix, the newest first."""
        asked = (
            "SELECT block, start, n_rows, n_vectors, d, checksum FROM blocks JOIN batches ON block = number "
            "WHERE prefix = ? ORDER BY block DESC, start DESC"
        )
        found = list[Batch]()
        with self._mended() as db:
            for line in db.execute(asked, (prefix,)).fetchall():
                if not all(isinstance(n, int) and 0 <= n < 2**40 for n in line[:5]) or not line[4]:
                    raise sqlite3.DatabaseError("a batch lies where none can")
                found.append(Batch(*line))
        return found

    def dropped(self, prefix: bytes) -> dict[tuple[int, int], list[int]]:
        """The rows that proved damaged, by the block and the start of their batch."""
        asked = "SELECT block, start, row FROM dropped JOIN blocks ON block = number WHERE prefix = ?"
        found = dict[tuple[int, int], list[int]]()
        with self._mended() as db:
            for block, start, row in db.execute(asked, (prefix,)).fetchall():
                if not isinstance(row, int):
                    raise sqlite3.DatabaseError("a row has no number")
                found.setdefault((block, start), []).append(row)
        return found

    def forget(self, batch: Batch) -> None:
        """Forget a batch."""
        with self._mended(writes=True) as db:
            db.execute("DELETE FROM batches WHERE block = ? AND start = ?", (batch.block, batch.start))

    def drop(self, batch: Batch, rows: Sequence[int], checksum: bytes) -> None:
        """Forget these rows of a batch, whose head has this checksum now."""
        with self._mended(writes=True) as db:
            lines = [(batch.block, batch.start, row) for row in rows]
            db.executemany("INSERT OR IGNORE INTO dropped VALUES (?, ?, ?)", lines)
            where = "UPDATE batches SET checksum = ? WHERE block = ? AND start = ?"
            db.execute(where, (checksum, batch.block, batch.start))

    def begin(self, prefix: bytes, d: int, encoder: str, reads: str) -> int:
        """The number of a new block; no file has had it."""
        number = 0
        with self._mended(writes=True) as db:
            (last,) = db.execute("SELECT COALESCE(MAX(number), 0) FROM blocks").fetchone()
            number = 1 + max([last, *map(number_of, self.folder.glob(f"*{SUFFIX}"))])
            db.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)", (number, prefix, d, encoder, reads))
        return number or self.begin(prefix, d, encoder, reads)

    def add(self, *batches: Batch) -> None:
        """Say that batches are written."""
        lines = [(batch.block, batch.start, batch.n_rows, batch.n_vectors, batch.checksum) for batch in batches]
        with self._mended(writes=True) as db:
            db.executemany("INSERT INTO batches VALUES (?, ?, ?, ?, ?)", lines)

    def shared(self, prefix: bytes) -> set[str]:
        """The shared files of a prefix whose rows are here, by name."""
        lines: list[tuple[str, int]] = []
        with self._mended() as db:
            lines = db.execute("SELECT name, block FROM shared WHERE prefix = ?", (prefix,)).fetchall()
        return {name for name, block in lines if isinstance(block, int) and block_file(self.folder, block).exists()}

    def note(self, prefix: bytes, name: str, block: int) -> None:
        """Say that a block is a shared file of this name."""
        with self._mended(writes=True) as db:
            db.execute("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", (prefix, name, block))

    def blocks(self) -> list[tuple[int, str, str]]:
        """Number of each block, the encoder that it is of, and how that reads and pools."""
        found = list[tuple[int, str, str]]()
        with self._mended() as db:
            found += db.execute("SELECT number, encoder, reads FROM blocks ORDER BY number").fetchall()
        return found

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget these blocks."""
        with self._mended(writes=True) as db:
            for number in numbers:
                db.execute("DELETE FROM blocks WHERE number = ?", (number,))
                for table in ("batches", "dropped", "shared"):
                    db.execute(f"DELETE FROM {table} WHERE block = ?", (number,))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _is_damage(error: Exception) -> bool:
    """SQLite says of a damaged file just `DatabaseError`, in words that may not even be UTF-8."""
    kinds = (sqlite3.DatabaseError, sqlite3.IntegrityError, UnicodeDecodeError)
    return type(error) in kinds or "no such" in str(error)
