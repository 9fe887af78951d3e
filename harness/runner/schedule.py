"""From a plan to jobs: which cells go together, what is timed, what is left to do."""

import platform
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from harness import tasks
from harness.catalogue import catalogue
from harness.core.address import Address
from harness.core.fingerprint import fingerprint
from harness.core.records import Backend, Cell, Checkpoint, Head, Pooling, reading_key
from harness.encoders import EncoderFolder
from harness.encoders.checkpoints import Made
from harness.latency import REQUESTS, interleaved, read_requests
from harness.results.environment import environment
from harness.runner.checkpoints import Stores
from harness.runner.data import Readings
from harness.runner.jobs import BuildJob, MeasureJob, StepJob, TimeJob, Workload
from harness.runner.prepare import Prepared
from harness.suite.plan import NO_ENCODER
from harness.suite.schema import LatencyModel
from harness.suite.settings import start_of
from harness.tasks.kinds import Kind

#: What one measure job computes: a checkpoint on a backend (None: rows without an encoder).
Computed = tuple[Checkpoint, Backend | None]
Group = TypeVar("Group")
#: Raised when what is timed, or how, changes.
TIMING_VERSION = 1


def build_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[StepJob | BuildJob]:
    """One job for each checkpoint that the run builds and that cells wait for, each after what it is made of."""
    return [*_step_jobs(prepared, kept, stores), *_trainings(prepared, kept, stores)]


def _step_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> Iterator[StepJob]:
    store = stores.checkpoints
    cells = [c.cell for c in prepared.plan.cells if c.cell is not None and c.cell.key not in kept]
    whose, wanted_by = dict[Checkpoint, tuple[str, Made]](), defaultdict[Checkpoint, set[Checkpoint]](set)
    for folder in prepared.resolved.encoders.values():
        if (last := folder.made) is None:
            continue
        for made in (*last.before, last):
            whose.setdefault(made.checkpoint, (folder.name, made))
            wanted_by[made.checkpoint] |= {made.checkpoint, last.checkpoint}
    for node, (name, made) in whose.items():
        waiting = {cell.key: cell for cell in cells if not wanted_by[node].isdisjoint(cell.head.checkpoint.nodes)}
        if waiting:
            yield StepJob(
                name=f"{name}, {made.step.name}",
                encoder=made.base.placed(store),
                step=made.step,
                teachers={parameter: teacher.placed(store) for parameter, teacher in made.teachers.items()},
                corpora=made.corpora,
                checkpoint=node,
                address=Address(NO_ENCODER, name, NO_ENCODER, made.step.component),
                cells=tuple(waiting.values()),
                out=store / node.key,
                n_threads=prepared.n_threads,
                backend=Backend(device=prepared.device.split(":", 1)[0]),
                device=prepared.device,
                cache=stores.vectors,
            )


def _trainings(prepared: Prepared, kept: set[str], stores: Stores) -> Iterator[BuildJob]:
    resolved = prepared.resolved
    for checkpoint, cells in _grouped(prepared, kept, lambda head: head.checkpoint).items():
        first = next(iter(cells.values()))
        if not first.head.is_built:
            continue
        assert first.head.backend is not None
        yield BuildJob(
            name=f"{_built_name(first)}, training",
            encoder=resolved.encoders[first.address.encoder].placed(stores.checkpoints),
            backend=first.head.backend,
            device=prepared.device,
            head=first.head,
            start=_start(first.head, tasks.kind_of(resolved.tasks[first.address.task].kind)),
            checkpoint=checkpoint,
            address=first.address,
            cells=tuple(cells.values()),
            tasks=resolved.tasks,
            out=stores.checkpoints / checkpoint.key,
            cache=stores.vectors,
            n_threads=prepared.n_threads,
        )


def _start(head: Head, task: Kind) -> Head | None:
    """The head that a built one begins with, as its step names it."""
    step = head.checkpoint.lineage[-1]
    mode = start_of(catalogue(), catalogue().get("mode", head.mode.name), task)
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


def _computed(head: Head) -> Computed:
    """The measure job that a head belongs to."""
    return head.checkpoint, head.backend


def _grouped(prepared: Prepared, kept: set[str], by: Callable[[Head], Group]) -> dict[Group, dict[str, Cell]]:
    """The cells that are not kept, by key, in groups of heads."""
    found: dict[Group, dict[str, Cell]] = {}
    for planned in prepared.plan.cells:
        if planned.cell is not None and planned.cell.key not in kept:
            found.setdefault(by(planned.cell.head), {}).setdefault(planned.cell.key, planned.cell)
    return found


def _folders(prepared: Prepared, checkpoints: Path) -> dict[Computed, EncoderFolder]:
    """Where the weights of the suite's encoders are; those that recipes build lie, or will lie, in the store."""
    found: dict[Computed, EncoderFolder] = {}
    for name, encoder in prepared.resolved.encoders.items():
        folder = encoder.placed(checkpoints)
        of = folder.checkpoint, prepared.resolved.facts(name).backend
        first = found.setdefault(of, folder)
        if folder.own and folder is not first:  # one job computes for all of them
            found[of] = replace(first, others=(*first.others, folder.own))
    return found


def measure_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[MeasureJob]:
    """One job a (checkpoint, backend), encoders first in suite order, of the cells that are not kept."""
    resolved = prepared.resolved
    places, reference = _folders(prepared, stores.checkpoints), resolved.materials.reference
    jobs = []
    for of, cells in _grouped(prepared, kept, _computed).items():
        first, folder = next(iter(cells.values())), places.get(of)
        if first.head.is_built and folder is None:
            base, path = resolved.encoders[first.address.encoder], str(stores.checkpoints / of[0].key)
            folder = replace(base, path=path, checkpoint=of[0], layers=None, made=None, is_stored=True)
            folder = folder.placed(stores.checkpoints)
        name = _built_name(first) if first.head.is_built else folder.name if folder else "baselines"
        jobs.append(
            MeasureJob(
                name=name,
                encoder=folder,
                backend=of[1],
                device=prepared.device,
                cells=tuple(cells.values()),
                tasks=resolved.tasks,
                reference=resolved.encoders[reference] if reference else None,
                readings=_own_readings(prepared, of),
                cache=stores.vectors,
                n_threads=prepared.n_threads,
                private=prepared.suite.texts == "none",
            )
        )
    return jobs


def _own_readings(prepared: Prepared, of: Computed) -> tuple[Readings, ...]:
    """How the suite's encoders of one job, or those that its checkpoint was built from, read by themselves."""
    encoders, facts = prepared.resolved.encoders, prepared.resolved.facts
    cells = (planned.cell for planned in prepared.plan.cells)
    builders = {c.address.encoder for c in cells if c and c.head.is_built and _computed(c.head) == of}
    own = [f for name, f in encoders.items() if (f.checkpoint, facts(name).backend) == of or name in builders]
    return tuple({reading_key(f.readings): f.readings for f in own}.values())


def time_jobs(prepared: Prepared, done: set[str], store: Path | None = None) -> list[TimeJob]:
    """The processes that time, in their order, without those whose every line is there; as they run with this store."""
    asked, resolved = prepared.suite.latency, prepared.resolved
    if asked is None:
        return []
    clean = (c.cell or c.timed for c in prepared.plan.cells if c.kind == "clean")
    cells = [cell for cell in clean if cell is not None]
    rows = dict.fromkeys(c.address.encoder for c in cells)
    encoders = {name: folder for name, folder in resolved.encoders.items() if name in rows}
    baselines = [row for row in rows if is_timed(row)]
    poolings: dict[str, dict[str, Pooling]] = {name: {} for name in encoders}
    for cell in cells:
        if cell.head.pooling:
            poolings[cell.address.encoder][cell.address.pooler] = cell.head.pooling
    workloads, alike = _workloads(prepared, asked, cells), _timed_alike(prepared, encoders, baselines, poolings)
    jobs = []
    for order, (replicate, name, scenarios) in enumerate(_turns(asked, [*encoders, *baselines])):
        own = {**alike, "name": name, "n": asked.requests, "replicate": replicate}
        takes = {pooling.per for pooling in poolings[name].values()} if name in poolings else {"text"}
        timed = [workload for workload in workloads if workload.per in takes]
        keys = {f"{s}/{w.task}": _timing_key(own, s, w, name in baselines) for s in scenarios for w in timed}
        folder = encoders.get(name)
        jobs.append(
            TimeJob(
                name=f"time-{name}-{scenarios[0]}-{replicate}",
                subject=name,
                encoder=folder.placed(store) if folder and store else folder,
                backend=resolved.facts(name).backend if folder else None,
                poolings=poolings.get(name, {}),
                device=prepared.device,
                workloads=workloads,
                scenarios=scenarios,
                replicate=replicate,
                order=order,
                n_requests=asked.requests,
                n_threads=prepared.n_threads,
                keys={line: key for line, key in keys.items() if key not in done},
            )
        )
    return [job for job in jobs if job.keys]


def is_timed(baseline: str) -> bool:
    """Whether a row is one without an encoder that takes time worth knowing."""
    known = catalogue().of("baseline")
    return baseline in known and "timed" in known[baseline].facts


def _turns(asked: LatencyModel, names: list[str]) -> list[tuple[int, str, tuple[str, ...]]]:
    """(replicate, subject, scenarios) of all processes: replicates interleaved, then one pass of memory each."""
    timed = tuple(s for s in asked.scenarios if s != "memory")
    turns = [(replicate, name, timed) for replicate, name in interleaved(names, asked.replicates)] if timed else []
    return turns + [(0, name, ("memory",)) for name in names if "memory" in asked.scenarios]


def _timed_alike(
    prepared: Prepared,
    encoders: Mapping[str, EncoderFolder],
    baselines: list[str],
    poolings: Mapping[str, Mapping[str, Pooling]],
) -> dict[str, Any]:
    """What decides which timings may be compared: all that is timed together, and on what."""
    facts = prepared.resolved.facts
    return {
        "version": TIMING_VERSION,
        "together": {n: [f.checkpoint.key, facts(n).backend.key, reading_key(f.readings)] for n, f in encoders.items()},
        "baselines": baselines,
        "poolings": [[name, [pooling.key for pooling in own.values()]] for name, own in poolings.items()],
        "threads": prepared.n_threads,
        "device": prepared.device,
        "machine": _machine(),
    }


def _timing_key(own: Mapping[str, Any], scenario: str, workload: Workload, is_fitted: bool) -> str:
    fitted_on = workload.train_texts if is_fitted else []
    return fingerprint({**own, "scenario": scenario, "texts": workload.texts, "fitted_on": fitted_on})


@cache
def _machine() -> dict[str, Any]:
    """What a timing is not reused across: the machine and its libraries."""
    facts = environment("", 0)
    return {"node": platform.node(), **{name: facts[name] for name in ("cpu", "n_cores", "libraries")}}


def _workloads(prepared: Prepared, asked: LatencyModel, cells: list[Cell]) -> tuple[Workload, ...]:
    """The clean test texts of each task (of a search: documents), or one workload of the suite's own requests."""
    found: dict[str, Workload] = {}
    for name in dict.fromkeys(c.address.task for c in cells):
        own = [cell for cell in cells if cell.address.task == name]
        task = prepared.resolved.tasks[name]
        read = tasks.kind_of(task.kind).read
        test = tuple(text for role in read for text in tasks.load(task, own[0].test[role]).text)
        train = next((cell.head.train for cell in own if cell.head.train), None)
        fitted = tasks.load(task, train[read[0]]).learnt if train else None
        fitted_on = (fitted.text, fitted.labels) if fitted else (test, None)
        found[name] = Workload(name, test, *fitted_on, role=read[0])
    if asked.texts and found:
        texts = tuple(read_requests(prepared.suite.folder / asked.texts))
        return (replace(next(iter(found.values())), task=REQUESTS, texts=texts, role="text"),)
    return tuple(found.values())
