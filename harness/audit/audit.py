"""The audit of texts, or pairs of them, with labels or scores: what is found out before a suite is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import tasks
from harness.audit import bundles, sizes
from harness.audit.baselines import baselines
from harness.audit.column import Columns, is_number
from harness.audit.copies import Copies, Leak, across, copies, leak, n_shared
from harness.audit.found import N_SPELLED, N_TOKENISED, Found, empty_of, some, spec_of, task_of
from harness.audit.lengths import Lengths, lengths
from harness.audit.source import Source
from harness.audit.spelling import spelling
from harness.core.data import Examples
from harness.tasks.kinds import kind_of
from harness.tasks.kinds.classification import Classification
from harness.tasks.text import near, normalise

TEST_SHARE = Classification.test_share


@dataclass(frozen=True)
class Audit(Found):
    """What was found of texts with labels. `classes` are sizes in rows, largest first; `n_thin` have few test texts.

    Of pairs, `second` are the lengths of the second texts; where numbers are told of them, these are `numbers`, in
    order, and there are no classes.
    """

    classes: Mapping[str, int]
    copies: Copies
    leaks: Mapping[str, Leak]
    n_thin: int
    second: Lengths | None = None
    numbers: tuple[float, ...] = ()

    @property
    def longest(self) -> Lengths:
        """Those of the longer texts of a pair."""
        return max(filter(None, (self.lengths, self.second)), key=lambda one: one.recommended)

    @property
    def alone(self) -> Sequence[int]:
        """Pairs that share a text are right or wrong together."""
        return super().alone if self.second is None else self.group_sizes


def audit_texts(source: Source, columns: Columns, name: str, folder: Path) -> Audit:
    """Look at the data as the task `name` of a suite in `folder`. DataError where it cannot be a task."""
    texts = ["\n".join(parts) for parts in zip(*(source.columns[n] for n in columns.text), strict=True)]
    others = [] if columns.text_b is None else source.columns[columns.text_b]
    whole = _whole(texts, others)
    told, numbers = [value.strip() for value in source.columns[columns.told]], _numbers(source, columns)
    classes = {} if numbers else dict(Counter(filter(None, told)).most_common())
    spec, empty = _spec(source, columns, classes, name, folder), _empty(source, columns, texts)
    spec |= {"drop_empty": True} if any(empty.values()) else {}
    task = task_of(spec, source, folder)
    info = tasks.describe(task)
    spec |= {"language": info.language} if info.language not in (None, "en") else {}
    read, spelt = lengths(some(texts, N_TOKENISED)), spelling(some([*texts, *others], N_SPELLED))
    second = lengths(some(others, N_TOKENISED)) if others else None
    n_tokens = sum(min(one.mean, one.read) for one in (read, second) if one)
    chosen = sizes.samples(info.n_train, info.n_test, n_tokens, long=read.median > 128)
    train, test = (_side(task, info, side, None) for side in ("train", "test"))
    learnt, judged = _side(task, info, "train", chosen.train), _side(task, info, "test", chosen.test)
    scored = judged[kind_of(task.kind).scored]
    n_rare = bundles.n_rare_terms(scored, info.language)
    return Audit(
        source=source,
        columns=columns,
        spec=spec,
        empty=empty,
        classes=classes,
        copies=copies(whole, [f"{float(v):g}" if v else v for v in told] if numbers else told, source.numbers),
        leaks=_leaks(source, columns, whole, train, test),
        lengths=read,
        spelling=spelt,
        info=info,
        samples=chosen,
        scores=baselines(kind_of(task.kind), learnt, judged),
        n_thin=sum(list(scored.labels or ()).count(label) < 5 for label in info.labels),
        n_rare=n_rare,
        group_sizes=tuple(Counter(scored.clusters).values()),
        left_out=bundles.reasons(read, spelt, len(info.domains), n_rare, info.language),
        second=second,
        numbers=numbers,
    )


def _side(task: tasks.Task, info: tasks.TaskInfo, side: str, sample: int | None) -> dict[str, Examples]:
    """The items of a side as each role of them is read."""
    roles = kind_of(task.kind).roles
    return {role: tasks.load(task, tasks.make_split(task, info, side, sample=sample, role=role)) for role in roles}


def _whole(texts: Sequence[str], others: Sequence[str] = ()) -> Sequence[str]:
    """Items as one text each, blank where a text of them is."""
    if not others:
        return texts
    return [f"{a}\n{b}" if a.strip() and b.strip() else "" for a, b in zip(texts, others, strict=True)]


def _numbers(source: Source, columns: Columns) -> tuple[float, ...]:
    """What is told of the rows, in order, where that is a number; what is none is left to the task to refuse."""
    values = source.columns[columns.score] if columns.score else []
    return tuple(sorted(float(value) for value in values if is_number(value)))


def _spec(source: Source, columns: Columns, classes: Mapping[str, int], name: str, folder: Path) -> dict[str, Any]:
    """The task as a suite in this folder says it."""
    return spec_of(
        source,
        name,
        folder,
        **_texts(columns),
        **{part: getattr(columns, part) for part in ("label", "score", "group", "domain", "id")},
        time=columns.time if columns.split_by_time else None,
        min_class=sizes.min_class(classes) if classes else None,
    )


def _texts(columns: Columns) -> dict[str, Any]:
    if columns.text_b is None:
        return {"text": list(columns.text)}
    return {"kind": columns.kind, "text_a": list(columns.text), "text_b": columns.text_b}


def _empty(source: Source, columns: Columns, texts: Sequence[str]) -> dict[str, int]:
    """Rows that lack a text or a value, by what they lack."""
    first, times = "text" if columns.text_b is None else "text_a", ("time",) if columns.split_by_time else ()
    return empty_of(source, columns, {first: texts}, "text_b", "label", "score", "group", "domain", *times)


def _leaks(
    source: Source,
    columns: Columns,
    texts: Sequence[str],
    train: Mapping[str, Examples],
    test: Mapping[str, Examples],
) -> dict[str, Leak]:
    """What rows have in common, and what of it the suite's split leaves on both sides.

    Of a source with sides, what its own sides share.
    """
    keys = {"same text": [normalise(text) for text in texts], "nearly the same text": [near(text) for text in texts]}
    left = {
        what: n_shared(
            *([key(text) for text in _whole(*(one.text for one in side.values()))] for side in (train, test))
        )
        for what, key in (("same text", normalise), ("nearly the same text", near))
    }
    if columns.group is not None:
        what = f"same {columns.group}"
        keys[what] = [value.strip() for value in source.columns[columns.group]]
        left[what] = n_shared(*(next(iter(side.values())).clusters for side in (train, test)))
    found = {}
    for what, values in keys.items():
        if source.sizes:
            found[what] = across(values, source.sizes, left[what])
        else:
            found[what] = leak([value for value in values if value], TEST_SHARE, left[what])
    return found
