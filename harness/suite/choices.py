"""Poolers, modes and conditions as a suite writes them: names, parameters, lists that sweep."""

import itertools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import Fault
from harness.core.registry import Catalogue, Component, Parameter, nearest
from harness.suite import words
from harness.suite.model import Choice
from harness.suite.position import Path, Places
from harness.suite.schema import Name

#: What the lists of one entry may make.
MOST_SWEPT = 1_000
#: What is said of an option where it has no meaning.
_OF_OTHERS = MappingProxyType({"apply": "`apply` is for perturbations, which change texts; leave it out."})
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
    choices: dict[str, Choice] = {}
    faults: list[Fault] = []
    for index, entry in enumerate(entries):
        path: Path = (axis.key, index)
        found, wrong = _read_one(axis, entry, catalogue, places, namer, path)
        faults += wrong
        for choice in found:
            if choice.name in choices:
                message = f"the {axis.word} {choice.name!r} stands twice."
                faults.append(places.fault(path, message, "Leave one out, or give it a `name:` of its own."))
            choices[choice.name] = choice
    return list(choices.values()), faults


def _read_one(
    axis: Axis, entry: Any, catalogue: Catalogue, places: Places, namer: Namer, path: Path
) -> tuple[list[Choice], list[Fault]]:
    own, component_name, given, inside = _entry(axis, entry)
    if component_name is None:
        advice = f"Write its name, name: {{parameters}}, or {{name: yours, {axis.word}: name, parameter: …}}."
        return [], [places.fault(path, f"{words.shown(entry)} is not a {axis.word}.", advice)]
    if own is not None and not _is_name(own):
        return [], [
            places.fault(
                (*path, "name"),
                f"the name {words.shown(own)} is not text on one line that does not begin with =, +, -, @ or :.",
            )
        ]
    if axis is CONDITIONS and own is not None and _is_taken(own, catalogue):
        message = f"the name {words.shown(own)} could be taken for another condition."
        advice = "Choose one other than `clean` and the names of conditions, without @ and [."
        return [], [places.fault((*path, "name"), message, advice)]
    if axis is POOLERS and not given and _is_joined(component_name, catalogue):
        own, given, component_name = own or component_name, {"of": component_name.split("+")}, "concat"
    component = catalogue.find(component_name, axis.kinds)
    if component is None:
        allowed = [name for kind in axis.kinds for name in catalogue.of(kind)]
        advice = f"{nearest(component_name, allowed)} Known: {', '.join(allowed)}.".strip()
        return [], [places.fault(path, f"{axis.word} {component_name!r} is not known.", advice)]
    faults = check(component, given, (*path, *inside), places, catalogue)
    return ([] if faults else _expand(component, own, given, namer)), faults


def _is_joined(name: str, catalogue: Catalogue) -> bool:
    """Whether the name is that of several poolers, like `cls+mean`: `concat` for short."""
    return "+" in name and all(part in catalogue.of("pooler") for part in name.split("+"))


def _is_taken(name: str, catalogue: Catalogue) -> bool:
    """Whether a name is, or looks like, what the harness itself writes into addresses."""
    known = catalogue.find(name, CONDITIONS.kinds) is not None
    return known or name == "clean" or name.endswith(":control") or bool(re.search(r"[@\[]", name))


def _is_name(value: Any) -> bool:
    try:
        TypeAdapter(Name).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _entry(axis: Axis, entry: Any) -> tuple[Any, str | None, dict[str, Any], Path]:
    """(own name, component, parameters, path to the parameters) of one entry; component None if it is neither."""
    if isinstance(entry, str):
        return None, entry, {}, ()
    if not isinstance(entry, dict):
        return None, None, {}, ()
    if axis.word in entry:
        rest = {k: v for k, v in entry.items() if k not in ("name", axis.word)}
        return entry.get("name"), str(entry[axis.word]), rest, ()
    if len(entry) == 1:
        ((name, given),) = entry.items()
        if given is None or isinstance(given, dict):
            return None, name, dict(given or {}), (name,)
    return None, None, {}, ()


def check(
    component: Component, given: Mapping[str, Any], path: Path, places: Places, catalogue: Catalogue
) -> list[Fault]:
    """What is wrong with the parameters of a component, at this path."""
    faults = []
    for name, value in given.items():
        if name not in component.settable:
            known = ", ".join(component.settable) or "none"
            hint = _OF_OTHERS.get(name) or nearest(name, component.settable)
            suggestion = f"{hint} {component.name} takes: {known}.".strip()
            message = f"{component.name} has no parameter {name!r}."
            faults.append(places.fault_at_key((*path, name), message, suggestion))
            continue
        parameter = component.settable[name]
        if value == []:
            faults.append(places.fault((*path, name), f"{component.name}: {name} is an empty list; nothing would run."))
        for one in _swept(parameter, value):
            if parameter.kind not in (None, "encoder") and one is not None:
                faults += _check_named(component, name, one, (*path, name), places, catalogue)
                continue
            problem = _problem(parameter, one)
            if problem:
                message = f"{component.name}: {name} is {words.shown(one)}; {problem}."
                faults.append(places.fault((*path, name), message))
    if not faults and (n := _n_swept(component, given)) > MOST_SWEPT:
        message = f"{component.name}: the lists make {n:,} of it; expected at most {MOST_SWEPT:,}."
        faults.append(places.fault(path, message))
    return faults


def _check_named(
    component: Component, name: str, value: Any, path: Path, places: Places, catalogue: Catalogue
) -> list[Fault]:
    """What is wrong with a component that a parameter names: `name`, or `{name: {its parameters}}`."""
    known = catalogue.of(str(component.parameters[name].kind))
    named = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else value
    if not isinstance(named, str) or named not in known:
        message = f"{component.name}: {name} is {words.shown(value)}; expected one of {', '.join(known)}."
        return [places.fault(path, message, nearest(str(named), known))]
    given = value[named] or {} if isinstance(value, dict) else {}
    if not isinstance(given, dict):
        return [places.fault(path, f"{component.name}: {name} {named} takes parameters as a mapping.")]
    return check(known[named], given, (*path, named), places, catalogue)


def _n_swept(component: Component, given: Mapping[str, Any]) -> int:
    return math.prod(len(_swept(component.settable[name], value)) for name, value in given.items())


def _swept(parameter: Parameter, value: Any) -> list[Any]:
    """The values of a parameter: a list sweeps, unless the parameter is a list itself."""
    return list(value) if isinstance(value, list) and not parameter.takes_list else [value]


def _problem(parameter: Parameter, value: Any) -> str:
    """What is expected, if the value is not."""
    try:
        parameter.read(value)
    except ValidationError as error:
        return f"expected {words.of_parameter(parameter.annotation, error)}"
    return ""


def _expand(component: Component, name: str | None, given: Mapping[str, Any], namer: Namer) -> list[Choice]:
    swept = {k: _swept(component.settable[k], v) for k, v in given.items()}
    choices = []
    for values in itertools.product(*swept.values()):
        one = {k: _as(component.settable[k], v) for k, v in zip(swept, values, strict=True)}
        parameters = component.filled(one)
        address = namer(component, parameters)
        if name is not None:
            address = f"{name}:{address}" if any(len(v) > 1 for v in swept.values()) else name
        choices.append(Choice(address, component.name, parameters))
    return choices


def _as(parameter: Parameter, value: Any) -> Any:
    """The value as the parameter has it: `1` for a number is 1.0, so that both have the same key."""
    return value if isinstance(value, (list, dict)) else parameter.read(value)
