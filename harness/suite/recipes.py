"""Recipes: encoders that are made of another by steps, `{name: small, checkpoint: minilm, cut: {layers: [0, 1]}}`."""

from collections.abc import Iterator, Mapping
from inspect import Parameter
from pathlib import Path
from typing import Any

from harness.core.errors import Fault
from harness.core.files import is_there
from harness.core.registry import Catalogue, Component
from harness.suite import choices, words
from harness.suite.model import Choice
from harness.suite.position import Places


def read(raw: Any, catalogue: Catalogue, places: Places) -> tuple[list[tuple[Choice, ...]], list[Fault]]:
    """The steps of each encoder, in the order of its keys, and everything that is wrong with them."""
    known, faults, recipes = catalogue.of("step"), list[Fault](), list[tuple[Choice, ...]]()
    for index, entry in enumerate(raw if isinstance(raw, list) else []):
        steps = []
        for key, given in entry.items() if isinstance(entry, dict) else ():
            if key in known:
                wrong = list(_faults(known[key], given, ("encoders", index, key), places, catalogue))
                faults += wrong
                steps += [] if wrong else [Choice(key, key, known[key].filled(given or {}))]
        recipes.append(tuple(steps))
    return recipes, faults


def without(raw: Any, catalogue: Catalogue) -> Any:
    """The encoders without their steps."""
    steps = catalogue.of("step")
    if not isinstance(raw, list):
        return raw
    return [{k: v for k, v in e.items() if k not in steps} if isinstance(e, dict) else e for e in raw]


def _faults(
    step: Component, given: Any, path: tuple[str | int, ...], places: Places, catalogue: Catalogue
) -> Iterator[Fault]:
    takes = ", ".join(f"{name}: …" for name in step.parameters)
    if not isinstance(given, dict | None):
        yield places.fault(path, f"{step.name} is {words.shown(given)}; expected {{{takes}}}.")
        return
    wrong = choices.check(step, given or {}, path, places, catalogue)
    yield from wrong
    for name, parameter in step.parameters.items():
        if isinstance((given or {}).get(name), list) and not parameter.takes_list:
            message = f"{step.name}: {name} is a list; a step does not sweep."
            yield places.fault((*path, name), message, "Write an encoder for each value.")
        if parameter.default is Parameter.empty and name not in (given or {}) and not wrong:
            yield places.fault(path, f"{step.name} does not say its {name}.", f"Write {step.name}: {{{takes}}}.")


def in_circles(raw: Any, catalogue: Catalogue, places: Places, folder: Path) -> Iterator[Fault]:
    """Encoders that are made from each other, each circle once. `folder` is where paths of the suite begin."""
    entries = [entry if isinstance(entry, dict) else {} for entry in (raw if isinstance(raw, list) else [])]
    index_of = {name: index for index, entry in enumerate(entries) if isinstance(name := entry.get("name"), str)}
    beside = {name for name in index_of if not is_there(folder / name)}
    needs = {name: _needed(entries[index], catalogue) & beside for name, index in index_of.items()}
    told = set[str]()
    for name in index_of:
        if (way := _way_back(name, needs, [name])) and told.isdisjoint(way):
            told.update(way)
            message = f"the encoders {', '.join(map(repr, way))} are each made of the next, and the last of the first."
            path = ("encoders", index_of[name])
            yield places.fault(path, message, "Begin one with a folder, a hub id or a built-in encoder.")


def _needed(entry: Mapping[str, Any], catalogue: Catalogue) -> set[str]:
    """What an encoder is made of and by, where it is not built in."""
    asked = [entry.get("checkpoint")] if entry.get("checkpoint") != entry.get("name") else []
    for key, step in catalogue.of("step").items():
        given = entry.get(key)
        asked += (
            [given.get(n) for n, p in step.parameters.items() if p.kind == "encoder"] if isinstance(given, dict) else []
        )
    named = {name for name in asked if isinstance(name, str)}
    return named - catalogue.of("encoder").keys()


def _way_back(name: str, needs: Mapping[str, set[str]], way: list[str]) -> list[str] | None:
    """The encoders from the last of `way` on, each needed by the one before, that lead back to `name`."""
    for other in sorted(needs[way[-1]]):
        found = way if other == name else None if other in way else _way_back(name, needs, [*way, other])
        if found:
            return found
    return None
