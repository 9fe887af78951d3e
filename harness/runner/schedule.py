"""From a plan to jobs: which cells go together, what is timed, what is left to do."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from harness import tasks
from harness.catalogue import catalogue
from harness.core.records import Address, Backend, Cell, Checkpoint, Head, reading_key
from harness.encoders import EncoderFolder
from harness.encoders.checkpoints import Made
from harness.latency import REQUESTS, read_requests
from harness.runner.jobs import BuildJob, MeasureJob, StepJob
from harness.runner.prepare import Prepared
from harness.runner.texts import Readings
from harness.runner.timing import Subjects, TimeJob, Workload, workload_of
from harness.runner.vectors import cache_file
from harness.suite.cells import PlannedCell, start_of
from harness.suite.plan import NO_ENCODER

#: What one measure job computes: a checkpoint on a backend (None: rows without an encoder).
Computed = tuple[Checkpoint, Backend | None]
Group = TypeVar("Group")


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


def build_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[StepJob | BuildJob]:
    """One job for each checkpoint that the run builds and that cells wait for, each after what it is made of."""
    return [*_step_jobs(prepared, kept, stores.checkpoints), *_trainings(prepared, kept, stores)]


def _step_jobs(prepared: Prepared, kept: set[str], store: Path) -> list[StepJob]:
    cells = [c.cell for c in prepared.plan.cells if c.cell is not None and c.cell.key not in kept]
    whose, wanted_by = dict[Checkpoint, tuple[str, Made]](), defaultdict[Checkpoint, set[Checkpoint]](set)
    for folder in prepared.resolved.encoders.values():
        if (last := folder.made) is None:
            continue
        for made in (*last.before, last):
            whose.setdefault(made.checkpoint, (folder.name, made))
            wanted_by[made.checkpoint] |= {made.checkpoint, last.checkpoint}
    jobs = []
    for node, (name, made) in whose.items():
        waiting = {cell.key: cell for cell in cells if not wanted_by[node].isdisjoint(cell.head.checkpoint.nodes)}
        if waiting:
            jobs.append(
                StepJob(
                    name=f"{name}, {made.step.name}",
                    encoder=made.base.placed(store),
                    step=made.step,
                    teachers={parameter: teacher.placed(store) for parameter, teacher in made.teachers.items()},
                    checkpoint=node,
                    address=Address(NO_ENCODER, name, NO_ENCODER, made.step.component),
                    cells=tuple(waiting.values()),
                    out=store / node.key,
                    n_threads=prepared.n_threads,
                )
            )
    return jobs


def _trainings(prepared: Prepared, kept: set[str], stores: Stores) -> list[BuildJob]:
    resolved = prepared.resolved
    jobs = []
    for key, cells in _grouped(prepared, kept, lambda head: head.checkpoint.key).items():
        first = next(iter(cells.values()))
        if not first.head.is_built:
            continue
        assert first.head.backend is not None
        encoder = resolved.encoders[first.address.encoder].placed(stores.checkpoints)
        jobs.append(
            BuildJob(
                name=f"{_built_name(first)}, training",
                encoder=encoder,
                backend=first.head.backend,
                device=prepared.device,
                head=first.head,
                start=_start(first.head, tasks.kind_of(resolved.tasks[first.address.task].kind).head),
                address=first.address,
                cells=tuple(cells.values()),
                tasks=resolved.tasks,
                out=stores.checkpoints / key,
                cache=stores.vectors,
                n_threads=prepared.n_threads,
            )
        )
    return jobs


def _start(head: Head, fitted: str | None) -> Head | None:
    """The head that a built one begins with, as its step names it; `fitted` is what a probe of its task fits."""
    step = head.checkpoint.lineage[-1]
    mode = start_of(catalogue(), catalogue().get("mode", head.mode.name), fitted)
    if mode is None:
        return None
    start = Head(head.base, head.backend, {"text": step.parameters["tokenization"]}, head.pooling, mode, head.train)
    assert start.key == step.teacher
    return start


def _built_name(cell: Cell) -> str:
    """What a job is called that is about a checkpoint of the run's own."""
    head, address, repeat = cell.head, cell.address, cell.address.repeat
    is_drawn = repeat.train is not None or (head.is_edited and repeat.perturb is not None)
    train = address.condition if head.is_edited else "+".join(head.train_domains or ())
    parts = [f"{address.encoder} {address.pooler} {address.mode} {address.task}", *([train] if train else [])]
    return ", ".join(parts) + (f" ({repeat})" if is_drawn else "")


def _of_job(head: Head) -> Computed:
    return head.checkpoint, head.backend


def cells_by_job(prepared: Prepared, kept: set[str]) -> dict[Computed, dict[str, Cell]]:
    """The cells that are not kept, by key, of each measure job."""
    return _grouped(prepared, kept, _of_job)


def _grouped(prepared: Prepared, kept: set[str], by: Callable[[Head], Group]) -> dict[Group, dict[str, Cell]]:
    found: dict[Group, dict[str, Cell]] = {}
    for planned in prepared.plan.cells:
        if planned.cell is not None and planned.cell.key not in kept:
            found.setdefault(by(planned.cell.head), {}).setdefault(planned.cell.key, planned.cell)
    return found


def folders(prepared: Prepared, checkpoints: Path) -> dict[Computed, EncoderFolder]:
    """Where the weights of every measure job are; those that are built lie, or will lie, in the store."""
    encoders = prepared.resolved.encoders
    found: dict[Computed, EncoderFolder] = {}
    for name, encoder in encoders.items():
        folder = encoder.placed(checkpoints)
        of = folder.checkpoint, prepared.resolved.facts(name).backend
        first = found.setdefault(of, folder)
        if folder.own and folder is not first:  # one job computes for all of them
            found[of] = replace(first, others=(*first.others, folder.own))
    for planned in prepared.plan.cells:
        head = planned.cell.head if planned.cell else None
        if head and head.is_built and _of_job(head) not in found:
            path = str(checkpoints / head.checkpoint.key)
            base = encoders[planned.address.encoder]
            found[_of_job(head)] = replace(
                base, path=path, checkpoint=head.checkpoint, layers=None, made=None, is_stored=True
            )
    return found


def measure_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[MeasureJob]:
    """One job a (checkpoint, backend), encoders first in suite order, of the cells that are not kept."""
    resolved = prepared.resolved
    places = folders(prepared, stores.checkpoints)
    reference = resolved.materials.reference
    return [
        MeasureJob(
            name=job_name(places.get(of), next(iter(cells.values()))),
            encoder=places.get(of),
            backend=of[1],
            device=prepared.device,
            cells=tuple(cells.values()),
            tasks=resolved.tasks,
            reference=resolved.encoders[reference] if reference else None,
            readings=own_readings(prepared, of),
            cache=stores.vectors,
            n_threads=prepared.n_threads,
            private=prepared.suite.texts == "none",
        )
        for of, cells in cells_by_job(prepared, kept).items()
    ]


def job_name(folder: EncoderFolder | None, cell: Cell) -> str:
    """What the job is called that measures a checkpoint."""
    if folder is None:
        return "baselines"
    return _built_name(cell) if cell.head.is_built else folder.name


def own_readings(prepared: Prepared, of: Computed) -> tuple[Readings, ...]:
    """How the suite's encoders of one job, or those that its checkpoint was built from, read by themselves."""
    encoders, facts = prepared.resolved.encoders, prepared.resolved.facts
    cells = (planned.cell for planned in prepared.plan.cells)
    builders = {c.address.encoder for c in cells if c and c.head.is_built and _of_job(c.head) == of}
    own = [f for name, f in encoders.items() if (f.checkpoint, facts(name).backend) == of or name in builders]
    return tuple({reading_key(f.readings): f.readings for f in own}.values())


def time_jobs(prepared: Prepared, done: set[str], store: Path | None = None) -> list[TimeJob]:
    """The processes that time, without those whose every line is there already, as they run with this store."""
    latency = prepared.suite.latency
    if latency is None:
        return []
    cells = [c for c in prepared.plan.cells if c.kind == "clean" and c.cell is not None]
    workloads = _workloads(prepared, cells)
    subjects = Subjects(
        encoders=_timed_encoders(prepared, cells, store),
        backends={name: prepared.resolved.facts(name).backend for name in prepared.resolved.encoders},
        poolings={name: _poolings(cells, name) for name in prepared.resolved.encoders},
        baselines=tuple(dict.fromkeys(c.address.encoder for c in cells if is_timed(c.address.encoder))),
        workloads=workloads,
        device=prepared.device,
        n_threads=prepared.n_threads,
    )
    jobs = subjects.jobs(latency.scenarios, latency.replicates, latency.requests)
    left = [replace(j, keys={n: k for n, k in j.keys.items() if k not in done}) for j in jobs]
    return [j for j in left if j.keys]


def is_timed(baseline: str) -> bool:
    """Whether a row is one without an encoder that takes time worth knowing."""
    known = catalogue().of("baseline")
    return baseline in known and "timed" in known[baseline].facts


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


def _timed_encoders(prepared: Prepared, cells: list[PlannedCell], store: Path | None) -> dict[str, EncoderFolder]:
    named, found = {c.address.encoder for c in cells}, prepared.resolved.encoders.items()
    return {name: folder.placed(store) if store else folder for name, folder in found if name in named}


def _poolings(cells: list[PlannedCell], encoder: str) -> tuple[Any, ...]:
    found = {c.address.pooler: c.cell.head.pooling for c in cells if c.cell and c.address.encoder == encoder}
    return tuple(found.items())
