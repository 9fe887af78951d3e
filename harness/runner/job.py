"""What a job does, in order. Read this first: everything else in the harness is called from here.

A measure job is one checkpoint and all its cells: load the data, encode every distinct text once, then fit
heads and score cells from vectors. It runs in a child process and only yields events. Before a large one, encode jobs
may have put vectors into the store, each a part of them.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from harness import encoders
from harness.catalogue import catalogue
from harness.core.errors import message_of, reason_of
from harness.core.events import CellFailed, EncoderFact, Event, Kept, Phase, Remark
from harness.core.inputs import Input, keys_of
from harness.core.records import Cell, Tokenization
from harness.encoders import Encoded
from harness.encoders.backends import Encoder
from harness.encoders.encoded import pooled_by
from harness.encoders.parts import inputs_of
from harness.encoders.tokenizer import Tokenizer
from harness.runner.checkpoints import by_weights
from harness.runner.data import Data, Needed, splits_of, texts_needed
from harness.runner.jobs import Build, EncodeJob, MeasureJob, ReadingJob, TimeJob
from harness.runner.place import Place
from harness.runner.vectors import CacheView, NoCache, open_cache


def measure(job: MeasureJob, place: Place) -> Iterator[Event]:
    """All cells of a job, one event each; a cell that fails does not stop the others."""
    from harness.runner.score import CellScorer

    set_threads(place.n_threads)
    yield Phase("loading data")
    data = Data(job.tasks)
    broken = _broken(job.cells, data)
    yield from broken.values()
    cells = [cell for cell in job.cells if cell.key not in broken]
    encoded: dict[str, Encoded] = {}
    model = cache(partial(load_encoder, job, place.device))
    if job.encoder is not None and cells:
        encoded = yield from encode(job, place.stores.vectors, texts_needed(cells, job.readings, data), model)
    yield Phase("fitting and scoring")
    scorer = CellScorer(job, data, encoded, model)
    for cell in cells:
        try:
            yield scorer.score(cell)
        except Exception as error:  # the cell boundary: the reason is recorded, the other cells go on
            yield _failed(cell, error)


def _failed(cell: Cell, error: Exception) -> CellFailed:
    return CellFailed(cell.key, reason_of(error), message_of(error))


def load_encoder(job: Build | ReadingJob | TimeJob, device: str) -> Encoder:
    """The encoder of a job that has one, loaded by its backend; EncoderError where its files are not the plan's."""
    assert job.backend is not None
    assert job.encoder is not None
    encoders.refuse_changed(job.encoder)
    load = catalogue().function("backend", job.backend.runtime)
    encoder: Encoder = load(job.encoder, device, job.backend.precision)
    return encoder


def _broken(cells: Sequence[Cell], data: Data) -> dict[str, CellFailed]:
    """Load every split; the failure of each cell whose data is bad, by its key."""
    broken: dict[str, CellFailed] = {}
    for cell in cells:
        try:
            for split in splits_of(cell):
                data(cell.address.task, split)
        except Exception as error:  # a bad data file costs its own cells only
            broken[cell.key] = _failed(cell, error)
    return broken


def encode_part(job: EncodeJob, place: Place) -> Iterator[Event]:
    """A part of what a measure job reads, into the store; at last it says what of it is there.

    What bad data costs is the measure job's to tell.
    """
    set_threads(place.n_threads)
    yield Phase("loading data")
    data = Data(job.tasks)
    broken = _broken(job.cells, data)
    cells = [cell for cell in job.cells if cell.key not in broken]
    model = cache(partial(load_encoder, job, place.device))
    needed, own = texts_needed(cells, job.readings, data), dict[Tokenization, Needed]()
    known = defaultdict[object, set[Input]](set)
    for tokenization, wants in needed.items():
        alike = known[replace(tokenization, truncation="head"), frozenset(wants.poolings)]
        texts, in_batches = inputs_of(job.part, list(wants.texts), tokenization, model(), alike)
        own[tokenization] = Needed(wants.poolings, dict.fromkeys(texts), in_batches)
        alike.update(wants.texts)
    encoded = yield from encode(job, place.stores.vectors, own, model)
    for tokenization, wants in own.items():
        texts = [one for one in wants.texts if one not in encoded[tokenization.key].bad]
        keys = keys_of(texts)
        for pooling in wants.poolings:
            yield Kept(tokenization, pooling, keys[pooled_by(pooling, texts)])


def encode(
    job: Build | ReadingJob,
    kept: Path | None,
    needed: Mapping[Tokenization, Needed],
    model: Callable[[], Encoder],
    wherefore: str = "",
) -> Generator[Event, None, dict[str, Encoded]]:
    """These texts once a tokenization, by its key, under all poolings asked for; `kept` is where vectors are."""
    assert job.backend is not None
    assert job.encoder is not None
    checkpoint = by_weights(job.encoder)
    encoded: dict[str, Encoded] = {}
    with closing(open_cache(kept)) if kept else nullcontext() as vectors:
        for tokenization, wants in needed.items():
            how = "" if tokenization.truncation == "head" else f" ({tokenization.truncation})"
            yield Phase(f"encoding at {tokenization.max_length} tokens{how}{wherefore}")
            own = checkpoint, job.backend, tokenization, job.encoder.name
            store = CacheView(vectors, *own) if vectors else NoCache()
            poolings = job.encoder.poolings(wants.poolings, partial(catalogue().function, "pooler"))
            texts = list(wants.texts)
            steps = encoders.encode(texts, tokenization, poolings, model, store, wants.in_batches)
            encoded[tokenization.key] = yield from steps
    yield from map(Remark, vectors.troubles if vectors else ())
    results = encoded.values()
    n_hits, n_read = sum(r.n_hits for r in results), sum(len(r.index) for r in results)
    counts = {"hits": n_hits, "misses": n_read - n_hits, **(vectors.counts if vectors else {})}
    tokenizer = {"tokenizer": Tokenizer(job.encoder).kind} if isinstance(job, MeasureJob) else {}
    yield EncoderFact({"batch_halvings": sum(r.n_halvings for r in results), "cache": counts, **tokenizer})
    return encoded


def set_threads(n_threads: int) -> None:
    """Threads of this process: of tensors, and of the products of other libraries."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(n_threads)
    threadpool_limits(n_threads)
