"""From a plan to jobs: which cells go together, what is built for them, what is left to do."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from harness import tasks
from harness.catalogue import catalogue
from harness.core.address import Address
from harness.core.corpus import Corpus
from harness.core.records import Backend, Cell, Checkpoint, Head, reading_key
from harness.core.user_files import placed
from harness.encoders import EncoderFolder
from harness.encoders.checkpoints import Made
from harness.encoders.parts import Part
from harness.runner.checkpoints import Stores
from harness.runner.data import Readings
from harness.runner.jobs import BuildJob, EncodeJob, MeasureJob, StepJob, Texts, part_name
from harness.runner.prepare import Prepared
from harness.suite.plan import NO_ENCODER
from harness.suite.settings import start_of
from harness.tasks.kinds import Kind
from harness.tasks.sources import builtin

#: What one measure job computes: a checkpoint on a backend (None: rows without an encoder).
Computed = tuple[Checkpoint, Backend | None]
Group = TypeVar("Group")
Built = StepJob | BuildJob


def build_jobs(prepared: Prepared, kept: set[str], stores: Stores) -> list[Built]:
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
                corpora={parameter: _named(prepared, corpus) for parameter, corpus in made.corpora.items()},
                checkpoint=node,
                address=Address(NO_ENCODER, name, NO_ENCODER, made.step.component),
                cells=tuple(waiting.values()),
                backend=Backend(device=prepared.device.split(":", 1)[0]),
                tasks=prepared.resolved.tasks,
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
            head=first.head,
            start=_start(first.head, tasks.kind_of(resolved.tasks[first.address.task].kind)),
            checkpoint=checkpoint,
            address=first.address,
            cells=tuple(cells.values()),
            tasks=resolved.tasks,
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
                cells=tuple(cells.values()),
                tasks=resolved.tasks,
                reference=resolved.encoders[reference] if reference else None,
                readings=_own_readings(prepared, of),
                private=prepared.suite.texts == "none",
            )
        )
    return jobs


def encode_jobs(jobs: Sequence[MeasureJob], n_parts: Mapping[str, int]) -> list[EncodeJob]:
    """What is encoded before these jobs: of each that is named here so many parts."""
    return [
        EncodeJob(
            name=part_name(job.name, part),
            encoder=job.encoder,
            backend=job.backend,
            cells=job.cells,
            tasks=job.tasks,
            readings=job.readings,
            part=part,
        )
        for job in jobs
        for part in (Part(number, n_parts.get(job.name, 0)) for number in range(n_parts.get(job.name, 0)))
    ]


def _own_readings(prepared: Prepared, of: Computed) -> tuple[Readings, ...]:
    """How the suite's encoders of one job, or those that its checkpoint was built from, read by themselves."""
    encoders, facts = prepared.resolved.encoders, prepared.resolved.facts
    cells = (planned.cell for planned in prepared.plan.cells)
    builders = {c.address.encoder for c in cells if c and c.head.is_built and _computed(c.head) == of}
    own = [f for name, f in encoders.items() if (f.checkpoint, facts(name).backend) == of or name in builders]
    return tuple({reading_key(f.readings): f.readings for f in own}.values())


def _named(prepared: Prepared, corpus: Corpus) -> Texts:
    """The reference to texts that a step of a recipe learns from."""
    name, known = corpus.name, prepared.resolved.tasks
    is_task = name in known or name in builtin()
    path = None if is_task else placed(name, prepared.suite.folder)
    return Texts(name, path, corpus.key, has_labels=bool(corpus.labels))


def levels(jobs: Sequence[Built]) -> list[list[Built]]:
    """Build jobs in turns: each in a later one than those that make what it is made of."""
    turn, found = dict[Checkpoint, int](), defaultdict[int, list[Built]](list)
    for job in jobs:
        turn[job.checkpoint] = 1 + max((turn.get(one.checkpoint, -1) for one in job.made_of), default=-1)
        found[turn[job.checkpoint]].append(job)
    return [found[n] for n in sorted(found)]
