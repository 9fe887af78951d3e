"""Modes as they go into keys, and what their protocols mean for the cells of a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.records import Mode
from harness.core.registry import Catalogue, Component, named


@dataclass(frozen=True)
class Protocol:
    """What a row learns from: `n_draws` times some of the training texts, numbered from 0, or from the suite's seed.

    `is_crossed`: all texts, each tested by a head that has not learnt from it.
    """

    n_draws: int = 1
    is_seeded: bool = True
    is_crossed: bool = False


def setting(catalogue: Catalogue, mode: Component, parameters: Mapping[str, Any], task: Any) -> Mode:
    """A mode as it goes into keys: with the components that its parameters name (by default the task's), with versions.

    `task` is the `Kind` of task.
    """
    kinds = {name: p.kind for name, p in mode.settable.items() if p.kind and name in parameters}
    filled = {name: getattr(task, name, None) if parameters[name] is None else parameters[name] for name in kinds}
    if "protocol" in parameters:
        component, own = protocol_of(catalogue, parameters)
        filled |= {"protocol": component.name, **{name: own[name] for name in own if name != "draws"}}
        filled = {name: value for name, value in filled.items() if name not in component.facts["instead_of"]}
    kinds = {name: kind for name, kind in kinds.items() if filled.get(name)}
    versions = {f"{name} version": catalogue.get(str(kinds[name]), named(filled[name])[0]).version for name in kinds}
    others = {name: value for name, value in parameters.items() if name not in (*filled, "head", "draws")}
    return Mode(mode.name, mode.version, {**others, **filled, **versions})


def protocol_of(catalogue: Catalogue, parameters: Mapping[str, Any]) -> tuple[Component, dict[str, Any]]:
    """The protocol that a mode's parameters name, and its own parameters, which may stand beside its name."""
    name, given = named(parameters["protocol"])
    component = catalogue.get("protocol", name)
    beside = {own: parameters[own] for own in component.parameters if own in parameters}
    return component, component.filled({**given, **beside})


def protocol(catalogue: Catalogue, parameters: Mapping[str, Any], sides_given: bool) -> Protocol | None:
    """How a row of a mode draws what it learns from, in a task with or without a test side; None where from all."""
    if "protocol" not in parameters:
        return None
    component, own = protocol_of(catalogue, parameters)
    is_crossed = component.facts["crosses"] and not sides_given
    return Protocol(own.get("draws", 1), component.facts["is_seeded"], is_crossed)


def start_of(catalogue: Catalogue, mode: Component, task: Any) -> Mode | None:
    """The mode whose head a building mode starts from, with its defaults; None where it starts from a new head."""
    name = mode.facts.get("starts_from")
    if name is None:
        return None
    start = catalogue.get("mode", name)
    return setting(catalogue, start, start.filled({}), task)
