"""What a build job does: train one checkpoint and leave it in the store, for measure jobs to read."""

import shutil
import time
from collections.abc import Generator, Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.core.errors import EncoderError
from harness.core.events import Built, Event, Phase
from harness.core.files import whole_folder
from harness.core.fingerprint import is_whole, plain
from harness.core.inputs import Input
from harness.core.records import Head, Pooling
from harness.core.registry import named
from harness.core.seeds import generator_of
from harness.encoders import EncoderFolder
from harness.modes import LinearHead
from harness.runner.checkpoints import training_of, used
from harness.runner.data import Data, Needed
from harness.runner.heads import Heads, check_classes
from harness.runner.job import encode, load_encoder, set_threads
from harness.runner.jobs import BuildJob, StepJob
from harness.runner.place import Place
from harness.runner.references import corpora_of
from harness.training import Recipe, TrainingJob, finetune, held_out_of, work_of
from harness.training.steps import Lesson


def build(job: BuildJob | StepJob, place: Place) -> Iterator[Event]:
    """Build a checkpoint, unless the store has it; a training that was killed goes on where it last saved."""
    set_threads(place.n_threads)
    out = place.out(job.checkpoint)
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{out}.lock")
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        yield Phase("waiting for another run that builds the same checkpoint")
        held = lock.acquire()
    with held:
        from_store = is_whole(out) and training_of(out) is not None
        if from_store:
            shutil.rmtree(work_of(out), ignore_errors=True)  # killed between the two
        else:
            yield from _train(job, place) if isinstance(job, BuildJob) else _step(job, place)
        used(out, job.address.encoder)
        told = training_of(out)
        assert told is not None
    yield Built(told["facts"], told["curve"], from_store)


def _train(job: BuildJob, place: Place) -> Iterator[Event]:
    yield Phase("loading data")
    data = Data(job.tasks)
    head, pooling = job.head, job.head.pooling
    assert pooling is not None
    examples = data.learnt(head, job.address.task)
    if data.task_kind(job.address.task).target in ("class", "tags"):
        check_classes(Heads(data, {}).scoring(job.address.task).target({"text": examples}), head)
    step = head.checkpoint.lineage[-1]
    recipe, seed = Recipe.of(step.parameters), step.seed or 0
    held_out = held_out_of(examples, recipe.validation, seed)
    start = (yield from _start(job, place, job.start, data, examples, held_out)) if job.start else None
    objective, given = named(step.parameters["objective"])
    training = TrainingJob(
        base=job.encoder,
        examples=examples,
        objective=partial(catalogue().get("objective", objective), **given),
        readings=job.readings,
        pool=partial(catalogue().function("pooler", pooling.pooler), **pooling.parameters),
        recipe=recipe,
        seed=seed,
        start=start,
        lineage=plain(head.checkpoint),
        layers=pooling.layers,
    )
    yield from finetune(training, place.device, place.n_threads, place.out(job.checkpoint))


def _step(job: StepJob, place: Place) -> Iterator[Event]:
    """A step of a recipe, and what every built checkpoint tells of itself."""
    yield Phase(f"taking the step {job.step}")
    step = catalogue().get("step", job.step.component)
    if step.facts["trains"]:
        yield from _taught(job, place)
        return
    from harness.training import checkpoint

    started = time.perf_counter()
    with whole_folder(place.out(job.checkpoint), locked=True) as part:
        _take(job, part)
        facts = {"seconds": round(time.perf_counter() - started, 3), "warnings": []}
        checkpoint.finish(part, {"facts": facts, "curve": []})


def _take(job: StepJob, out: Path) -> Any:
    step, named = catalogue().get("step", job.step.component), {**job.teachers, **corpora_of(job)}
    try:
        return step(job.encoder, out, generator_of(job.checkpoint.key), **{**job.step.parameters, **named})
    except EncoderError as error:
        raise EncoderError(f"encoder {job.encoder.name!r}: {job.step}: {error}") from None


def _taught(job: StepJob, place: Place) -> Iterator[Event]:
    """A step that trains: what it begins with is made anew after a kill, what was trained goes on."""
    out = place.out(job.checkpoint)
    begun = out.with_name(f"{out.name}.begun")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir()
    try:
        lesson: Lesson = _take(job, begun)
        vectors = (yield from _by_teacher(job, place, lesson.teacher, lesson.texts)) if lesson.teacher else None
        pool = catalogue().get("pooler", lesson.pooler).given({})
        training = lesson.training(vectors, pool, plain(job.checkpoint))
        yield from finetune(training, place.device, place.n_threads, out)
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _by_teacher(
    job: StepJob, place: Place, teacher: EncoderFolder, texts: Sequence[Input]
) -> Generator[Event, None, Any]:
    """(n, d) vectors that a teacher has of these texts, by its own pooling."""
    pooler = catalogue().get("pooler", teacher.pooler)
    pooling = Pooling(teacher.pooler, pooler.version, pooler.filled(teacher.parameters))
    needed = {teacher.tokenization: Needed({pooling: None}, dict.fromkeys(texts))}
    taught_by = replace(job, encoder=teacher)
    model = partial(load_encoder, taught_by, place.device)
    encoded = yield from encode(taught_by, place.stores.vectors, needed, model, " by the teacher")
    return encoded[teacher.tokenization.key].of(pooling, list(texts))


def _start(
    job: BuildJob, place: Place, head: Head, data: Data, examples: Examples, held_out: Set[int]
) -> Generator[Event, None, LinearHead | None]:
    """The head that training begins with, fitted on the vectors of what it begins from.

    It sees none of the texts that are held out: their loss would look too good in the first epochs.
    """
    assert head.readings is not None
    assert head.pooling is not None
    needed = {head.readings["text"]: Needed({head.pooling: None}, dict.fromkeys(examples.text))}
    model = partial(load_encoder, job, place.device)
    encoded = yield from encode(job, place.stores.vectors, needed, model, " for the first head")
    rest = examples.take([i for i in range(len(examples)) if i not in held_out])
    if examples.held_out is not None:
        rest = examples  # the fit keeps them apart, and chooses by them
    return Heads(data, encoded).make(head, job.address.task, {"text": rest}).linear
