"""What a task holds, and its sides as splits with a key."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from statistics import median
from typing import Any

from harness.core.errors import DataError
from harness.core.records import Split
from harness.core.registry import nearest
from harness.tasks.pool import Pool, pool_of
from harness.tasks.sources import content_hash
from harness.tasks.splits import RULE_VERSION
from harness.tasks.task import AssetSource, FileSource, Task, TaskInfo

_ROLES = {"classification": ("text",), "retrieval": ("query", "corpus")}


def describe(task: Task) -> TaskInfo:
    """Counts, labels and domains. Reads the data (and fetches it where it is packaged or on the hub).

    DataError where the data cannot serve the task; MissingFileError where it is not there.
    """
    return _describe(task, content_hash(task.source))


@lru_cache(maxsize=32)
def _describe(task: Task, source: str) -> TaskInfo:
    pool = pool_of(task, source)
    train, test = pool.sides["train"], pool.sides["test"]
    by_domain = {side: Counter(item.domain for item in pool.sides[side] if item.domain) for side in pool.sides}
    names = sorted(by_domain["train"] | by_domain["test"])
    n_queries = _n_queries(pool) if task.kind == "retrieval" else 0
    labels = {item.label for item in (*train, *test)} if task.kind == "classification" else set()
    return TaskInfo(
        source=source,
        kind=task.kind,
        metrics=task.metrics,
        n_train=len(train),
        n_test=len(test),
        labels=tuple(sorted(labels)),
        domains={name: (by_domain["train"][name], by_domain["test"][name]) for name in names},
        n_duplicates=pool.n_duplicates,
        n_merged=pool.n_merged,
        median_words=median(len(item.text.split()) for item in test),
        notes=pool.notes + ((f"{n_queries:,} queries",) if n_queries else ()),
        n_queries=n_queries,
    )


def _n_queries(pool: Pool) -> int:
    """The queries that a test document answers."""
    keys = {item.key for item in pool.sides["test"]}
    return sum(not keys.isdisjoint(query.relevant) for query in pool.queries)


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
    """One side of a task as data. `sample` counts texts, or documents for both roles of a retrieval task.

    What cannot matter is not in the key: a sample as big as the side is no sample, and then has no seed.
    DataError for a domain that the task has not; ValueError for a side or role that does not exist.
    """
    roles = _ROLES[task.kind]
    role = roles[0] if role is None else role
    if side not in ("train", "test") or role not in roles or (sample is not None and sample < 1):
        raise ValueError(f"no split {side!r} with role {role!r} and sample {sample!r} of a {task.kind} task")
    chosen = None if domains is None else tuple(sorted(set(domains)))
    for name in chosen or ():
        if name not in info.domains:
            raise DataError(
                f"task {task.name!r} has no domain {name!r}. {nearest(name, info.domains)} "
                f"Its domains are: {', '.join(info.domains) or 'none'}."
            )
    n_items = info.n_train if side == "train" else info.n_test
    whole = sample is None or sample >= n_items
    return Split(
        source=info.source,
        columns=_columns(task),
        label_map=dict(task.labels),
        side=side,
        rule=_rule(task),
        sample=None if whole else sample,
        sample_seed=0 if whole else sample_seed,
        domains=None if chosen is not None and len(chosen) == len(info.domains) else chosen,
        role=role,
    )


def _columns(task: Task) -> dict[str, Any]:
    """How the source is read, as far as it decides the items."""
    source = task.source
    if isinstance(source, AssetSource):
        return {"reader": source.reader, "kind": task.kind}
    columns = {name: value for name, value in asdict(task.columns).items() if value is not None}
    if isinstance(source, FileSource):
        files = [path for path in (source.data, source.train, source.test) if path is not None]
        return {**columns, "encoding": source.encoding, "formats": [file.suffix.lower() for file in files]}
    return {**columns, "train_split": source.train_split, "test_split": source.test_split}


def _rule(task: Task) -> dict[str, Any]:
    """How items come to their side. `domains`: the restriction, which comes before sampling."""
    given = isinstance(task.source, FileSource) and task.source.data is None
    rule: dict[str, Any] = {"name": "given" if given else "hash", "version": RULE_VERSION}
    if not given:
        rule["test_share"] = task.test_share
    if task.domains is not None:
        rule["domains"] = list(task.domains)
    return rule
