"""The one list of what there is: walks the component packages and makes the catalogue."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from harness import conditions, encoders, metrics, modes, poolers, tasks
from harness.conditions import BUNDLES, LONG_TEXT_TOKENS
from harness.core.registry import Catalogue, Component, collect
from harness.encoders import backends, steps
from harness.suite.conditions import Naming
from harness.tasks.builtin import DOMAINS

PACKAGES = (poolers, conditions, modes, metrics, backends, steps)
NAMING = Naming(conditions.address, conditions.pair_address)


@cache
def catalogue() -> Catalogue:
    """All components: decorated functions of the component packages, and the rows of the built-in tables."""
    modules = [module for package in PACKAGES for module in _walk(package)]
    return Catalogue([*collect(modules), *_bundles(), *_tasks(), *_encoders()])


def _walk(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(info.name)


def _row(kind: str, name: str, version: int, summary: str, **facts: object) -> Component:
    def row() -> None: ...

    row.__doc__ = summary
    return Component(kind, name, version, row, {}, {"resources": (), **facts})


def _bundles() -> list[Component]:
    return [
        _row(
            "bundle",
            b.name,
            b.version,
            b.summary,
            members=b.members,
            needs=b.needs,
            over_tokens=LONG_TEXT_TOKENS,
        )
        for b in BUNDLES.values()
    ]


def _tasks() -> list[Component]:
    return [
        _row("task", t.name, 1, t.note, domains=DOMAINS.get(t.name, ()), task_kind=t.kind)
        for t in tasks.builtin().values()
    ]


def _encoders() -> list[Component]:
    return [
        _row("encoder", name, 1, row["summary"], weights=row["weights"]) for name, row in encoders.builtin().items()
    ]
