"""What a job does, in order. Read this first: everything else in the harness is called from here.

A measure job is one checkpoint and all its cells: load the data, encode every distinct text once, then fit
heads and score cells from vectors. It runs in a child process and only yields events.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import encoders, tasks
from harness.core.errors import HarnessError, reason_of
from harness.core.events import CellFailed, EncoderFact, Event, Phase
from harness.core.records import Backend, Cell, Pooling, Tokenization
from harness.encoders import Encoded, EncoderFolder, backends
from harness.encoders.backends import Encoder
from harness.runner.data import Data
from harness.runner.vectors import CacheView, NoCache, VectorCache


@dataclass(frozen=True)
class MeasureJob:
    """One (checkpoint, backend) and all its cells; `encoder` is None for the rows without one.

    `reference` is the encoder whose reading defines slices. `cache` None means nothing is kept.
    """

    name: str
    encoder: EncoderFolder | None
    backend: Backend
    device: str
    cells: tuple[Cell, ...]
    tasks: Mapping[str, tasks.Task]
    reference: EncoderFolder | None
    cache: Path | None
    n_threads: int


def measure(job: MeasureJob) -> Iterator[Event]:
    """All cells of a job, one event each; a cell that fails does not stop the others."""
    from harness.catalogue import catalogue
    from harness.runner.score import Scorer

    set_threads(job.n_threads)
    yield Phase("loading data")
    data = Data(job.tasks, catalogue())
    broken = yield from _load(job, data)
    cells = [cell for cell in job.cells if cell.key not in broken]
    encoded: dict[str, Encoded] = {}
    model = _once(lambda: backends.load(_encoder(job), job.device))
    if job.encoder is not None and cells:
        encoded = yield from _encode(job, cells, data, model)
        yield EncoderFact({"n_parameters": model().n_parameters})
    yield Phase("fitting and scoring")
    scorer = Scorer(job, data, encoded, model, catalogue())
    for cell in cells:
        try:
            yield scorer.score(cell)
        except Exception as error:  # the cell boundary: the reason is recorded, the other cells go on
            yield _failed(cell, error)


def _failed(cell: Cell, error: Exception) -> CellFailed:
    message = str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    return CellFailed(cell.key, reason_of(error), message)


def _encoder(job: MeasureJob) -> EncoderFolder:
    assert job.encoder is not None
    return job.encoder


def _once(load: Callable[[], Encoder]) -> Callable[[], Encoder]:
    """The model, loaded when first asked for: a run from the cache may never need it."""
    loaded: list[Encoder] = []

    def get() -> Encoder:
        if not loaded:
            loaded.append(load())
        return loaded[0]

    return get


def _load(job: MeasureJob, data: Data) -> Generator[Event, None, set[str]]:
    """Load every split; yields the failure of each cell whose data is bad, returns their keys."""
    broken: set[str] = set()
    for cell in job.cells:
        try:
            for split in splits_of(cell):
                data(cell.address.task, split)
        except Exception as error:  # a bad data file costs its own cells only
            broken.add(cell.key)
            yield _failed(cell, error)
    return broken


def splits_of(cell: Cell) -> list[Any]:
    """The splits a cell needs: its head's training split and its test splits."""
    return [*([cell.head.train] if cell.head.train else []), *cell.test.values()]


def _encode(
    job: MeasureJob, cells: Sequence[Cell], data: Data, model: Callable[[], Encoder]
) -> Generator[Event, None, dict[str, Encoded]]:
    """Every distinct text of these cells once a tokenization, under all poolings asked for."""
    from harness.catalogue import catalogue

    wanted: dict[Tokenization, tuple[dict[Pooling, None], dict[str, None]]] = {}
    for cell in cells:
        assert cell.head.tokenization is not None
        assert cell.head.pooling is not None
        poolings, texts = wanted.setdefault(cell.head.tokenization, ({}, {}))
        poolings[cell.head.pooling] = None
        for split in splits_of(cell):
            texts.update(dict.fromkeys(data(cell.address.task, split).text))
    cache = VectorCache(job.cache) if job.cache else None
    encoded: dict[str, Encoded] = {}
    n_halvings = n_hits = n_texts = 0
    for tokenization, (poolings, texts) in wanted.items():
        yield Phase(f"encoding at {tokenization.max_length} tokens")
        store = CacheView(cache, _encoder(job).checkpoint, job.backend, tokenization) if cache else NoCache()
        functions = [(p, catalogue().get("pooler", p.pooler).function) for p in poolings]
        result = yield from encoders.encode(list(texts), tokenization, functions, model, store)
        encoded[tokenization.key] = result
        n_halvings, n_hits, n_texts = (
            n_halvings + result.n_halvings,
            n_hits + result.n_hits,
            n_texts + len(texts),
        )
    n_corrupt = cache.n_corrupt if cache else 0
    if cache:
        cache.close()
    facts = {
        "batch_halvings": n_halvings,
        "cache_hits": n_hits,
        "cache_misses": n_texts - n_hits,
        "corrupt_rows": n_corrupt,
    }
    yield EncoderFact(facts)
    return encoded


def set_threads(n_threads: int) -> None:
    """Threads of this process for tensor work."""
    import torch

    torch.set_num_threads(n_threads)
