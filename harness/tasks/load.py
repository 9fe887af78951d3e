"""The items of a split."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import Split
from harness.tasks.kinds import kind_of
from harness.tasks.pool import pool_of
from harness.tasks.sources import content_hash
from harness.tasks.task import HubSource, Task


def load(task: Task, split: Split) -> Examples:
    """The items of a split of this task, in order of id, never perturbed.

    The split's own rule says which domains it is restricted to, so that a domain elsewhere can be loaded; its role
    says which side of the items is read. DataError where the source is no longer the one that the split was made from.
    """
    # a hub split is loaded at its own commit, so there is nothing to ask the hub about
    if not isinstance(task.source, HubSource) and (now := content_hash(task.source)) != split.source:
        raise DataError(
            f"the data of task {task.name!r} changed since the run was planned (hash {now[:8]}, was "
            f"{split.source[:8]}). Start the run again."
        )
    choice = _Choice(split.side, split.sample, split.sample_seed, split.domains, split.role)
    domains = tuple(split.rule["domains"]) if "domains" in split.rule else None
    try:
        return _load(replace(task, name="", metrics=(), language=None, note="", domains=domains), split.source, choice)
    except DataError as error:
        raise DataError(f"task {task.name!r}: {error}", plain={*error.plain, task.name}) from None


class _Choice(NamedTuple):
    """Which items of a task's pool a split has; its perturbations are not applied here."""

    side: str
    sample: int | None
    sample_seed: int
    domains: tuple[str, ...] | None
    role: str


@lru_cache(maxsize=32)
def _load(task: Task, source: str, choice: _Choice) -> Examples:
    kind, pool = kind_of(task.kind), pool_of(task, source)
    items = list(pool.sides[choice.side])
    if choice.sample is not None:
        learnt = [item for item in items if not item.held_out]
        drawn = kind.draw(pool, learnt, choice.sample, choice.sample_seed)
        items = sorted([*drawn, *(item for item in items if item.held_out)])
    if choice.domains is not None:
        items = [item for item in items if item.domain in choice.domains]
    labels = {item.label for item in items if not item.held_out}
    items = [item for item in items if not item.held_out or item.label in labels]  # nothing can be chosen by others
    return kind.examples(pool, items, choice.role)
