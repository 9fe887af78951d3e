"""The one list of what there is: walks the component packages and makes the catalogue."""

from functools import cache

from harness import conditions, encoders, metrics, modes, poolers, scoring, tasks
from harness.core import resources
from harness.core.registry import Catalogue, Component, found_in
from harness.encoders import backends, steps
from harness.suite.conditions import BY_REFERENCE
from harness.training import objectives
from harness.training import steps as trained

PACKAGES = (poolers, conditions, modes, metrics, tasks, scoring, backends, steps, trained, objectives)
#: Kinds of component that may ask for any resource, with those that the runner makes for them.
GIVEN = {"perturbation": ("draw",), "reading": (), "shift": (), "slice": (*BY_REFERENCE, "known_texts")}


@cache
def catalogue() -> Catalogue:
    """All components: decorated functions of the component packages and plugins, the rows of the built-in tables."""
    own_tasks = (
        _row("task", name, task.note, domains=tasks.domains_of(name), task_kind=task.kind)
        for name, task in tasks.builtin().items()
    )
    own_encoders = (
        _row("encoder", name, row["summary"], weights=row["weights"], is_random="architecture" in row)
        for name, row in encoders.builtin().items()
    )
    found = Catalogue([*found_in(*PACKAGES), *own_tasks, *own_encoders])
    resources.refuse_unknown(found, GIVEN)
    return found


def _row(kind: str, name: str, summary: str, **facts: object) -> Component:
    def row() -> None: ...

    row.__doc__ = summary
    return Component(kind, name, 1, row, {}, {"resources": (), **facts})
