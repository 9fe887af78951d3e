"""The audit of texts with labels: everything that is found out about a person's data before a suite is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import tasks
from harness.audit import bundles, sizes
from harness.audit.column import Columns
from harness.audit.copies import Copies, Leak, across, copies, leak, n_shared
from harness.audit.floor import floor
from harness.audit.found import N_SPELLED, N_TOKENISED, Found, data_of, some, task_of
from harness.audit.lengths import lengths
from harness.audit.source import Source
from harness.audit.spelling import spelling
from harness.core.data import Examples
from harness.tasks.kinds.classification import Classification
from harness.tasks.text import near, normalise

TEST_SHARE = Classification.test_share


@dataclass(frozen=True)
class Audit(Found):
    """What was found of texts with labels. `classes` are sizes in rows, largest first; `n_thin` have few test texts."""

    classes: Mapping[str, int]
    copies: Copies
    leaks: Mapping[str, Leak]
    n_thin: int


def audit_texts(source: Source, columns: Columns, name: str, folder: Path) -> Audit:
    """Look at the data as the task `name` of a suite in `folder`. DataError where it cannot be a task."""
    texts = ["\n".join(parts) for parts in zip(*(source.columns[n] for n in columns.text), strict=True)]
    labels = [label.strip() for label in source.columns[columns.label or ""]]
    classes = dict(Counter(filter(None, labels)).most_common())
    spec, empty = _spec(source, columns, classes, name, folder), _empty(source, columns, texts)
    if any(empty.values()):
        spec["drop_empty"] = True
    task = task_of(spec, source, folder)
    info = tasks.describe(task)
    if info.language not in (None, "en"):
        spec["language"] = info.language
    read, spelt = lengths(some(texts, N_TOKENISED)), spelling(some(texts, N_SPELLED))
    chosen = sizes.samples(info.n_train, info.n_test, min(read.mean, read.read), long=read.median > 128)
    train, test = (tasks.load(task, tasks.make_split(task, info, side)) for side in ("train", "test"))
    used = [
        tasks.load(task, tasks.make_split(task, info, side, sample=n))
        for side, n in (("train", chosen.train), ("test", chosen.test))
    ]
    is_foreign = bool(bundles.of_other_language("rare-terms", info.language))
    judged, n_rare = Counter(used[1].labels), 0 if is_foreign else bundles.n_rare_terms(used[1])
    return Audit(
        source=source,
        columns=columns,
        spec=spec,
        empty=empty,
        classes=classes,
        copies=copies(texts, labels, source.numbers),
        leaks=_leaks(source, columns, texts, train, test),
        lengths=read,
        spelling=spelt,
        info=info,
        samples=chosen,
        scores=floor(*used),
        n_thin=sum(judged[label] < 5 for label in info.labels),
        n_rare=n_rare,
        group_sizes=tuple(Counter(used[1].clusters).values()),
        left_out=bundles.reasons(read, spelt, len(info.domains), n_rare, info.language),
    )


def _spec(source: Source, columns: Columns, classes: Mapping[str, int], name: str, folder: Path) -> dict[str, Any]:
    """The task as a suite in this folder says it."""
    given = {
        **data_of(source, name, folder),
        "text": list(columns.text),
        "label": columns.label,
        "group": columns.group,
        "time": columns.time if columns.split_by_time else None,
        "domain": columns.domain,
        "id": columns.id,
        "min_class": sizes.min_class(classes),
    }
    return {key: value for key, value in given.items() if value is not None}


def _empty(source: Source, columns: Columns, texts: Sequence[str]) -> dict[str, int]:
    """Rows that lack a text or a value, by what they lack."""
    named = {"text": texts} | {
        part: source.columns[column]
        for part in ("label", "group", "domain", "time")
        if (column := getattr(columns, part)) is not None and (part != "time" or columns.split_by_time)
    }
    return {part: sum(not value.strip() for value in values) for part, values in named.items()}


def _leaks(source: Source, columns: Columns, texts: Sequence[str], train: Examples, test: Examples) -> dict[str, Leak]:
    """What rows have in common, and what of it the suite's split leaves on both sides.

    Of a source with sides, what its own sides share.
    """
    keys = {"same text": [normalise(text) for text in texts], "nearly the same text": [near(text) for text in texts]}
    left = {
        what: n_shared([key(text) for text in train.text], [key(text) for text in test.text])
        for what, key in (("same text", normalise), ("nearly the same text", near))
    }
    if columns.group is not None:
        what = f"same {columns.group}"
        keys[what] = [value.strip() for value in source.columns[columns.group]]
        left[what] = n_shared(train.clusters, test.clusters)
    found = {}
    for what, values in keys.items():
        if source.sizes:
            found[what] = across(values, source.sizes, left[what])
        else:
            found[what] = leak([value for value in values if value], TEST_SHARE, left[what])
    return found
