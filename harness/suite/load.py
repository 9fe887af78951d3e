"""A suite file in, a checked `Suite` out; every fault at once, each with its place and a suggestion."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.core.errors import Fault, MissingFileError, SuiteError
from harness.core.registry import Catalogue, nearest
from harness.suite import choices
from harness.suite.model import EncoderEntry, Latency, Suite, TaskEntry
from harness.suite.position import Places
from harness.suite.schema import LatencyModel, SuiteModel


def load(path: Path, catalogue: Catalogue, namer: choices.Namer, overrides: Sequence[str] = ()) -> Suite:
    """Read a suite file. MissingFileError, or SuiteError with everything that is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MissingFileError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SuiteError([Fault(str(path), "not UTF-8 text.", "Save the suite as UTF-8.")]) from None
    return parse(text, str(path), catalogue, namer, overrides)


def parse(text: str, name: str, catalogue: Catalogue, namer: choices.Namer, overrides: Sequence[str] = ()) -> Suite:
    """The suite that a YAML text describes; `name` is what faults call the file."""
    raw = _yaml(text, name)
    for override in overrides:
        _apply(raw, override)
    places = Places(name, raw, overrides)
    model, faults = _shape(raw, places)
    axes = {}
    for axis in (choices.POOLERS, choices.MODES, choices.CONDITIONS):
        entries = raw.get(axis.key, ["probe", "zero-shot"] if axis is choices.MODES else [])
        entries = entries if isinstance(entries, list) else []
        axes[axis.key], wrong = choices.read(axis, entries, catalogue, places, namer)
        faults += wrong
    faults += _names(raw, catalogue, places)
    if model is None or faults:
        raise SuiteError(sorted(faults, key=_order))
    return _suite(model, axes, Path(name).resolve().parent)


def _yaml(text: str, name: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        raw = YAML(typ="rt").load(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise SuiteError([Fault(place, f"not YAML: {error.problem or error.context}.")]) from None
    except YAMLError as error:
        raise SuiteError([Fault(name, f"not YAML: {error}.")]) from None
    if not isinstance(raw, dict):
        raise SuiteError([Fault(f"{name}:1:1", "a suite is a mapping.", "Begin with `name:`, `encoders:`, `tasks:`.")])
    return raw


def _apply(raw: Any, override: str) -> None:
    """`max_samples.test=200`: put a YAML value at a dotted path."""
    path, equals, value = override.partition("=")
    if not equals or not path:
        raise SuiteError([Fault(f"--set {override}", "expected KEY=VALUE.", "For example --set max_samples.test=200.")])
    *parents, last = path.split(".")
    node = raw
    for part in parents:
        step: Any = int(part) if isinstance(node, list) and part.isdigit() else part
        if isinstance(node, dict) and step not in node:
            node[step] = {}
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            raise SuiteError([Fault(f"--set {override}", f"there is no {part!r} to set in.")]) from None
    if isinstance(node, list) and last.isdigit() and int(last) < len(node):
        node[int(last)] = _yaml_value(value)
    elif isinstance(node, dict):
        node[last] = _yaml_value(value)
    else:
        raise SuiteError([Fault(f"--set {override}", f"{'.'.join(parents)} is not a mapping.")])


def _yaml_value(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="rt").load(io.StringIO(text))


def _shape(raw: Any, places: Places) -> tuple[SuiteModel | None, list[Fault]]:
    try:
        return SuiteModel.model_validate(_plain(raw)), []
    except ValidationError as error:
        return None, [_fault(e, raw, places) for e in error.errors()]


def _fault(error: Mapping[str, Any], raw: Any, places: Places) -> Fault:
    path, kind = tuple(error["loc"]), error["type"]
    dotted = ".".join(map(str, path))
    if kind == "extra_forbidden":
        allowed = _fields_at(path[:-1])
        suggestion = f"{nearest(str(path[-1]), allowed)} Allowed here: {', '.join(allowed)}.".strip()
        return places.fault(path, f"unknown key {path[-1]!r}.", suggestion)
    if kind == "missing":
        return places.fault(path[:-1], f"{dotted} is missing.")
    message = str(error["msg"]).removeprefix("Value error, ")
    value = error.get("input")
    shown = "" if kind == "value_error" or isinstance(value, (dict, list)) else f" is {value!r}"
    return places.fault(path, f"{dotted or 'suite'}{shown}: {message[:1].lower() + message[1:]}.")


def _fields_at(path: tuple[Any, ...]) -> list[str]:
    """The keys allowed at a path, from the models themselves."""
    from harness.suite import schema

    models: dict[str, Any] = {
        "encoders": schema.EncoderModel,
        "tasks": schema.TaskModel,
        "max_samples": schema.SamplesModel,
        "repeats": schema.RepeatsModel,
        "latency": schema.LatencyModel,
    }
    model = models.get(str(path[0]), SuiteModel) if path else SuiteModel
    return list(model.model_fields)


def _names(raw: Any, catalogue: Catalogue, places: Places) -> list[Fault]:
    """Unknown built-in names, and names given twice."""
    faults = []
    for index, entry in _items(raw, "tasks"):
        own = isinstance(entry, dict) and ("data" in entry or "test" in entry)
        name = entry.get("name") if isinstance(entry, dict) else entry
        if isinstance(name, str) and not own:
            faults += _builtin_task(name, catalogue, places, ("tasks", index))
    for index, name in _items(raw, "baselines"):
        known = catalogue.of("baseline")
        if isinstance(name, str) and name not in known:
            suggestion = f"{nearest(name, known)} Known: {', '.join(known)}.".strip()
            faults.append(places.fault(("baselines", index), f"baseline {name!r} is not known.", suggestion))
    names = [(i, e.get("name", e.get("checkpoint")) if isinstance(e, dict) else e) for i, e in _items(raw, "encoders")]
    faults += _reference(raw, [n for _, n in names], places)
    for key in ("encoders", "tasks"):
        seen = set()
        for index, entry in _items(raw, key):
            name = entry.get("name", entry.get("checkpoint")) if isinstance(entry, dict) else entry
            if isinstance(name, str) and name in seen:
                faults.append(
                    places.fault((key, index), f"the name {name!r} stands twice.", "Give one a `name:` of its own.")
                )
            seen.add(name)
    return faults


def _items(raw: Any, key: str) -> list[tuple[int, Any]]:
    entries = raw.get(key)
    return list(enumerate(entries)) if isinstance(entries, list) else []


def _builtin_task(name: str, catalogue: Catalogue, places: Places, path: tuple[Any, ...]) -> list[Fault]:
    known = catalogue.of("task")
    base, _, domain = name.partition("/")
    if base not in known:
        suggestion = f"{nearest(base, known)} Built in: {', '.join(known)}; your own needs `data:`.".strip()
        return [places.fault(path, f"task {name!r} is not known.", suggestion)]
    domains = known[base].facts["domains"]
    if domain and domain not in domains:
        suggestion = f"{nearest(domain, domains)} It has: {', '.join(domains) or 'no domains'}.".strip()
        return [places.fault(path, f"{base} has no domain {domain!r}.", suggestion)]
    return []


def _reference(raw: Any, names: list[Any], places: Places) -> list[Fault]:
    latency = raw.get("latency")
    named = latency.get("reference") if isinstance(latency, dict) else None
    if named is None or named in names:
        return []
    suggestion = f"{nearest(str(named), [str(n) for n in names])} It must be one of the encoders.".strip()
    return [places.fault(("latency", "reference"), f"reference {named!r} is not in this suite.", suggestion)]


def _order(fault: Fault) -> tuple[str, int, int]:
    """By file, line and column."""
    name, *numbers = fault.place.rsplit(":", 2)
    if len(numbers) == 2 and all(n.isdigit() for n in numbers):
        return name, int(numbers[0]), int(numbers[1])
    return fault.place, 0, 0


def _plain(node: Any) -> Any:
    """ruamel's own types as Python's."""
    if isinstance(node, dict):
        return {str(k): _plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _suite(model: SuiteModel, axes: Mapping[str, list[Any]], folder: Path) -> Suite:
    return Suite(
        name=model.name,
        encoders=tuple(EncoderEntry(**e.model_dump()) for e in model.encoders),
        poolers=tuple(axes["poolers"]) or None,
        modes=tuple(axes["modes"]),
        tasks=tuple(_task(t) for t in model.tasks),
        conditions=tuple(axes["conditions"]),
        baselines=tuple(model.baselines),
        max_samples=model.max_samples.model_dump(),
        repeats=model.repeats.model_dump(),
        seed=model.seed,
        device=model.device,
        latency=_latency(model.latency),
        exclude=tuple({str(k): v for k, v in e.items()} for e in model.exclude),
        folder=folder,
    )


def _task(model: Any) -> TaskEntry:
    own = model.data is not None or model.test is not None
    samples = model.max_samples.model_dump(exclude_unset=True) if model.max_samples else {}
    spec = model.model_dump(exclude_unset=True, exclude={"max_samples"}) if own else None
    return TaskEntry(model.name, spec, samples)


def _latency(model: LatencyModel | None) -> Latency | None:
    if model is None:
        return None
    return Latency(tuple(model.scenarios), model.reference, model.texts, model.replicates, model.requests)
