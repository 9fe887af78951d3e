"""Outcomes on disk: compressed Arrow streams, one after the other in a file a run, and where each lies.

What every cell of a test split shares (items, gold …) is written once, what is a cell's own once a cell. The places of
both stand, with checksums, in the cell's line of cells.jsonl, which is written when they are safe on disk. So a kill
costs nothing that was finished, a cell is read without the others, and Arrow never sees damaged bytes.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.core import disk
from harness.core.data import Outcomes
from harness.core.errors import RunFolderError
from harness.core.shapes import Count
from harness.core.sized_cache import bytes_of, sized_cache

#: What does not hang on predictions.
_OF_ITEMS = ("item", "content", "cluster", "draw", "gold", "answers")
_OF_CELL = ("prediction", "score", "ranking")
#: Stands before the name of a column of `sums`.
_SUM = "sum:"
#: What Parquet calls the documents of a ranking.
_IN_LISTS = "ranking.list.element"
#: Bytes of tables of items that are kept once read, every cell of a split shares one, and of cells.
_TABLES, _CELLS = 2**28, 2**29
#: What is said of outcomes in files of a form that is read no more.
_EARLIER = (
    "made by an earlier version of the harness, which kept outcomes in another form. Run the suite again into this "
    "folder: cells are scored anew, from the vectors that are in the cache."
)


@dataclass(frozen=True)
class Place:
    """Where bytes of outcomes lie."""

    file: Annotated[str, Field(strict=True, pattern=r"^\d+\.outcomes$")]
    start: Count
    size: Count
    checksum: Annotated[str, Field(strict=True)]


@dataclass(frozen=True)
class Places:
    """Of a cell: what it shares with others of its split, and what is its own."""

    items: Place
    cell: Place


class OutcomeWriter:
    """Takes the outcomes of a run, a cell at a time, each synced. Nothing is ever written over."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        numbers = [int(path.stem) for path in folder.glob("*.outcomes") if path.stem.isdigit()]
        self._path = folder / f"{max(numbers, default=-1) + 1}.outcomes"
        self._known: dict[str, Place] = {}
        with disk.writing(self._path):
            self._file = self._path.open("xb", buffering=0)

    def append(self, outcomes: Outcomes) -> Places:
        """Write and sync one cell; where it lies."""
        items = {name: getattr(outcomes, name) for name in _OF_ITEMS}
        own = {name: getattr(outcomes, name) for name in _OF_CELL}
        sums = {_SUM + name: np.asarray(column, dtype=np.float64) for name, column in outcomes.sums.items()}
        places = Places(self._put(_packed(items)), self._put(_packed({**own, **sums})))
        with disk.writing(self._path):
            os.fsync(self._file.fileno())
        return places

    def _put(self, data: bytes) -> Place:
        """Where these bytes lie: they are written unless they are there."""
        checksum = _checksum(data)
        if checksum not in self._known:
            with disk.writing(self._path, len(data)):
                start, left = self._file.seek(0, os.SEEK_END), memoryview(data)
                while left:  # unbuffered, so that no rest is tried again when the file is closed
                    left = left[self._file.write(left) :]
            self._known[checksum] = Place(self._path.name, start, len(data), checksum)
        return self._known[checksum]

    def close(self) -> None:
        """No more cells."""
        self._file.close()


class OutcomeReader:
    """Reads the outcomes of single cells from a folder; what is damaged counts as absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read = sized_cache(_CELLS, lambda made: _bytes_of(vars(made)) if made else 0)(self._read)
        self._items = sized_cache(_TABLES, lambda table: _bytes_of(table or {}))(self._table)
        self._holds = lru_cache(None)(lambda place: self._bytes(place) is not None)

    def _read(self, places: Places | None) -> Outcomes | None:
        """The outcomes of a finished cell; None where bytes are missing or damaged.

        RunFolderError where they are those of an earlier version, of which no line says the places.
        """
        if places is None and any(self._folder.glob("*.parquet")):
            raise RunFolderError(f"{self._folder.parent}: {_EARLIER}")
        if places is None:
            return None
        items, own = self._items(places.items), self._table(places.cell)
        columns = {**(own or {}), **(items or {})}
        if not _is_cell(columns):
            return None
        sums = {name.removeprefix(_SUM): column for name, column in columns.items() if name.startswith(_SUM)}
        return Outcomes(**{name: columns[name] for name in (*_OF_ITEMS, *_OF_CELL) if name in columns}, sums=sums)

    def is_whole(self, places: Places) -> bool:
        """Whether the bytes of a cell are there and are those that were written. Nothing is decoded."""
        return self._holds(places.items) and self._holds(places.cell)

    def _table(self, place: Place) -> dict[str, Any] | None:
        data = self._bytes(place)
        return None if data is None else _unpacked(data)

    def _bytes(self, place: Place) -> bytes | None:
        try:
            with (self._folder / place.file).open("rb") as stream:
                stream.seek(place.start)
                data = stream.read(min(place.size, os.fstat(stream.fileno()).st_size))
        except OSError:
            return None
        return data if _checksum(data) == place.checksum else None


def _bytes_of(columns: Mapping[str, Any]) -> int:
    """About how many bytes the columns take; those of items are shared, and counted with each cell all the same."""
    return sum(bytes_of(column, 0) for column in columns.values() if isinstance(column, list | tuple | np.ndarray))


def _is_cell(columns: Mapping[str, Any]) -> bool:
    """Whether these can be one cell's: a line that somebody has edited may say otherwise."""
    told = set(columns) >= {"item", "cluster", "draw", "gold", "prediction", "score"}
    return told and len({len(column) for column in columns.values()}) == 1


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _packed(columns: Mapping[str, Any]) -> bytes:
    """A table of columns (n,) as the bytes of a Parquet file. A column of empty texts is left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: _to_arrow(column, name) for name, column in columns.items() if _is_told(column)})
    numbers = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    sink = pa.BufferOutputStream()
    texts = [name for name in table.column_names if name not in numbers]
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=[_IN_LISTS if name == "ranking" else name for name in texts],
        use_byte_stream_split=numbers,
        write_statistics=False,
    )
    return bytes(sink.getvalue())


def _is_told(column: Any) -> bool:
    return bool(column.dtype.kind not in "UO" or np.any(column != "") or not len(column))


def _to_arrow(column: Any, name: str) -> Any:
    """A column as it is kept; rankings as lists."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.dtype.kind not in "UO":
        return pa.array(column)
    texts = pa.array(column.tolist(), pa.string())  # as a list: Arrow ends numpy's texts at their first NUL
    return pc.split_pattern(texts, "|") if name == "ranking" else texts


def _unpacked(data: bytes) -> dict[str, Any]:
    """What `_packed` took."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)  # half the time of `pq.read_table`
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        texts = pc.binary_join(column, "|") if pa.types.is_list(column.type) else column
        values = texts.to_numpy()
        columns[name] = values.astype(str) if pa.types.is_string(texts.type) else values
    return columns
