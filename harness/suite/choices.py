"""Poolers, modes and conditions as a suite writes them: names, parameters, lists that sweep."""

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from inspect import Parameter as Signature
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from harness.core.files import is_there
from harness.core.registry import OUTSIDE, Catalogue, Component, Parameter, nearest
from harness.core.user_files import placed
from harness.suite import words
from harness.suite.faults import Faults, Path
from harness.suite.model import Choice
from harness.suite.naming import address
from harness.suite.schema import NAME

#: What the lists of one entry may make.
MOST_SWEPT = 1_000
#: What is said of an option where it has no meaning.
_OF_OTHERS = MappingProxyType(
    {
        "apply": "`apply` is for perturbations, which change texts; leave it out.",
        "to": "`to` is for perturbations, which change texts; leave it out.",
        "draws": "`draws` is for perturbations, which are drawn; leave it out.",
    }
)


@dataclass(frozen=True)
class Axis:
    """One axis of a suite: its key in the file, the word for one entry, the kinds it may name."""

    key: str
    word: str
    kinds: tuple[str, ...]


POOLERS = Axis("poolers", "pooler", ("pooler",))
MODES = Axis("modes", "mode", ("mode",))
PERTURBATIONS = Axis("perturbations", "perturbation", ("perturbation",))
CONDITIONS = Axis("conditions", "condition", ("bundle", "perturbation", "reading", "shift", "slice"))


def read(axis: Axis, entries: Any, faults: Faults) -> list[Choice]:
    """The choices of one axis, swept lists expanded; what is wrong with them goes to `faults`."""
    choices: dict[str, Choice] = {}
    for index, entry in enumerate(entries):
        path: Path = (axis.key, index)
        for choice in _read_one(axis, entry, faults, path):
            if choice.name in choices:
                message = f"the {axis.word} {choice.name!r} stands twice."
                faults.add(path, message, "Leave one out, or give it a `name:` of its own.")
            choices[choice.name] = choice
    return list(choices.values())


def _read_one(axis: Axis, entry: Any, faults: Faults, path: Path) -> list[Choice]:
    own, name, given, inside = _entry(axis, entry)
    if name is None:
        advice = f"Write its name, name: {{parameters}}, or {{name: yours, {axis.word}: name, parameter: …}}."
        faults.add(path, f"{words.shown(entry)} is not a {axis.word}.", advice)
        return []
    if own is not None and not _may_be_named(axis, own, faults, (*path, "name")):
        return []
    if axis is POOLERS and not given and _is_joined(name, faults.catalogue):
        own, given, name = own or name, {"of": name.split("+")}, "concat"
    component = faults.catalogue.find(name, axis.kinds)
    if component is None:
        allowed = [name for kind in axis.kinds for name in faults.catalogue.of(kind)]
        faults.unknown(path, f"{axis.word} {name!r} is not known.", name, allowed)
        return []
    component = with_parts(component, given, faults.catalogue)
    _refuse_decided(component, given, (*path, *inside), faults)
    return _expand(component, own, given) if check(component, given, (*path, *inside), faults) else []


def with_parts(component: Component, given: Mapping[str, Any], catalogue: Catalogue) -> Component:
    """The component with the parameters of parts that it names, where those may stand beside their names."""
    more: dict[str, Parameter] = {}
    for part in component.facts.get("beside", ()):
        known, name = catalogue.of(str(component.settable[part].kind)), given.get(part)
        if isinstance(name, str) and name in known:
            more |= known[name].parameters
    return replace(component, options={**component.options, **more}) if more else component


def with_all_parts(component: Component, catalogue: Catalogue) -> Component:
    """The component with the parameters of every part that it may name so."""
    kinds = [str(component.settable[part].kind) for part in component.facts.get("beside", ())]
    more = {name: p for kind in kinds for known in catalogue.of(kind).values() for name, p in known.parameters.items()}
    return replace(component, options={**component.options, **more}) if more else component


def _refuse_decided(component: Component, given: Mapping[str, Any], path: Path, faults: Faults) -> None:
    """What is said beside a part that decides it itself goes to `faults`."""
    for part in component.facts.get("beside", ()):
        known, value = faults.catalogue.of(str(component.settable[part].kind)), given.get(part)
        name = next(iter(value), None) if isinstance(value, dict) else value
        for decided in known[name].facts["instead_of"] if isinstance(name, str) and name in known else ():
            if given.get(decided) is not None:
                message = f"{component.name}: {part} {name} brings its own {decided}; leave `{decided}` out."
                faults.add((*path, decided), message)


def component_of(axis: Axis, entry: Any, catalogue: Catalogue) -> Component | None:
    """The component that an entry names; None where it is none, or not known."""
    _, name, _, _ = _entry(axis, entry)
    if axis is POOLERS and name and _is_joined(name, catalogue):
        name = "concat"
    return catalogue.find(name, axis.kinds) if name else None


def _may_be_named(axis: Axis, own: Any, faults: Faults, path: Path) -> bool:
    """Whether a name that a suite gives is one, and does not look like what the harness itself writes."""
    if not isinstance(own, str) or not re.fullmatch(NAME, own):
        faults.add(
            path, f"the name {words.shown(own)} is not text on one line that does not begin with =, +, -, @ or :."
        )
        return False
    known = faults.catalogue.find(own, CONDITIONS.kinds) is not None
    if axis is CONDITIONS and (known or own == "clean" or own.endswith(":control") or re.search(r"[@\[]", own)):
        message = f"the name {words.shown(own)} could be taken for another condition."
        faults.add(path, message, "Choose one other than `clean` and the names of conditions, without @ and [.")
        return False
    return True


def _is_joined(name: str, catalogue: Catalogue) -> bool:
    """Whether the name is that of several poolers, like `cls+mean`: `concat` for short."""
    return "+" in name and all(part in catalogue.of("pooler") for part in name.split("+"))


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


def check(component: Component, given: Mapping[str, Any], path: Path, faults: Faults) -> bool:
    """Whether a component takes these parameters, which stand at this path; what it does not goes to `faults`."""
    n_before = len(faults.found)
    for name, value in given.items():
        here, parameter = (*path, name), component.settable.get(name)
        if parameter is None:
            known = ", ".join(component.settable) or "none"
            hint = _OF_OTHERS.get(name) or nearest(name, component.settable)
            message = f"{component.name} has no parameter {name!r}."
            faults.add(here, message, f"{hint} {component.name} takes: {known}.".strip(), key=True)
            continue
        if value == []:
            faults.add(here, f"{component.name}: {name} is an empty list; nothing would run.")
        for one in _swept(parameter, value):
            if parameter.kind not in (None, *OUTSIDE) and one is not None:
                _check_named(component, name, one, here, faults)
            elif problem := _problem(parameter, one) or _no_file(parameter, one, faults.folder):
                end = "" if problem.endswith("?") else "."
                faults.add(here, f"{component.name}: {name} is {words.shown(one)}; {problem}{end}")
    lacking = [name for name, parameter in component.parameters.items() if parameter.default is Signature.empty]
    if len(faults.found) == n_before and (lacking := [name for name in lacking if name not in given]):
        takes = ", ".join(f"{name}: …" for name in component.parameters)
        message = f"{component.name} does not say its {' and '.join(lacking)}."
        faults.add(path, message, f"Write {component.name}: {{{takes}}}.")
    if len(faults.found) > n_before:
        return False
    n_made = math.prod(len(_swept(component.settable[name], value)) for name, value in given.items())
    if n_made > MOST_SWEPT:
        faults.add(path, f"{component.name}: the lists make {n_made:,} of it; expected at most {MOST_SWEPT:,}.")
    return n_made <= MOST_SWEPT


def _check_named(component: Component, name: str, value: Any, path: Path, faults: Faults) -> None:
    """What is wrong with a component that a parameter names: `name`, or `{name: {its parameters}}`."""
    known = faults.catalogue.of(str(component.settable[name].kind))
    named = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else value
    given = value[named] or {} if isinstance(value, dict) and isinstance(named, str) else {}
    if not isinstance(named, str) or named not in known:
        message = f"{component.name}: {name} is {words.shown(value)}; expected one of {', '.join(known)}."
        faults.add(path, message, nearest(str(named), known))
    elif not isinstance(given, dict):
        faults.add(path, f"{component.name}: {name} {named} takes parameters as a mapping.")
    else:
        check(known[named], given, (*path, named), faults)


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


def _no_file(parameter: Parameter, value: Any, folder: FilePath) -> str:
    """What is said where a parameter names a file or folder that is not there."""
    if not parameter.is_file or value is None or is_there(path := placed(value, folder)):
        return ""
    beside = sorted(one.name for one in path.parent.iterdir()) if path.parent.is_dir() else []
    return f"no file or folder is called so in {folder}. {nearest(path.name, beside)}".rstrip(" .")


def _expand(component: Component, own: str | None, given: Mapping[str, Any]) -> list[Choice]:
    swept = {k: _swept(component.settable[k], v) for k, v in given.items()}
    choices = []
    for values in itertools.product(*swept.values()):
        one = {k: _as(component.settable[k], v) for k, v in zip(swept, values, strict=True)}
        parameters = component.filled(one)
        name = address(component, parameters)
        if own is not None:
            name = f"{own}:{name}" if any(len(v) > 1 for v in swept.values()) else own
        choices.append(Choice(name, component.name, parameters))
    return choices


def _as(parameter: Parameter, value: Any) -> Any:
    """The value as the parameter has it: `1` for a number is 1.0, so that both have the same key."""
    return value if isinstance(value, (list, dict)) else parameter.read(value)
