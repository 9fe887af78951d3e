"""The one list of what there is: walks the component packages and makes the catalogue."""

from functools import cache

from harness import conditions, encoders, metrics, modes, poolers, scoring, tasks
from harness.core import resources
from harness.core.registry import Catalogue, Component, found_in
from harness.encoders import backends, steps
from harness.training import objectives

PACKAGES = (poolers, conditions, modes, metrics, tasks, scoring, backends, steps, objectives)
#: Kinds of component that may ask for any resource, with those that the runner makes for them.
GIVEN = {"perturbation": (), "reading": (), "shift": (), "slice": ("n_tokens", "max_length")}


@cache
def catalogue() -> Catalogue:
    """All components: decorated functions of the component packages and plugins, the rows of the built-in tables."""
    found = Catalogue([*found_in(*PACKAGES), *_tasks(), *_encoders()])
    resources.refuse_unknown(found, GIVEN)
    return found


def _row(kind: str, name: str, version: int, summary: str, **facts: object) -> Component:
    def row() -> None: ...

    row.__doc__ = summary
    return Component(kind, name, version, row, {}, {"resources": (), **facts})


def _tasks() -> list[Component]:
    return [
        _row("task", t.name, 1, t.note, domains=tasks.domains_of(t.name), task_kind=t.kind)
        for t in tasks.builtin().values()
    ]


def _encoders() -> list[Component]:
    return [
        _row("encoder", name, 1, row["summary"], weights=row["weights"]) for name, row in encoders.builtin().items()
    ]
