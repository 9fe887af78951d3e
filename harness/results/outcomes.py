"""Outcomes on disk: an Arrow stream while a job runs, one Parquet file a job when it ends.

A Parquet file cannot be read before its footer is written; the stream can, up to wherever a kill cut it.
So a finished cell survives anything. Both carry checksums: damaged bytes count as absent, never as results.
"""

import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from harness.core import disk
from harness.core.data import Outcomes

_COLUMNS = ("item", "content", "cluster", "draw", "gold", "prediction", "score", "answers", "ranking")
#: Those that earlier runs do not have, and all that are text.
_LATER = ("content", "answers", "ranking")
_TEXTS = ("item", "content", "cluster", "gold", "prediction", "answers", "ranking")
#: Float columns that some metric adds up; null where a task has none.
_SUMS = ("ndcg@10", "recall@10")


def _schema() -> Any:
    import pyarrow as pa

    types = {"draw": pa.int32(), "score": pa.float64()}
    fields = [pa.field("cell", pa.string())]
    fields += [pa.field(name, types.get(name, pa.string())) for name in _COLUMNS]
    return pa.schema(fields + [pa.field(name, pa.float64()) for name in _SUMS])


def _to_batch(key: str, outcomes: Outcomes) -> Any:
    import pyarrow as pa

    n = len(outcomes)
    arrays = [pa.array([key] * n, pa.string())]
    # as lists: Arrow ends numpy's texts at their first NUL
    arrays += [pa.array(getattr(outcomes, name).tolist()) for name in _COLUMNS]
    arrays += [pa.array(outcomes.sums.get(name, [None] * n), pa.float64()) for name in _SUMS]
    return pa.RecordBatch.from_arrays(
        [a.cast(f.type) for a, f in zip(arrays, _schema(), strict=True)], schema=_schema()
    )


class OutcomeWriter:
    """Takes the outcomes of one job, a cell at a time, each synced; `close` turns them into Parquet."""

    def __init__(self, folder: Path, job: str) -> None:
        folder.mkdir(exist_ok=True)
        taken = {path.name.split(".", 1)[0] for path in folder.iterdir()}
        name = job.replace(".", "-")
        number = next(n for n in itertools.count() if f"{name}-{n}" not in taken)
        self._stream = folder / f"{name}-{number}.arrows"
        with disk.writing(self._stream):
            self._file = self._stream.open("wb", buffering=0)

    def append(self, key: str, outcomes: Outcomes) -> None:
        """Write and sync one cell: its length, its checksum, an Arrow stream of one batch."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, _schema()) as writer:
            writer.write_batch(_to_batch(key, outcomes))
        data = sink.getvalue().to_pybytes()
        with disk.writing(self._stream, len(data)):
            left = memoryview(len(data).to_bytes(8, "big") + _checksum(data) + data)
            while left:  # unbuffered, so that no rest is tried again when the file is closed
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """End the job: the stream becomes a Parquet file with a row group a cell."""
        self._file.close()
        with disk.writing(self._stream.with_suffix(".parquet"), self._stream.stat().st_size):
            _finish(self._stream)


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _batches(stream: Path) -> Iterator[Any]:
    """The whole batches of a stream, up to wherever it was cut or damaged. Arrow sees no other bytes."""
    import pyarrow as pa

    with stream.open("rb") as file:
        while len(head := file.read(24)) == 24:
            data = file.read(min(int.from_bytes(head[:8], "big"), stream.stat().st_size))
            if _checksum(data) != head[8:]:
                return
            yield from pa.ipc.open_stream(data)


def _finish(stream: Path) -> None:
    """Make the Parquet file; the checksum of its bytes is part of its name."""
    import pyarrow.parquet as pq

    part = stream.with_suffix(".part")
    batches = list(_batches(stream))
    if batches:
        with pq.ParquetWriter(part, _schema(), compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
        part.replace(stream.with_suffix(f".{_checksum(part.read_bytes()).hex()}.parquet"))
    stream.unlink()


def recover(folder: Path) -> None:
    """Turn what an interrupted run left behind into Parquet files. Call only while holding the run's lock."""
    for part in folder.glob("*.part"):
        part.unlink()
    for stream in sorted(folder.glob("*.arrows")):
        _finish(stream)


def read_outcomes(folder: Path) -> dict[str, Outcomes]:
    """All outcomes by cell key; a recomputed cell's latest ones win. Damaged or foreign files count as absent."""
    import pyarrow as pa

    found: dict[str, Outcomes] = {}
    for path in sorted(folder.glob("*.parquet"), key=lambda p: (p.stat().st_mtime_ns, p.name)):
        data = path.read_bytes()
        if _checksum(data).hex() == path.name.split(".")[-2] and (table := _table(data)) is not None:
            found.update(_split(table))
    for stream in folder.glob("*.arrows"):
        for batch in _batches(stream):
            found.update(_split(pa.Table.from_batches([batch])))
    return found


def _table(data: bytes) -> Any:
    """The table in the bytes of a Parquet file; None where it is not one of ours."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        return None
    has = dict(zip(table.schema.names, table.schema.types, strict=True))
    wanted = [field for field in _schema() if field.name in has or field.name not in _LATER]
    is_ours = all(has.get(field.name) == field.type for field in wanted)
    full = [field.name for field in wanted if field.name not in _SUMS]
    return table if is_ours and not any(table.column(name).null_count for name in full) else None


def _split(table: Any) -> dict[str, Outcomes]:
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
    cell = columns.pop("cell").astype(str)
    starts = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]]) if len(cell) else np.array([], int)
    found = {}
    for start, stop in zip(starts, [*starts[1:], len(cell)], strict=True):
        part = {name: column[start:stop] for name, column in columns.items()}
        text = {name: part[name].astype(str) for name in _TEXTS if name in part}
        sums = {name: part[name] for name in _SUMS if not np.isnan(part[name]).any()}
        found[str(cell[start])] = Outcomes(**text, draw=part["draw"], score=part["score"], sums=sums)
    return found
