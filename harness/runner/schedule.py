"""From a plan to jobs: which cells go together, what is timed, what is left to do."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.catalogue import catalogue
from harness.core.records import Cell, Head, reading_key
from harness.encoders import EncoderFolder
from harness.latency import REQUESTS, read_requests
from harness.runner.jobs import BuildJob, MeasureJob
from harness.runner.prepare import Prepared
from harness.runner.texts import Readings
from harness.runner.timing import Subjects, TimeJob, Workload, workload_of
from harness.runner.vectors import cache_file
from harness.suite.cells import PlannedCell, start_of


@dataclass(frozen=True)
class Stores:
    """Where vectors are kept (None: nowhere) and built checkpoints."""

    vectors: Path | None
    checkpoints: Path


def stores_of(run: Path, cache: bool) -> Stores:
    """This machine's stores; without a cache, checkpoints lie in the run folder."""
    if cache:
        return Stores(cache_file(), cache_file().with_name("checkpoints"))
    return Stores(None, run / "checkpoints")


def build_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[BuildJob]:
    """One job for each checkpoint that the run builds and that cells wait for."""
    resolved = prepared.resolved
    jobs = []
    for key, cells in cells_by_checkpoint(prepared, kept).items():
        first = next(iter(cells.values()))
        if not first.head.is_built:
            continue
        encoder = resolved.encoders[first.address.encoder]
        jobs.append(
            BuildJob(
                name=f"{_built_name(first)}, training",
                encoder=encoder,
                backend=resolved.materials.backend,
                device=prepared.device,
                head=first.head,
                start=_start(first.head),
                address=first.address,
                cells=tuple(cells.values()),
                tasks=resolved.tasks,
                out=stores.checkpoints / key,
                cache=stores.vectors,
                n_threads=prepared.n_threads,
            )
        )
    return jobs


def _start(head: Head) -> Head | None:
    """The head that a built one begins with, as its step names it."""
    step = head.checkpoint.lineage[-1]
    mode = start_of(catalogue(), catalogue().get("mode", head.mode.name), str(head.mode.parameters.get("head")))
    if mode is None:
        return None
    start = Head(head.base, head.backend, {"text": step.parameters["tokenization"]}, head.pooling, mode, head.train)
    assert start.key == step.teacher
    return start


def _built_name(cell: Cell) -> str:
    """What a job is called that is about a checkpoint of the run's own."""
    repeat = f" ({cell.address.repeat})" if cell.address.repeat.train is not None else ""
    train = f", {'+'.join(cell.head.train_domains)}" if cell.head.train_domains else ""
    return f"{cell.address.encoder} {cell.address.pooler} {cell.address.mode} {cell.address.task}{train}{repeat}"


def cells_by_checkpoint(prepared: Prepared, kept: set[str]) -> dict[str, dict[str, Cell]]:
    """The cells that are not kept, by key, of each checkpoint, by key."""
    found: dict[str, dict[str, Cell]] = {}
    for planned in prepared.plan.cells:
        if planned.cell is not None and planned.cell.key not in kept:
            found.setdefault(planned.cell.head.checkpoint.key, {}).setdefault(planned.cell.key, planned.cell)
    return found


def folders(prepared: Prepared, checkpoints: Path) -> dict[str, EncoderFolder]:
    """Where the weights of every checkpoint are, by its key; those that are built lie, or will lie, in the store."""
    encoders = prepared.resolved.encoders
    found: dict[str, EncoderFolder] = {}
    for folder in encoders.values():
        first = found.setdefault(folder.checkpoint.key, folder)
        if folder.own and folder is not first:  # one job computes for all of them
            found[folder.checkpoint.key] = replace(first, others=(*first.others, folder.own))
    for planned in prepared.plan.cells:
        head = planned.cell.head if planned.cell else None
        if head and head.is_built and head.checkpoint.key not in found:
            path = str(checkpoints / head.checkpoint.key)
            base = encoders[planned.address.encoder]
            found[head.checkpoint.key] = replace(base, path=path, checkpoint=head.checkpoint, layers=None)
    return found


def measure_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[MeasureJob]:
    """One job a checkpoint, encoders first in suite order, of the cells that are not kept."""
    resolved = prepared.resolved
    places = folders(prepared, stores.checkpoints)
    reference = resolved.materials.reference
    return [
        MeasureJob(
            name=job_name(places.get(key), next(iter(cells.values()))),
            encoder=places.get(key),
            backend=resolved.materials.backend,
            device=prepared.device,
            cells=tuple(cells.values()),
            tasks=resolved.tasks,
            reference=resolved.encoders[reference] if reference else None,
            readings=own_readings(prepared, key),
            cache=stores.vectors,
            n_threads=prepared.n_threads,
            private=prepared.suite.texts == "none",
        )
        for key, cells in cells_by_checkpoint(prepared, kept).items()
    ]


def job_name(folder: EncoderFolder | None, cell: Cell) -> str:
    """What the job is called that measures a checkpoint."""
    if folder is None:
        return "baselines"
    return _built_name(cell) if cell.head.is_built else folder.name


def own_readings(prepared: Prepared, checkpoint: str) -> tuple[Readings, ...]:
    """How the suite's encoders of one checkpoint, or those that it was built from, read by themselves."""
    encoders = prepared.resolved.encoders
    cells = (planned.cell for planned in prepared.plan.cells)
    builders = {c.address.encoder for c in cells if c and c.head.is_built and c.head.checkpoint.key == checkpoint}
    own = [f for name, f in encoders.items() if f.checkpoint.key == checkpoint or name in builders]
    return tuple({reading_key(f.readings): f.readings for f in own}.values())


def time_jobs(prepared: Prepared, done: set[str]) -> list[TimeJob]:
    """The processes that time, without those whose every line is there already."""
    latency = prepared.suite.latency
    if latency is None:
        return []
    cells = [c for c in prepared.plan.cells if c.kind == "clean" and c.cell is not None]
    workloads = _workloads(prepared, cells)
    subjects = Subjects(
        encoders=_timed_encoders(prepared, cells),
        poolings={name: _poolings(cells, name) for name in prepared.resolved.encoders},
        tfidf=any(c.address.encoder == "tfidf" for c in cells),
        workloads=workloads,
        device=prepared.device,
        n_threads=prepared.n_threads,
    )
    jobs = subjects.jobs(latency.scenarios, latency.replicates, latency.requests)
    left = [replace(j, keys={n: k for n, k in j.keys.items() if k not in done}) for j in jobs]
    return [j for j in left if j.keys]


def _workloads(prepared: Prepared, cells: list[PlannedCell]) -> tuple[Workload, ...]:
    """The clean test texts of each task, or one workload of the suite's own requests."""
    latency, suite = prepared.suite.latency, prepared.suite
    found: dict[str, Workload] = {}
    for planned in cells:
        name = planned.address.task
        if planned.cell is None or name in found:
            continue
        trains = (c.cell.head.train for c in cells if c.cell and c.address.task == name)
        train = next(filter(None, trains), {})
        found[name] = workload_of(prepared.resolved.tasks[name], planned.cell.test, train)
    if latency is None or not latency.texts or not found:
        return tuple(found.values())
    texts = tuple(read_requests(suite.folder / latency.texts))
    return (replace(next(iter(found.values())), task=REQUESTS, texts=texts),)


def _timed_encoders(prepared: Prepared, cells: list[PlannedCell]) -> dict[str, EncoderFolder]:
    named = {c.address.encoder for c in cells}
    return {name: folder for name, folder in prepared.resolved.encoders.items() if name in named}


def _poolings(cells: list[PlannedCell], encoder: str) -> tuple[Any, ...]:
    found = {c.address.pooler: c.cell.head.pooling for c in cells if c.cell and c.address.encoder == encoder}
    return tuple(found.items())
