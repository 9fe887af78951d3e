"""What a task holds, and its sides as splits with a key."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import lru_cache
from statistics import median
from typing import Any

from harness.core.errors import DataError
from harness.core.records import Split
from harness.core.registry import nearest
from harness.tasks.balance import BALANCE_VERSION
from harness.tasks.kinds import kind_of
from harness.tasks.language import N_TEXTS, guess
from harness.tasks.pool import pool_of
from harness.tasks.sources import content_hash, packaged, read
from harness.tasks.sources.tables import TABLES_VERSION
from harness.tasks.splits import CLUSTERS_VERSION, RULE_VERSION
from harness.tasks.task import AssetSource, FileSource, HubSource, TablesSource, Task, TaskInfo


def describe(task: Task) -> TaskInfo:
    """Counts, labels and domains. Reads the data (and fetches it where it is packaged or on the hub).

    DataError where the data cannot serve the task; MissingFileError where it is not there.
    """
    return _describe(task, content_hash(task.source))


@lru_cache(maxsize=32)
def _describe(task: Task, source: str) -> TaskInfo:
    kind, pool, reading = kind_of(task.kind), pool_of(task, source), read(task.source, task.columns, source)
    train, test = pool.train, pool.test
    learnt = [item for item in train if not item.held_out]
    n_learnt, n_tested = (Counter(item.domain for item in items if item.domain) for items in (learnt, test))
    return TaskInfo(
        source=source,
        kind=task.kind,
        metrics=task.metrics,
        n_train=len(learnt),
        n_test=len(test),
        labels=tuple(sorted({name for item in (*train, *test) for name in kind.classes(item)})),
        domains={name: (n_learnt[name], n_tested[name]) for name in sorted(n_learnt | n_tested)},
        n_duplicates=pool.n_duplicates,
        n_merged=pool.n_merged,
        median_words=median(len(text.split()) for text in kind.measured(pool)),
        notes=pool.notes,
        n_scored=kind.n_scored(pool),
        elsewhere=_elsewhere(task, source),
        n_validation=len(train) - len(learnt),
        moved=pool.moved,
        sides_given="train" in reading.sides,
        language=task.language or guess(kind.sample(pool, N_TEXTS)),
        language_guessed=task.language is None,
        form=reading.form,
        cluster=kind.cluster(task, any(item.cluster != item.key for item in train)),
    )


def _elsewhere(task: Task, source: str) -> dict[str, tuple[int, int]]:
    """(n_train, n_test) of the domains that a restricted task leaves out, each as a task of its own."""
    if task.domains is None:
        return {}
    there = {row.domain for row in read(task.source, task.columns, source).rows}
    pools = {name: pool_of(replace(task, domains=(name,)), source) for name in sorted(there.difference(task.domains))}
    return {name: (sum(not item.held_out for item in pool.train), len(pool.test)) for name, pool in pools.items()}


def make_split(
    task: Task,
    info: TaskInfo,
    side: str,
    *,
    sample: int | None = None,
    sample_seed: int = 0,
    domains: Iterable[str] | None = None,
    role: str | None = None,
) -> Split:
    """One side of a task as data, or `all` of both. `sample` counts items, whatever the role.

    One of `info.elsewhere` as the only domain gives the split of the task that is restricted to it. What cannot
    matter is not in the key: a sample as big as the side is no sample, and then has no seed.
    DataError for domains that the task has not; ValueError for a side or role that does not exist.
    """
    roles = tuple(kind_of(task.kind).roles)
    role = roles[0] if role is None else role
    if side not in ("train", "test", "all") or role not in roles or (sample is not None and sample < 1):
        raise ValueError(f"no split {side!r} with role {role!r} and sample {sample!r} of a {task.kind} task")
    chosen = None if domains is None else tuple(sorted(set(domains)))
    restricted, sizes = task.domains, (info.n_train, info.n_test)
    if chosen is not None and _is_elsewhere(task, info, chosen):
        restricted, sizes, chosen = chosen, info.elsewhere[chosen[0]], None
    n_items = sum(sizes) if side == "all" else sizes[side == "test"]
    whole = sample is None or sample >= n_items
    return Split(
        source=info.source,
        columns=_columns(task, info),
        label_map=dict(task.labels),
        side=side,
        rule=_rule(task, side, restricted, info),
        sample=None if whole else sample,
        sample_seed=0 if whole else sample_seed,
        domains=None if chosen is not None and len(chosen) == len(info.domains) else chosen,
        role=role,
    )


def _is_elsewhere(task: Task, info: TaskInfo, chosen: tuple[str, ...]) -> bool:
    """Whether the domains chosen are one that the task is not restricted to. DataError for what cannot be chosen."""
    for name in chosen:
        if name not in info.domains and name not in info.elsewhere:
            there = [*info.domains, *info.elsewhere]
            raise DataError(
                f"task {task.name!r} has no domain {name!r}. {nearest(name, there)} "
                f"Its domains are: {', '.join(map(repr, there)) or 'none'}."
            )
    outside = [name for name in chosen if name in info.elsewhere]
    if outside and len(chosen) > 1:
        raise DataError(
            f"task {task.name!r} has not the domains {', '.join(map(repr, chosen))} together: "
            f"{', '.join(map(repr, outside))} stands outside of it. Choose one alone."
        )
    return bool(outside)


def _columns(task: Task, info: TaskInfo) -> dict[str, Any]:
    """How the source is read, as far as it decides the items."""
    source = task.source
    if isinstance(source, AssetSource):
        version = packaged()[source.reader].version
        return {"reader": source.reader, "kind": task.kind, **({"version": version} if version != 1 else {})}
    columns = {name: value for name, value in asdict(task.columns).items() if value not in (None, False, ())}
    if isinstance(source, HubSource):
        chosen = {"validation_split": source.validation_split} if source.validation_split else {}
        return {**columns, "train_split": source.train_split, "test_split": source.test_split, **chosen}
    if isinstance(source, TablesSource):
        columns = {"tables": TABLES_VERSION, **({"group": columns["group"]} if "group" in columns else {})}
    elif source.header is False:
        columns["header"] = False
    form = {"form": info.form} if info.form else {}
    formats = [file.suffix.lower() for file in source.paths.values()]
    return {**columns, **form, "encoding": source.encoding, "formats": formats}


def _rule(task: Task, side: str, domains: tuple[str, ...] | None, info: TaskInfo) -> dict[str, Any]:
    """How items come to their side. `domains`: the restriction, which comes before sampling."""
    given = isinstance(task.source, FileSource | TablesSource) and "all" not in task.source.paths
    name = "given" if given else "time" if task.by_time == "split" else "hash"
    rule = {
        "name": name,
        "version": RULE_VERSION,
        "clusters": CLUSTERS_VERSION if side != "train" else None,
        "moved": BALANCE_VERSION if info.moved else None,
        "test_share": None if given else task.test_share,
        "group": "test side" if info.sides_given and task.columns.group is not None else None,
        "domains_by": "time" if task.by_time == "shift" else None,
        "min_class": task.min_class and task.min_class.model_dump(),
        "domains": domains and list(domains),
    }
    return {what: value for what, value in rule.items() if value is not None}
