"""Whether the poolers of a suite give its tasks what they take: a vector a text, or one a word."""

from collections.abc import Mapping
from typing import Any

from harness.core.registry import Catalogue
from harness.suite import choices
from harness.suite.faults import Faults, entries, name_of
from harness.suite.names import BUILTIN_FIELDS

_WHY = {
    "word": "gives a vector to each word of a list of words, and no task of this suite is of such lists.",
    "text": "gives a vector to a text, and every task of this suite is of lists of words, each of which takes one.",
}
_INSTEAD = {
    "word": "Name a pooler that gives a text one: mean, cls, max.",
    "text": "Name one that gives a word one: word-mean, word-first; or leave `poolers` out.",
}


def check(raw: Mapping[str, Any], faults: Faults) -> None:
    """What is wrong with poolers that no task of a suite takes; nothing where a task is not known."""
    taken = {_per(entry, faults.catalogue) for _, entry in entries(raw, "tasks")}
    for index, entry in entries(raw, "poolers"):
        pooler = choices.component_of(choices.POOLERS, entry, faults.catalogue)
        per = pooler and pooler.facts.get("per", "text")
        if pooler and per not in taken and None not in taken and taken:
            faults.add(("poolers", index), f"pooler {pooler.name!r} {_WHY[str(per)]}", _INSTEAD[str(per)])


def _per(entry: Any, catalogue: Catalogue) -> str | None:
    """What has a vector in a task; None where that is not known."""
    kinds = catalogue.of("task-kind")
    own = isinstance(entry, dict) and set(entry) - BUILTIN_FIELDS
    builtin = catalogue.of("task").get(str(name_of(entry)).partition("/")[0])
    default = next((name for name, kind in kinds.items() if kind.facts.get("default")), "")
    kind = entry.get("kind", default) if own else builtin.facts.get("task_kind", default) if builtin else None
    found: Any = kinds.get(str(kind))
    return found.function.per if found else None
