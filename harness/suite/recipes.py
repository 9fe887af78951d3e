"""Recipes: encoders that are made of another by steps, `{name: small, checkpoint: minilm, cut: {layers: [0, 1]}}`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.files import is_there
from harness.core.registry import Catalogue, Component
from harness.suite import choices, words
from harness.suite.faults import Faults, entries
from harness.suite.faults import Path as Place
from harness.suite.model import Choice


def read(raw: Mapping[str, Any], faults: Faults) -> list[tuple[Choice, ...]]:
    """The steps of each encoder, in the order of its keys; what is wrong with them goes to `faults`."""
    known, recipes = faults.catalogue.of("step"), list[tuple[Choice, ...]]()
    for index, entry in entries(raw, "encoders"):
        steps = [item for item in entry.items() if item[0] in known] if isinstance(entry, dict) else []
        sound = [(key, given) for key, given in steps if _is_sound(known[key], given, ("encoders", index, key), faults)]
        recipes.append(tuple(Choice(key, key, known[key].filled(given or {})) for key, given in sound))
    return recipes


def without(raw: Any, catalogue: Catalogue) -> Any:
    """The encoders without their steps; one that names no checkpoint begins with what a step of it learns from."""
    steps = catalogue.of("step")
    if not isinstance(raw, list):
        return raw
    found = []
    for entry in raw:
        if isinstance(entry, dict):
            teacher = _teacher(entry, steps)
            begun = {"checkpoint": teacher} if teacher else {}
            entry = begun | {key: value for key, value in entry.items() if key not in steps}
        found.append(entry)
    return found


def _teacher(entry: Mapping[str, Any], steps: Mapping[str, Component]) -> str | None:
    """The first encoder that a step of an entry names."""
    for key, given in entry.items():
        for name, value in given.items() if key in steps and isinstance(given, dict) else ():
            if (
                isinstance(value, str)
                and name in steps[key].parameters
                and steps[key].parameters[name].kind == "encoder"
            ):
                return value
    return None


def _is_sound(step: Component, given: Any, path: Place, faults: Faults) -> bool:
    """Whether a step takes what it is given; what it does not goes to `faults`."""
    if not isinstance(given, dict | None):
        takes = ", ".join(f"{name}: …" for name in step.parameters)
        faults.add(path, f"{step.name} is {words.shown(given)}; expected {{{takes}}}.")
        return False
    given, n_before = given or {}, len(faults.found)
    choices.check(step, given, path, faults)
    for name, parameter in step.parameters.items():
        if isinstance(given.get(name), list) and not parameter.takes_list:
            message = f"{step.name}: {name} is a list; a step does not sweep."
            faults.add((*path, name), message, "Write an encoder for each value.")
    return len(faults.found) == n_before


def check_circles(raw: Mapping[str, Any], faults: Faults, folder: Path) -> None:
    """Encoders that are made from each other, each circle once. `folder` is where paths of the suite begin."""
    found = {index: entry for index, entry in entries(raw, "encoders") if isinstance(entry, dict)}
    index_of = {name: index for index, entry in found.items() if isinstance(name := entry.get("name"), str)}
    beside = {name for name in index_of if not is_there(folder / name)}
    needs = {name: _needed(found[index], faults.catalogue) & beside for name, index in index_of.items()}
    told = set[str]()
    for name in index_of:
        if (way := _way_back(name, needs, [name])) and told.isdisjoint(way):
            told.update(way)
            message = f"the encoders {', '.join(map(repr, way))} are each made of the next, and the last of the first."
            advice = "Begin one with a folder, a hub id or a built-in encoder."
            faults.add(("encoders", index_of[name]), message, advice)


def _needed(entry: Mapping[str, Any], catalogue: Catalogue) -> set[str]:
    """What an encoder is made of and by, where it is not built in."""
    asked = [entry.get("checkpoint")] if entry.get("checkpoint") != entry.get("name") else []
    for key, step in catalogue.of("step").items():
        if isinstance(given := entry.get(key), dict):
            asked += [given.get(name) for name, parameter in step.parameters.items() if parameter.kind == "encoder"]
    return {name for name in asked if isinstance(name, str)} - catalogue.of("encoder").keys()


def _way_back(name: str, needs: Mapping[str, set[str]], way: list[str]) -> list[str] | None:
    """The encoders from the last of `way` on, each needed by the one before, that lead back to `name`."""
    for other in sorted(needs[way[-1]]):
        found = way if other == name else None if other in way else _way_back(name, needs, [*way, other])
        if found:
            return found
    return None
