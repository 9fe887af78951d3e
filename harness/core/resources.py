"""Resources of components: what they are given by name, and the hashes of that, which stand in keys."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from harness.core.errors import DataError, PluginError
from harness.core.fingerprint import file_hash
from harness.core.registry import Catalogue, Component, nearest


def contents(user: Component, catalogue: Catalogue) -> dict[str, str]:
    """The hash of the content of each resource that a component asks for, where the catalogue has it."""
    known = catalogue.of("resource")
    return {name: file_hash(known[name].facts["path"]()) for name in user.facts["resources"] if name in known}


def values(user: Component, catalogue: Catalogue, planned: Mapping[str, str]) -> dict[str, Any]:
    """The same resources, loaded. DataError where one is not what it was when the run was planned."""
    found = {}
    for name, content in contents(user, catalogue).items():
        provider = catalogue.get("resource", name)
        if content != planned.get(name):
            raise DataError(
                f"the resource {name!r} ({provider.facts['path']()}) changed since the run was planned. Start it again."
            )
        found[name] = _loaded(provider.function, provider.facts["path"](), content)
    return found


@cache
def _loaded(load: Callable[[Path], Any], path: Path, content: str) -> Any:
    return load(path)


def refuse_unknown(catalogue: Catalogue, kinds: Mapping[str, tuple[str, ...]]) -> None:
    """PluginError for a component that asks for a resource which nobody gives; `kinds` with what they have besides."""
    known = catalogue.of("resource")
    for kind, own in kinds.items():
        for user in catalogue.of(kind).values():
            for name in user.facts["resources"]:
                if name not in known and name not in own:
                    there = ", ".join([*known, *own]) or "none"
                    raise PluginError(
                        f"the {kind} {user.name!r} asks for the resource {name!r}, which nobody gives. "
                        f"{nearest(name, [*known, *own])} There are: {there}. `@resource({name!r}, file=…)` gives it."
                    )
