"""The built-in tasks: packaged data that every machine with the package index can have, or that a plugin brings."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from harness.tasks.sources import packaged
from harness.tasks.task import Task


@cache
def builtin() -> Mapping[str, Task]:
    """The built-in tasks by name."""
    return MappingProxyType({task.name: task for reader in packaged().values() for task in reader.facts["tasks"]})


def domains_of(name: str) -> tuple[str, ...]:
    """The domains that a built-in task has."""
    found: tuple[str, ...] = next(
        reader.facts["domains"]
        for reader in packaged().values()
        if any(task.name == name for task in reader.facts["tasks"])
    )
    return found
