"""What a run would do, without doing it: cells, jobs, texts to encode, what is stored, and the minutes it may take."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness import tasks
from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.core.inputs import Input, as_text, keys_of
from harness.core.records import Cell, Tokenization, read_as
from harness.encoders import EncoderFolder
from harness.encoders.encoded import pooled_by
from harness.results import Run
from harness.results import Stored as Finished
from harness.runner.checkpoints import by_weights, stores_of
from harness.runner.costs import Machine, machine, n_tokens, work_of
from harness.runner.data import Data, Needed, splits_of, texts_needed
from harness.runner.fitting import fitting, width
from harness.runner.foreseen import BuildPreview, JobPreview, Preview
from harness.runner.identity import N_TEXTS
from harness.runner.jobs import MeasureJob, StepJob, TimeJob
from harness.runner.manifest import old_run
from harness.runner.place import Place, at_once
from harness.runner.prepare import Prepared
from harness.runner.references import corpora_of, texts_of
from harness.runner.schedule import Built, build_jobs, levels, measure_jobs
from harness.runner.storing import Stored, to_store
from harness.runner.turns import time_jobs
from harness.runner.vectors import CacheView, cache_folder, open_cache
from harness.training import Recipe


def preview(prepared: Prepared, path: Path, places: Sequence[Place] = ()) -> Preview:
    """Look at the run folder and the vector cache; loads data, but no weights. Jobs share `places`, else have all."""
    finished = Finished(path)
    kept = finished.finished()
    stores = stores_of(path, cache=True)
    data = Data(prepared.resolved.tasks)
    alone = machine(prepared.n_threads, 1)
    speed = machine(*at_once(places)) if places else alone
    builds = tuple(
        replace(_build(job, prepared, stores.checkpoints, data, speed), turn=turn)
        for turn, jobs in enumerate(levels(build_jobs(prepared, kept, stores)))
        for job in jobs
    )
    jobs = tuple(_job(job, prepared, kept, data, speed) for job in measure_jobs(prepared, set(), stores))
    timed = {str(line.key) for line in finished.all_timings}
    timings = {job.name: _timed(job, alone) for job in time_jobs(prepared, timed)}
    page_s, n_kept = speed.page(len(prepared.plan.cells)), len(kept & {c.key for c in prepared.plan.cells})
    reruns = _reruns(prepared, old_run(path), kept)
    replaced = tuple(_replaced(prepared, data))
    is_work = timings or any(one.seconds for one in builds) or any(one.seconds for one in jobs)
    imports_s = speed.imports() if is_work else 0.0
    return Preview(builds, jobs, timings, imports_s, page_s, reruns, n_kept, replaced, prepared.device)


def _replaced(prepared: Prepared, data: Data) -> Iterator[str]:
    """For each condition that reads texts from a file of the user's, how many it changes."""
    cells = [c.cell for c in prepared.plan.cells if c.cell is not None and _is_readable(c.cell, data)]
    counts = defaultdict[str, dict[str, None]](dict)
    for cell in cells:
        task, repeat = cell.address.task, cell.address.repeat.only(frozenset({"perturb"}))
        drawn = f" ({repeat})" if repeat.known else ""
        roles = tasks.kind_of(prepared.resolved.tasks[task].kind).roles
        for split in splits_of(cell):
            if any(perturbation.files for perturbation in split.perturbations):
                n, of = data.n_changed(task, split), f"{len(data(task, split)):,} {split.side} texts"
                role = f" ({roles[split.role]})" if len(roles) > 1 else ""
                counts[f"{cell.address.condition}{drawn} on {task}"][f"{n:,} of {of}{role}"] = None
    for what, told in counts.items():
        yield f"{what}: changes {', '.join(told)}; the others stay as they are"


def _timed(job: TimeJob, speed: Machine) -> float:
    seconds = speed.process()
    for workload in job.workloads:
        whole = texts_of(workload, job.tasks)
        if job.encoder is None:
            seconds += speed.tfidf(list(map(as_text, whole.train_texts)))
            continue
        work = _work(job.encoder, read_as(job.encoder.readings, workload.role), whole.texts) / max(1, len(whole.texts))
        seconds += sum(speed.timing(work, job.n_requests, scenario) for scenario in job.scenarios)
    return seconds


def _build(job: Built, prepared: Prepared, store: Path, data: Data, speed: Machine) -> BuildPreview:
    """A training, with the first head where it begins with one; layers that stay as they are cost less."""
    is_stored = (store / job.checkpoint.key / "training.json").exists()
    if isinstance(job, StepJob):
        return _step(job, prepared, is_stored, speed)
    base = prepared.resolved.encoders[job.address.encoder]
    step = job.head.checkpoint.lineage[-1]
    try:
        train = data.learnt(job.head, job.address.task)
        fields, n_texts, (n_items, n_classes) = train.fields, len(train), train.n_asked
    except HarnessError:  # the run gives its cells their reason
        fields, n_texts, n_items, n_classes = {}, 0, 0, 0
    work = sum(_work(base, reading, fields.get(role, ())) for role, reading in job.readings.items())
    recipe, hidden = Recipe.of(step.parameters), width(base)
    n_steps = math.ceil(recipe.epochs * n_texts / recipe.batch_size)
    share = 1 - recipe.frozen
    n_weights = job.encoder.disk_mb * 2.5e5 if share == 1 else share * 12 * hidden**2 * (base.n_layers or 12)
    seconds = speed.process() + speed.training(work, recipe.epochs, n_steps, n_weights, share)
    if job.start is not None:
        seconds += speed.reading(work) + speed.head(n_items, hidden, n_classes)
    return BuildPreview(job.name, n_texts, is_stored, 0.0 if is_stored else seconds, job.encoder.disk_mb)


def _job(job: MeasureJob, prepared: Prepared, kept: set[str], data: Data, speed: Machine) -> JobPreview:
    open_cells = [c for c in job.cells if c.key not in kept]
    readable = [c for c in open_cells if _is_readable(c, data)]
    base = prepared.resolved.encoders[job.cells[0].address.encoder] if job.encoder else None
    n_texts, n_cached, encode_s, stored = 0, 0, 0.0, Stored()
    readings, read = [], defaultdict[Tokenization, set[Input]](set)
    if base:
        for tokenization, wants in texts_needed(readable, job.readings, data).items():
            missing = set(wants.texts) - _cached(job, tokenization, wants)
            n_texts, n_cached = n_texts + len(wants.texts), n_cached + len(wants.texts) - len(missing)
            before = read[replace(tokenization, truncation="head")]
            again = {one for one in missing & before if _fits(one, tokenization)}  # read just as there
            readings.append(speed.reading(_work(base, tokenization, missing - again)))
            stored = stored.plus(to_store(missing - again, wants.poolings, width(base)))
            before |= missing
        encode_s = sum(readings) + speed.reading(_again(readable, base, data))
    counts = job.name, len(job.cells), len(job.cells) - len(open_cells), n_texts, n_cached
    start_s = speed.process() if open_cells else 0.0
    return JobPreview(*counts, start_s, encode_s, fitting(readable, base, data, speed), tuple(readings), stored)


def _again(cells: Sequence[Cell], base: EncoderFolder, data: Data) -> float:
    """Work of the texts that the identity control of clean cells encodes again, padded as they come."""
    whole = [(cell, split) for cell in cells if cell.slice is None for split in cell.test.values()]
    texts = {split.key: data(cell.address.task, split).text for cell, split in whole if not split.perturbations}
    return sum(1.5 * _work(base, base.tokenization, own[:N_TEXTS]) for own in texts.values())


def _is_readable(cell: Cell, data: Data) -> bool:
    """Whether there are texts; the run gives such a cell its reason."""
    try:
        return all(len(data(cell.address.task, split)) for split in splits_of(cell))
    except HarnessError:
        return False


def _cached(job: MeasureJob, tokenization: Tokenization, wants: Needed) -> set[Input]:
    """The texts whose vectors are kept; none for a checkpoint that is still to be built."""
    assert job.encoder is not None
    assert job.backend is not None
    try:
        checkpoint = by_weights(job.encoder)
    except HarnessError:
        return set()
    if not cache_folder().exists():
        return set()
    with closing(open_cache()) as vectors:
        view = CacheView(vectors, checkpoint, job.backend, tokenization)
        texts: list[Input] = list(wants.texts)
        keys, is_stored = keys_of(texts), np.ones(len(texts), np.bool_)
        for pooling in wants.poolings:
            is_stored &= view.has(pooling, keys) | ~pooled_by(pooling, texts)
        return {texts[place] for place in np.flatnonzero(is_stored).tolist()}


def _fits(one: Input, tokenization: Tokenization) -> bool:
    """Whether all of an input is read at once, as far as its words tell."""
    return n_tokens(as_text(one), tokenization) <= tokenization.max_length


def _work(folder: EncoderFolder, tokenization: Tokenization, texts: Iterable[Input]) -> float:
    """Billions of operations of reading these inputs."""
    hidden, n_layers = width(folder), folder.n_layers or 12
    return sum(work_of(as_text(text), tokenization, hidden, n_layers) for text in texts)


def _reruns(prepared: Prepared, old: Run | None, kept: set[str]) -> dict[str, str]:
    """For each address whose stored cell has another key: the first piece of the key that differs."""
    if old is None:
        return {}
    before = {cell.address: cell.parts for cell in old.cells}
    found = {}
    for planned in prepared.plan.cells:
        if planned.cell is None or planned.cell.key in kept:
            continue
        parts = before.get(planned.address)
        now = planned.cell.parts()
        changed = [name for name in now if parts and parts.get(name) != now[name]]
        if changed:
            found[str(planned.address)] = changed[0]
    return found


def _step(job: StepJob, prepared: Prepared, is_stored: bool, speed: Machine) -> BuildPreview:
    """A step that trains, and what its teacher reads for it; nobody knows what another step takes."""
    learns = catalogue().get("step", job.step.component).facts["learns"]
    if learns is None:
        return BuildPreview(job.name, 0, is_stored, 0.0, job.encoder.disk_mb)
    made = prepared.resolved.encoders[job.address.encoder]
    texts, n_steps, epochs = learns(**{**job.step.parameters, **job.teachers, **corpora_of(job)})
    work = _work(made, job.encoder.tokenization, texts)
    share = (made.n_layers or 1) / (job.encoder.n_layers or 1)
    n_weights = job.encoder.disk_mb * 2.5e5
    seconds = speed.process() + speed.training(work, epochs, n_steps, n_weights)
    seconds += speed.reading(work / share) if job.teachers else 0.0
    return BuildPreview(job.name, len(texts), is_stored, 0.0 if is_stored else seconds, job.encoder.disk_mb)
