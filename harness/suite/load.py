"""A suite file in, a checked `Suite` out; every fault at once, each with its place and a suggestion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError

from harness.core.errors import Fault, MissingFileError, SuiteError
from harness.core.registry import Catalogue
from harness.suite import (
    choices,
    curves,
    document,
    folders,
    gates,
    kind_models,
    limits,
    names,
    per,
    recipes,
    schema,
    served,
    timed,
    words,
)
from harness.suite.faults import Faults, entries
from harness.suite.model import Choice, EncoderSpec, Suite, TaskEntry
from harness.suite.overrides import apply
from harness.suite.schema import EncoderModel, SuiteModel, TaskModel

#: Everything wrong in a user's task mapping, as sentences; the tasks' own knowledge, passed in.
TaskFaults = Callable[[Mapping[str, Any]], Sequence[str]]
#: What others call a key, which no likeness of letters would find.
_OTHER_WORDS = MappingProxyType({"dev": "validation", "val": "validation", "eval": "test", "model": "checkpoint"})


def load(
    path: Path, catalogue: Catalogue, overrides: Sequence[str] = (), task_faults: TaskFaults = lambda spec: ()
) -> Suite:
    """Read a suite file. MissingFileError, or SuiteError with everything that is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MissingFileError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SuiteError([Fault(str(path), "not UTF-8 text.", "Save the suite as UTF-8.")]) from None
    return parse(text, str(path), catalogue, overrides, task_faults)


def parse(
    text: str,
    name: str,
    catalogue: Catalogue,
    overrides: Sequence[str] = (),
    task_faults: TaskFaults = lambda spec: (),
) -> Suite:
    """The suite that a YAML text describes; `name` is what faults call the file."""
    root = _yaml(text, name)
    folder = Path(name).resolve().parent
    faults = Faults(name, root, catalogue, overrides, folder)
    faults.found += [fault for override in overrides for fault in apply(root, override)]
    raw = folders.opened(_plain(root), folder, faults)
    steps = recipes.read(raw, faults)
    model = _shape(raw, faults)
    _check_own_tasks(raw, faults, task_faults)
    axes = {}
    for axis in (choices.POOLERS, choices.MODES, choices.CONDITIONS):
        default = SuiteModel.model_fields["modes"].default if axis is choices.MODES and "modes" not in raw else []
        axes[axis.key] = choices.read(axis, default or [entry for _, entry in entries(raw, axis.key)], faults)
    names.check(raw, faults, folder)
    per.check(raw, faults)
    gates.check(raw, axes, faults)
    served.check(raw, axes, faults)
    limits.check(raw, faults)
    timed.check(raw, faults)
    if model is None or faults.found:
        raise SuiteError(sorted(faults.found, key=document.order))
    suite = _suite(model, axes, steps, folder)
    own = [curves.smaller(entry.get("max_samples")) if isinstance(entry, dict) else None for entry in raw["tasks"]]
    tasks = tuple(replace(task, learning_curve=sizes) for task, sizes in zip(suite.tasks, own, strict=True))
    return replace(suite, tasks=tasks, learning_curve=curves.smaller(raw.get("max_samples")) or ())


@cache
def models(catalogue: Catalogue) -> kind_models.Models:
    """The models, with the fields and roles that kinds of task have."""
    kinds: list[Any] = [kind.function for kind in catalogue.of("task-kind").values()]
    roles = dict.fromkeys(["text", *(said for kind in kinds for said in kind.roles.values())])
    return kind_models.models({name: note for kind in kinds for name, note in kind.fields.items()}, roles)


def _yaml(text: str, name: str) -> Any:
    raw, faults = document.read(text, name)
    if faults:
        raise SuiteError(faults)
    if not isinstance(raw, dict):
        raise SuiteError([Fault(f"{name}:1:1", "a suite is a mapping.", "Begin with `name:`, `encoders:`, `tasks:`.")])
    return raw


def _shape(raw: Mapping[str, Any], faults: Faults) -> SuiteModel | None:
    """The suite without the steps of its encoders; nothing where its shape is wrong, which goes to `faults`."""
    given = dict(raw)
    if "encoders" in given:
        given["encoders"] = recipes.without(given["encoders"], faults.catalogue)
    try:
        return models(faults.catalogue).suite.model_validate(given)
    except ValidationError as error:
        for one in error.errors():
            _tell(one, faults)
        return None


def _tell(error: Mapping[str, Any], faults: Faults) -> None:
    path, kind = tuple(error["loc"]), error["type"]
    dotted = ".".join(map(str, path))
    if path[-1] == "[key]":  # a key that is none of those allowed
        path, kind = path[:-1], "extra_forbidden"
    if kind == "missing":
        faults.add(path[:-1], f"{dotted} is missing.")
    elif kind == "extra_forbidden":
        steps = faults.catalogue.of("step") if path[0] == "encoders" and len(path) == 3 else ()
        allowed = [*_fields_at(path[:-1], faults.catalogue), *steps, *([recipes.SEVERAL] if steps else [])]
        asked = _OTHER_WORDS.get(str(path[-1]), str(path[-1]))
        faults.unknown(path, f"unknown key {path[-1]!r}.", asked, allowed, "Allowed here", key=True)
    else:
        expected = words.of_error(error, _fields_at(path, faults.catalogue))
        end = "" if expected.endswith("?") else "."
        faults.add(path, f"{dotted} is {words.shown(error['input'])}; expected {expected}{end}")


def _fields_at(path: tuple[Any, ...], catalogue: Catalogue) -> list[str]:
    """The keys allowed at a path, from the models themselves; nothing where it is no mapping of fixed keys."""
    named = tuple(part for part in path if isinstance(part, str))
    if named == ("exclude",):
        return list(get_args(schema.Axis))
    model: Any = models(catalogue).suite
    for name in named:
        field = model.model_fields.get(name)
        model = _model_of(field.annotation) if field else None
        if model is None:
            return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_of(annotation: Any) -> type[schema.Strict] | None:
    """The model that a field may hold, perhaps in a list."""
    if isinstance(annotation, type) and issubclass(annotation, schema.Strict):
        return annotation
    return next(filter(None, map(_model_of, get_args(annotation))), None)


def _check_own_tasks(raw: Mapping[str, Any], faults: Faults, task_faults: TaskFaults) -> None:
    """What is wrong in the mappings of a user's own tasks, beyond their shape."""
    for index, entry in entries(raw, "tasks"):
        try:
            task = models(faults.catalogue).task.model_validate(entry)
        except ValidationError:
            continue  # its shape is wrong and is told already
        spec = _spec(task)
        for message in task_faults(spec) if spec else ():
            faults.add(("tasks", index), f"task {task.name!r}: {message}")


def _plain(node: Any) -> Any:
    """ruamel's own types as Python's."""
    if isinstance(node, dict):
        return {str(k).lower() if isinstance(k, bool) else str(k): _plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _suite(
    model: SuiteModel, axes: Mapping[str, list[Any]], steps: Sequence[tuple[Choice, ...]], folder: Path
) -> Suite:
    return Suite(
        name=model.name,
        encoders=tuple(map(_encoder, model.encoders, steps)),
        poolers=tuple(axes["poolers"]) or None,
        modes=tuple(axes["modes"]),
        tasks=tuple(_task(t) for t in model.tasks),
        conditions=tuple(axes["conditions"]),
        baselines=tuple(model.baselines),
        max_samples=model.max_samples.model_dump(),
        repeats=model.repeats.model_dump(),
        seed=model.seed,
        device=model.device,
        latency=model.latency,
        exclude=tuple({str(k): v for k, v in e.items()} for e in model.exclude),
        texts=model.report.texts,
        note=model.report.note,
        gate=model.gate.model_dump(exclude_none=True),
        within=model.gate.margin if model.within is None else model.within,
        limits=model.limits.model_dump(exclude_none=True),
        funnel=model.funnel,
        retrieval=model.retrieval.model_dump(exclude_none=True) if model.retrieval else {},
        folder=folder,
        workers=model.workers,
        resources=model.resources.model_dump(exclude_none=True),
    )


def _encoder(model: EncoderModel, steps: tuple[Choice, ...]) -> EncoderSpec:
    told = model.model_dump(exclude_none=True)
    if model.truncation is not None:
        told["truncation"] = model.truncation.value
    return EncoderSpec(**told, steps=steps)


def _task(model: TaskModel) -> TaskEntry:
    samples = model.max_samples.model_dump(exclude_unset=True) if model.max_samples else {}
    return TaskEntry(model.name, _spec(model), samples)


def _spec(task: TaskModel) -> dict[str, Any] | None:
    """The mapping of a task that says more than the name of a built-in one."""
    told = task.model_dump(exclude_unset=True, exclude_none=True, exclude={"max_samples"}, by_alias=True)
    return told if told.keys() - names.BUILTIN_FIELDS else None
