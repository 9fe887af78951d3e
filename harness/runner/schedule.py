"""From a plan to jobs: which cells go together, what is timed, what is left to do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.core.records import NONE, Tokenization
from harness.encoders import EncoderFolder
from harness.latency import REQUESTS, read_requests
from harness.runner.jobs import MeasureJob
from harness.runner.prepare import Prepared
from harness.runner.timing import Subjects, TimeJob, Workload, workload_of
from harness.suite.cells import PlannedCell


def measure_jobs(prepared: Prepared, kept: set[str], cache: Path | None) -> list[MeasureJob]:
    """One job a checkpoint, encoders first in suite order, of the cells that are not kept."""
    resolved = prepared.resolved
    by_checkpoint: dict[str, dict[str, Any]] = {}
    for planned in prepared.plan.cells:
        if planned.cell is not None and planned.cell.key not in kept:
            by_checkpoint.setdefault(planned.cell.head.checkpoint.key, {}).setdefault(planned.cell.key, planned.cell)
    folders = {f.checkpoint.key: f for f in resolved.encoders.values()}
    reference = resolved.materials.reference
    return [
        MeasureJob(
            name="baselines" if key == NONE.key else folders[key].name,
            encoder=folders.get(key),
            backend=resolved.materials.backend,
            device=prepared.device,
            cells=tuple(cells.values()),
            tasks=resolved.tasks,
            reference=resolved.encoders[reference] if reference else None,
            readings=own_readings(prepared, key),
            cache=cache,
            n_threads=prepared.n_threads,
        )
        for key, cells in by_checkpoint.items()
    ]


def own_readings(prepared: Prepared, checkpoint: str) -> tuple[Tokenization, ...]:
    """How the suite's encoders of one checkpoint read by themselves."""
    folders = prepared.resolved.encoders.values()
    return tuple(dict.fromkeys(f.tokenization for f in folders if f.checkpoint.key == checkpoint))


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
        train = next((t for t in trains if t), None)
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
