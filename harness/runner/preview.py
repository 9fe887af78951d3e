"""What a run would do, without doing it: cells, jobs, texts to encode, what is stored, rough minutes."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.core.records import Cell, Checkpoint, Tokenization
from harness.encoders import EncoderFolder
from harness.results import Run, Stored
from harness.runner.checkpoints import as_built
from harness.runner.data import Data
from harness.runner.jobs import BuildJob
from harness.runner.manifest import address_of
from harness.runner.prepare import Prepared
from harness.runner.schedule import build_jobs, cells_by_checkpoint, folders, job_name, own_readings, stores_of
from harness.runner.texts import Wanted, splits_of, wanted
from harness.runner.vectors import CacheView, VectorCache, cache_file

#: Multiply-adds a second that one core does in fp32, as measured for minilm on two; only for rough minutes.
_FLOPS_A_CORE = 6e10
_TOKENS_A_WORD = 1.3


@dataclass(frozen=True)
class JobPreview:
    """One measure job: cells, those already stored, distinct texts to read, those in the cache, rough seconds."""

    name: str
    n_cells: int
    n_kept: int
    n_texts: int
    n_cached: int
    seconds: float


@dataclass(frozen=True)
class BuildPreview:
    """One checkpoint to be trained: on how many texts, whether the store has it, rough seconds, MB on disk."""

    name: str
    n_texts: int
    is_stored: bool
    seconds: float
    disk_mb: float


@dataclass(frozen=True)
class Preview:
    """Jobs, and for each cell that is stored under another key the first piece that differs."""

    builds: tuple[BuildPreview, ...]
    jobs: tuple[JobPreview, ...]
    reruns: Mapping[str, str]
    n_kept: int


def preview(prepared: Prepared, path: Path) -> Preview:
    """Look at the run folder and the vector cache; loads data, but no weights."""
    try:
        old: Run | None = Run(path)
    except HarnessError:
        old = None
    kept = Stored(path).finished()
    stores = stores_of(path, cache=True)
    places = folders(prepared, stores.checkpoints)
    data = Data(prepared.resolved.tasks, catalogue())
    builds = tuple(_build(job, data) for job in build_jobs(prepared, kept, stores))
    jobs = tuple(
        _job(prepared, places.get(key), list(cells.values()), kept, data)
        for key, cells in cells_by_checkpoint(prepared, set()).items()
    )
    planned_keys = {c.key for c in prepared.plan.cells}
    return Preview(builds, jobs, _reruns(prepared, old, kept), len(kept & planned_keys))


def _build(job: BuildJob, data: Data) -> BuildPreview:
    """Training a text costs three times reading it, an epoch; layers that stay as they are cost less."""
    assert job.head.train is not None
    step = job.head.checkpoint.lineage[-1]
    try:
        texts = data(job.address.task, job.head.train).text
    except HarnessError:  # the run gives its cells their reason
        texts = ()
    seconds = sum(seconds_of(job.encoder, step.parameters["tokenization"], text, job.n_threads) for text in texts)
    epochs = float(step.parameters.get("epochs", 1))
    is_stored = (job.out / "training.json").exists()
    return BuildPreview(
        job.name, len(texts), is_stored, 0.0 if is_stored else 3 * epochs * seconds, job.encoder.disk_mb
    )


def _job(prepared: Prepared, folder: EncoderFolder | None, cells: list[Any], kept: set[str], data: Data) -> JobPreview:
    open_cells = [c for c in cells if c.key not in kept]
    n_kept = len(cells) - len(open_cells)
    name = job_name(folder, cells[0])
    if folder is None:
        return JobPreview(name, len(cells), n_kept, 0, 0, 0.0)
    base = prepared.resolved.encoders[cells[0].address.encoder]
    checkpoint = _checkpoint(folder, cells[0])
    n_texts = n_cached = 0
    seconds = 0.0
    readable = [c for c in open_cells if _is_readable(c, data)]
    for tokenization, wants in wanted(readable, own_readings(prepared, folder.checkpoint.key), data).items():
        missing = set(wants.texts) - (_cached(prepared, checkpoint, tokenization, wants) if checkpoint else set())
        n_texts, n_cached = n_texts + len(wants.texts), n_cached + len(wants.texts) - len(missing)
        seconds += sum(seconds_of(base, tokenization, text, prepared.n_threads) for text in missing)
    return JobPreview(name, len(cells), n_kept, n_texts, n_cached, seconds)


def _checkpoint(folder: EncoderFolder, cell: Cell) -> Checkpoint | None:
    """What vectors are kept by; None for a checkpoint that is still to be built."""
    if not cell.head.is_built:
        return folder.checkpoint
    try:
        return as_built(folder)
    except HarnessError:
        return None


def _is_readable(cell: Cell, data: Data) -> bool:
    """Whether there are texts; the run gives such a cell its reason."""
    try:
        return all(len(data(cell.address.task, split)) for split in splits_of(cell))
    except HarnessError:
        return False


def _cached(prepared: Prepared, checkpoint: Checkpoint, tokenization: Tokenization, wants: Wanted) -> set[str]:
    file = cache_file()
    if not file.exists():
        return set()
    with closing(VectorCache(file)) as vectors:
        view = CacheView(vectors, checkpoint, prepared.resolved.materials.backend, tokenization)
        return set.intersection(*(set(view.get(p, list(wants.texts))) for p in wants.poolings))


def seconds_of(folder: EncoderFolder, tokenization: Tokenization, text: str, n_threads: int) -> float:
    """Rough: 24 h² multiply-adds a layer and token, divided by what the cores do."""
    hidden, n_layers = _shape(folder.path)
    n_layers = len(folder.layers) if folder.layers else n_layers
    n_tokens = min(tokenization.max_length, len(text.split()) * _TOKENS_A_WORD + 2)
    return n_tokens * n_layers * 24 * hidden**2 / (_FLOPS_A_CORE * n_threads)


def _reruns(prepared: Prepared, old: Run | None, kept: set[str]) -> dict[str, str]:
    """For each address whose stored cell has another key: the first piece of the key that differs."""
    if old is None:
        return {}
    before = {json.dumps(e["address"], sort_keys=True): e.get("parts") for e in old.manifest["plan"]}
    found = {}
    for planned in prepared.plan.cells:
        if planned.cell is None or planned.cell.key in kept:
            continue
        parts = before.get(json.dumps(address_of(planned), sort_keys=True))
        now = planned.cell.parts()
        changed = [name for name in now if parts and parts.get(name) != now[name]]
        if changed:
            found[str(planned.address)] = changed[0]
    return found


@cache
def _shape(path: str) -> tuple[int, int]:
    """Width and layers, from the configuration."""
    config = json.loads((Path(path) / "config.json").read_text(encoding="utf-8"))
    hidden = int(config.get("hidden_size", config.get("dim", 768)))
    return hidden, int(config.get("num_hidden_layers", config.get("n_layers", 12)))
