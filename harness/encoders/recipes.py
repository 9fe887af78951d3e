"""Recipes: encoders that are made of other ones by steps, followed down to files."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.core.errors import EncoderError
from harness.core.files import is_there
from harness.core.fingerprint import fingerprint
from harness.core.records import Step
from harness.core.registry import Component
from harness.encoders import checkpoints
from harness.encoders.checkpoints import EncoderFolder, Made, builtin, local_path
from harness.encoders.families import untested
from harness.suite.model import Choice, EncoderSpec
from harness.tasks.corpora import corpus_of, labelled_of
from harness.tasks.task import Task

Beside = Mapping[str, EncoderSpec]
#: The steps that there are where none are given.
_STEPS: Mapping[str, Component] = MappingProxyType({})


def resolve(
    spec: EncoderSpec,
    folder: Path,
    step: Callable[[str], Component] = _STEPS.__getitem__,
    beside: Beside = MappingProxyType({}),
    tasks: Mapping[str, Task] = MappingProxyType({}),
) -> EncoderFolder:
    """Find the files of an encoder, fetching what is missing, and take its steps. Relative paths are from `folder`.

    `step` gives the step of a name, `beside` are the encoders of the same suite by name, `tasks` its tasks.
    MissingFileError where there is nothing; EncoderError where what is there cannot be used, or a step cannot take it.
    """
    whole = _whole(spec, folder, beside)
    found = checkpoints.resolve(whole, folder)
    others = {name: other for name, other in beside.items() if name != spec.name}  # no circle has an end

    def encoder(name: str) -> EncoderFolder:
        return resolve(others.get(name, EncoderSpec(name, name)), folder, step, others, tasks)

    named: dict[str, Callable[[str], Any]] = {
        "encoder": encoder,
        "texts": partial(corpus_of, tasks=tasks, folder=folder),
        "labelled": partial(labelled_of, tasks=tasks, folder=folder),
    }
    for choice in whole.steps:
        first = step(choice.component).facts["first"]
        for one in (*(first(found) if first else ()), choice):
            component = step(one.component)
            found = _taken(found, component, replace(one, parameters=component.filled(one.parameters)), named)
    if not whole.steps:
        return found
    own = builtin().get(spec.checkpoint, {}) if not spec.steps else {}
    made = f"made from {spec.checkpoint}" + (f" by {', '.join(map(str, spec.steps))}" if spec.steps else "")
    return replace(found, weights=f"{own.get('weights', made)}{untested(found.family)}")


def _whole(spec: EncoderSpec, folder: Path, beside: Beside) -> EncoderSpec:
    """The same encoder as files and all the steps from there."""
    row, base = builtin().get(spec.checkpoint), beside.get(spec.checkpoint)
    if row is not None:
        steps = tuple(Choice(name, name, given) for name, given in row.items() if isinstance(given, dict))
        base = EncoderSpec(spec.checkpoint, row["checkpoint"], steps=steps) if "checkpoint" in row else None
    elif is_there(local_path(spec.checkpoint, folder)) or spec.checkpoint == spec.name:
        base = None
    if base is None:
        return spec
    left = {name: other for name, other in beside.items() if name != spec.checkpoint}  # no circle has an end
    steps = (*base.steps, *spec.steps)
    revision = spec.revision or base.revision
    return _whole(replace(spec, checkpoint=base.checkpoint, revision=revision, steps=steps), folder, left)


def _taken(
    base: EncoderFolder, step: Component, choice: Choice, named: Mapping[str, Callable[[str], Any]]
) -> EncoderFolder:
    """The encoder after a step; its checkpoint says so. `named` gives by kind what parameters of the step name."""

    def found_of(kind: str) -> dict[str, Any]:
        values = choice.parameters.items()
        return {name: named[kind](value) for name, value in values if step.parameters[name].kind == kind and value}

    teachers, corpora = found_of("encoder"), {**found_of("texts"), **found_of("labelled")}
    given = {name: value for name, value in choice.parameters.items() if name not in {**teachers, **corpora}}
    key = fingerprint({name: teacher.vectors_key for name, teacher in teachers.items()}) if teachers else None
    reads, becomes = step.facts["reads"], step.facts["becomes"]
    read = reads and reads()
    if corpora:
        read = fingerprint({"reads": read, **{name: corpus.key for name, corpus in corpora.items()}})
    taken = Step(step.name, step.version, given, train=read, teacher=key)
    checkpoint = base.checkpoint.after(taken)
    try:
        if step.facts["builds"]:
            other = becomes(base, **choice.parameters) if becomes else {}
            made = Made(base, checkpoint, choice, teachers, corpora, other.get("layers", base.layers))
            return replace(base, checkpoint=checkpoint, made=made, **other)
        found: EncoderFolder = step(base, **choice.parameters)
    except EncoderError as error:
        raise EncoderError(f"encoder {base.name!r}: {choice}: {error}") from None
    return replace(found, checkpoint=checkpoint)
