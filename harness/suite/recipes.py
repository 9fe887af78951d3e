"""Recipes: encoders that are made of another by steps, `{name: small, checkpoint: minilm, cut: {layers: [0, 1]}}`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.core.files import is_there
from harness.core.registry import Catalogue, Component
from harness.suite import choices, words
from harness.suite.faults import Faults, entries
from harness.suite.faults import Path as Place
from harness.suite.model import Choice

#: The key of several steps, in their order: a step may stand there more than once.
SEVERAL = "adapt"


def read(raw: Mapping[str, Any], faults: Faults) -> list[tuple[Choice, ...]]:
    """The steps of each encoder, in the order of its keys; what is wrong with them goes to `faults`."""
    known, recipes = faults.catalogue.of("step"), list[tuple[Choice, ...]]()
    for index, entry in entries(raw, "encoders"):
        place: Place = ("encoders", index)
        if isinstance(entry, dict) and SEVERAL in entry:
            _check_several(entry[SEVERAL], known, (*place, SEVERAL), faults)
        steps = [(key, given, (*place, *at)) for at, key, given in _steps(entry, known)]
        sound = [(key, given) for key, given, at in steps if _is_sound(known[key], given, at, faults)]
        recipes.append(tuple(Choice(key, key, known[key].filled(given or {})) for key, given in sound))
    return recipes


def _steps(entry: Any, known: Mapping[str, Component]) -> Iterator[tuple[Place, str, Any]]:
    """The steps of an encoder in order: their place in it, their name and what they are given."""
    for key, given in entry.items() if isinstance(entry, dict) else ():
        if key in known:
            yield (key,), key, given
        for number, one in enumerate(given if key == SEVERAL and isinstance(given, list) else ()):
            if isinstance(one, str) and one in known:
                yield (SEVERAL, number), one, None
            elif isinstance(one, dict) and len(one) == 1 and next(iter(one)) in known:
                yield (SEVERAL, number, next(iter(one))), next(iter(one)), next(iter(one.values()))


def _check_several(given: Any, known: Mapping[str, Component], place: Place, faults: Faults) -> None:
    """A list of steps, each a name or a mapping with one; what is not goes to `faults`."""
    expected = f"expected a list of steps, of {', '.join(known)}"
    if not isinstance(given, list) or not given:
        faults.add(place, f"{SEVERAL} is {words.shown(given)}; {expected}.", "Write `adapt: [mlm: {on: TASK}]`.")
        return
    for number, one in enumerate(given):
        name = next(iter(one)) if isinstance(one, dict) and len(one) == 1 else one
        if not isinstance(name, str) or name not in known:
            faults.add((*place, number), f"{SEVERAL}: {words.shown(one)} is no step; {expected}.")


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
            entry = begun | {key: value for key, value in entry.items() if key not in (*steps, SEVERAL)}
        found.append(entry)
    return found


def _teacher(entry: Mapping[str, Any], steps: Mapping[str, Component]) -> str | None:
    """The first encoder that a step of an entry names."""
    return next(_teachers(entry, steps), None)


def _teachers(entry: Mapping[str, Any], steps: Mapping[str, Component]) -> Iterator[str]:
    """All encoders that steps of an entry name."""
    for _, key, given in _steps(entry, steps):
        for name, value in given.items() if isinstance(given, dict) else ():
            if isinstance(value, str) and name in (own := steps[key].parameters) and own[name].kind == "encoder":
                yield value


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
    asked += _teachers(entry, catalogue.of("step"))
    return {name for name in asked if isinstance(name, str)} - catalogue.of("encoder").keys()


def _way_back(name: str, needs: Mapping[str, set[str]], way: list[str]) -> list[str] | None:
    """The encoders from the last of `way` on, each needed by the one before, that lead back to `name`."""
    for other in sorted(needs[way[-1]]):
        found = way if other == name else None if other in way else _way_back(name, needs, [*way, other])
        if found:
            return found
    return None
