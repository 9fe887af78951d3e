"""What a job does, in order. Read this first: everything else in the harness is called from here.

A measure job is one checkpoint and all its cells: load the data, encode every distinct text once, then fit
heads and score cells from vectors. It runs in a child process and only yields events.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial

from harness import encoders
from harness.core.errors import message_of, reason_of
from harness.core.events import CellFailed, EncoderFact, Event, Phase
from harness.core.records import Backend, Cell
from harness.encoders import Encoded, EncoderFolder
from harness.encoders.backends import Encoder
from harness.runner.checkpoints import by_weights
from harness.runner.data import Data
from harness.runner.jobs import MeasureJob
from harness.runner.texts import splits_of, texts_needed
from harness.runner.vectors import CacheView, NoCache, VectorCache


def measure(job: MeasureJob) -> Iterator[Event]:
    """All cells of a job, one event each; a cell that fails does not stop the others."""
    from harness.catalogue import catalogue
    from harness.runner.score import CellScorer

    set_threads(job.n_threads)
    yield Phase("loading data")
    data = Data(job.tasks, catalogue())
    broken = yield from _load(job, data)
    cells = [cell for cell in job.cells if cell.key not in broken]
    encoded: dict[str, Encoded] = {}
    model = once(lambda: load_encoder(_encoder(job), job.backend, job.device))
    if job.encoder is not None and cells:
        encoded = yield from _encode(job, cells, data, model)
    yield Phase("fitting and scoring")
    scorer = CellScorer(job, data, encoded, model, catalogue())
    for cell in cells:
        try:
            yield scorer.score(cell)
        except Exception as error:  # the cell boundary: the reason is recorded, the other cells go on
            yield _failed(cell, error)


def _failed(cell: Cell, error: Exception) -> CellFailed:
    return CellFailed(cell.key, reason_of(error), message_of(error))


def _encoder(job: MeasureJob) -> EncoderFolder:
    assert job.encoder is not None
    return job.encoder


def load_encoder(folder: EncoderFolder, backend: Backend | None, device: str) -> Encoder:
    """A checkpoint, loaded by its backend."""
    from harness.catalogue import catalogue

    assert backend is not None
    encoder: Encoder = catalogue().function("backend", backend.runtime)(folder, device, backend.precision)
    return encoder


def once(load: Callable[[], Encoder]) -> Callable[[], Encoder]:
    """The model, loaded when first asked for, once."""
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


def _encode(
    job: MeasureJob, cells: Sequence[Cell], data: Data, model: Callable[[], Encoder]
) -> Generator[Event, None, dict[str, Encoded]]:
    """Every distinct text of these cells once a tokenization, under all poolings asked for."""
    from harness.catalogue import catalogue

    assert job.backend is not None
    checkpoint = by_weights(_encoder(job))
    cache = VectorCache(job.cache) if job.cache else None
    encoded: dict[str, Encoded] = {}
    for tokenization, wants in texts_needed(cells, job.readings, data).items():
        yield Phase(f"encoding at {tokenization.max_length} tokens")
        store = CacheView(cache, checkpoint, job.backend, tokenization) if cache else NoCache()
        functions = _encoder(job).poolings(wants.poolings, partial(catalogue().function, "pooler"))
        encoded[tokenization.key] = yield from encoders.encode(list(wants.texts), tokenization, functions, model, store)
    if cache:
        cache.close()
    results = encoded.values()
    yield EncoderFact(
        {
            "batch_halvings": sum(r.n_halvings for r in results),
            "cache_hits": sum(r.n_hits for r in results),
            "cache_misses": sum(len(r.index) - r.n_hits for r in results),
            "corrupt_rows": cache.n_corrupt if cache else 0,
        }
    )
    return encoded


def set_threads(n_threads: int) -> None:
    """Threads of this process for tensor work."""
    import torch

    torch.set_num_threads(n_threads)
