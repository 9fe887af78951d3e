"""The audit: everything that is found out about a person's data before a suite is written for it."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import tasks
from harness.audit import bundles, sizes
from harness.audit.copies import Copies, Leak, copies, leak, n_shared
from harness.audit.floor import Score, floor
from harness.audit.guess import Columns
from harness.audit.lengths import Lengths, lengths
from harness.audit.source import Source
from harness.audit.spelling import Spelling, spelling
from harness.core.data import Examples
from harness.core.seeds import rng_of
from harness.tasks.fields import DEFAULT_TEST_SHARE
from harness.tasks.text import near, normalise

#: Texts that are looked at where looking takes time.
N_TOKENISED, N_SPELLED = 2000, 5000
TEST_SHARE = DEFAULT_TEST_SHARE["classification"]


@dataclass(frozen=True)
class Audit:
    """What was found. `spec` is the task as the suite has it; `empty` counts rows by the column that lacks a value.

    `classes` are sizes in rows, largest first. `left_out` says of every bundle why it cannot apply, or nothing.
    `n_thin` classes have few test texts, `n_rare` test texts are what `rare-terms` is judged on. `group_sizes` are
    how many test texts stand in each group.
    """

    source: Source
    columns: Columns
    spec: Mapping[str, Any]
    empty: Mapping[str, int]
    classes: Mapping[str, int]
    copies: Copies
    leaks: Mapping[str, Leak]
    lengths: Lengths
    spelling: Spelling
    info: tasks.TaskInfo
    samples: sizes.Samples
    scores: tuple[Score, ...]
    n_thin: int
    n_rare: int
    group_sizes: tuple[int, ...]
    left_out: Mapping[str, str]

    @property
    def bundles(self) -> list[str]:
        """Those that apply."""
        return [name for name, reason in self.left_out.items() if not reason]

    @property
    def n_train(self) -> int:
        """Texts that the suite trains on."""
        return min(self.samples.train, self.info.n_train)

    @property
    def n_test(self) -> int:
        """Texts that it tests on."""
        return min(self.samples.test, self.info.n_test)

    @property
    def n_checks(self) -> int:
        """How many checks the gate makes: the clean texts, and each bundle."""
        return 1 + len(self.bundles)

    @property
    def visible(self) -> float:
        """The smallest loss of accuracy, on the texts as they are, that fails four of five builds."""
        return sizes.visible_loss([1] * self.n_test, self.n_checks, self.margin)

    @property
    def visible_rare(self) -> float | None:
        """The same under `rare-terms`, which has fewer texts; None without it."""
        return sizes.visible_loss([1] * self.n_rare, self.n_checks, self.margin) if self.n_rare else None

    @property
    def visible_together(self) -> float | None:
        """The same where the texts of a group get worse together, as the gate assumes it; None without groups."""
        return None if self.columns.group is None else sizes.visible_loss(self.group_sizes, self.n_checks, self.margin)

    @property
    def margin(self) -> float:
        """The loss of accuracy that the gate lets pass: any larger one that it measures fails the build."""
        return sizes.margin(self.n_test, self.n_checks)


def audit(source: Source, columns: Columns, name: str, folder: Path) -> Audit:
    """Look at the data as the task `name` of a suite in `folder`. DataError where it cannot be a task."""
    texts = ["\n".join(parts) for parts in zip(*(source.columns[n] for n in columns.text), strict=True)]
    labels = [label.strip() for label in source.columns[columns.label]]
    classes = dict(Counter(filter(None, labels)).most_common())
    spec, empty = _spec(source, columns, classes, name, folder), _empty(source, columns, texts)
    if any(empty.values()):
        spec["drop_empty"] = True
    task = tasks.resolve({**spec, "data": source.path}, folder)  # the folder need not be there yet
    info = tasks.describe(task)
    if info.language not in (None, "en"):
        spec["language"] = info.language
    read, spelt = lengths(_some(texts, N_TOKENISED)), spelling(_some(texts, N_SPELLED))
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
    data = source.path
    if not data.startswith("hub:"):
        data = Path(os.path.relpath(data, folder.resolve())).as_posix()
    given = {
        "name": f"my-{name}" if name in tasks.builtin() else name,
        "data": data,
        "config": source.config,
        "encoding": source.encoding,
        "header": None if source.header else False,
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
    """What rows have in common, and what of it the suite's split leaves on both sides."""
    written = [text for text in texts if text.strip()]
    found = {}
    for what, key in (("same text", normalise), ("nearly the same text", near)):
        n_left = n_shared([key(text) for text in train.text], [key(text) for text in test.text])
        found[what] = leak([key(text) for text in written], TEST_SHARE, n_left)
    if columns.group is not None:
        groups = [value.strip() for value in source.columns[columns.group] if value.strip()]
        found[f"same {columns.group}"] = leak(groups, TEST_SHARE, n_shared(train.clusters, test.clusters))
    return found


def _some(texts: Sequence[str], n: int) -> list[str]:
    """At most so many of the texts that are not blank, drawn with a fixed seed."""
    written = [text for text in texts if text.strip()]
    return written if len(written) <= n else rng_of("audit", len(written)).sample(written, n)
