"""Poolers, modes and conditions as a suite writes them: names, parameters, lists that sweep."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from harness.core.errors import Fault
from harness.core.registry import Between, Catalogue, Component, Parameter, nearest
from harness.suite.model import Choice
from harness.suite.position import Path, Places

#: The name that stands in the address for a component with these parameters.
Namer = Callable[[Component, Mapping[str, Any]], str]


@dataclass(frozen=True)
class Axis:
    """One axis of a suite: its key in the file, the word for one entry, the kinds it may name."""

    key: str
    word: str
    kinds: tuple[str, ...]


POOLERS = Axis("poolers", "pooler", ("pooler",))
MODES = Axis("modes", "mode", ("mode",))
CONDITIONS = Axis("conditions", "condition", ("bundle", "perturbation", "reading", "shift", "slice"))


def read(
    axis: Axis, entries: Any, catalogue: Catalogue, places: Places, namer: Namer
) -> tuple[list[Choice], list[Fault]]:
    """The choices of one axis, swept lists expanded, and everything that is wrong with them."""
    choices: list[Choice] = []
    faults: list[Fault] = []
    allowed = [name for kind in axis.kinds for name in catalogue.of(kind)]
    for index, entry in enumerate(entries):
        path: Path = (axis.key, index)
        name, component_name, given, inside = _entry(axis, entry)
        if component_name is None:
            faults.append(
                places.fault(path, f"{entry!r} is not a {axis.word}.", "Write its name, or name: {parameters}.")
            )
            continue
        component = catalogue.find(component_name, axis.kinds)
        if component is None:
            known = f"Known: {', '.join(allowed)}."
            message = f"{axis.word} {component_name!r} is not known."
            faults.append(places.fault(path, message, f"{nearest(component_name, allowed)} {known}".strip()))
            continue
        wrong = _check(component, given, (*path, *inside), places)
        faults += wrong
        if not wrong:
            choices += _expand(component, name, given, namer)
    return choices, faults


def _entry(axis: Axis, entry: Any) -> tuple[str | None, str | None, dict[str, Any], Path]:
    """(own name, component, parameters, path to the parameters) of one entry; component None if it is neither."""
    if isinstance(entry, str):
        return None, entry, {}, ()
    if not isinstance(entry, dict):
        return None, None, {}, ()
    if axis.word in entry:
        rest = {k: v for k, v in entry.items() if k not in ("name", axis.word)}
        own = entry.get("name")
        return (own if isinstance(own, str) else None), str(entry[axis.word]), rest, ()
    if len(entry) == 1:
        ((name, given),) = entry.items()
        if given is None or isinstance(given, dict):
            return None, str(name), dict(given or {}), (str(name),)
    return None, None, {}, ()


def _check(component: Component, given: Mapping[str, Any], path: Path, places: Places) -> list[Fault]:
    faults = []
    for name, value in given.items():
        if name not in component.parameters:
            known = ", ".join(component.parameters) or "none"
            suggestion = f"{nearest(name, component.parameters)} {component.name} takes: {known}.".strip()
            faults.append(places.fault((*path, name), f"{component.name} has no parameter {name!r}.", suggestion))
            continue
        parameter = component.parameters[name]
        for one in _swept(parameter, value):
            problem = _problem(parameter, one)
            if problem:
                message = f"{component.name}: {name} is {one!r}; {problem}."
                faults.append(places.fault((*path, name), message))
    return faults


def _swept(parameter: Parameter, value: Any) -> list[Any]:
    """The values of a parameter: a list sweeps, unless the parameter is a list itself."""
    return list(value) if isinstance(value, list) and not _takes_list(parameter.annotation) else [value]


def _takes_list(annotation: Any) -> bool:
    return get_origin(annotation) in (list, tuple) or any(_takes_list(a) for a in get_args(annotation))


def _problem(parameter: Parameter, value: Any) -> str:
    """What is expected, if the value is not; YAML's list stands for a tuple, its integer for a number."""
    annotation: Any = parameter.annotation
    metadata: list[Any] = []
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
    if isinstance(value, bool) and annotation in (int, float):
        return f"expected {_words(annotation)}"
    try:
        TypeAdapter(annotation, config=ConfigDict(strict=False)).validate_python(
            value, strict=not isinstance(value, list)
        )
    except ValidationError:
        return f"expected {_words(annotation)}"
    for bound in metadata:
        if isinstance(bound, Between) and not bound.low <= value <= bound.high:
            return f"expected {bound.low:g} to {bound.high:g}"
    return ""


def _words(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(map(str, get_args(annotation)))
    plain = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
    return plain.get(annotation, str(annotation).replace("typing.", ""))


def _expand(component: Component, name: str | None, given: Mapping[str, Any], namer: Namer) -> list[Choice]:
    swept = {k: _swept(component.parameters[k], v) for k, v in given.items()}
    choices = []
    for values in itertools.product(*swept.values()):
        parameters = component.filled(dict(zip(swept, values, strict=True)))
        address = namer(component, parameters)
        if name is not None:
            address = name if len(list(itertools.product(*swept.values()))) == 1 else f"{name}:{address}"
        choices.append(Choice(address, component.name, parameters))
    return choices
