"""The audit of texts, or pairs of them, with labels or scores: what is found out before a suite is written."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from harness import tasks
from harness.audit import sizes
from harness.audit.column import Columns, is_number
from harness.audit.found import N_SPELLED, N_TOKENISED, Found, baselines, empty_of, n_rare_terms, planned, reasons, some
from harness.audit.source import Source
from harness.audit.texts import Lengths, lengths, spelling
from harness.core.data import Examples
from harness.tasks.kinds import kind_of
from harness.tasks.text import near, normalise


@dataclass(frozen=True)
class Copies:
    """Rows whose text an earlier row has, and texts that stand under several labels, with their row numbers."""

    n_repeated: int
    n_texts_repeated: int
    conflicts: tuple[tuple[int | str, ...], ...]


@dataclass(frozen=True)
class Leak:
    """Of what is shared: the share of test rows with a copy in train, under a random split of rows (expected).

    Where sides are given, under these. `n_left`: test texts with one under the suite's own split; 0 for what its rule
    keeps apart.
    """

    share: float
    n_left: int


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


def audit_texts(source: Source, columns: Columns, name: str, folder: Path) -> Audit:
    """Look at the data as the task `name` of a suite in `folder`. DataError where it cannot be a task."""
    texts = ["\n".join(parts) for parts in zip(*(source.columns[n] for n in columns.text), strict=True)]
    others = [] if columns.text_b is None else source.columns[columns.text_b]
    whole = _whole(texts, others)
    told, numbers = [value.strip() for value in source.columns[columns.told]], _numbers(source, columns)
    classes = {} if numbers else _classes(told, columns.separator)
    empty = _empty(source, columns, texts)
    spec, task, info = planned(source, name, folder, empty, **_texts(columns), **_fields(columns, classes))
    read, spelt = lengths(some(texts, N_TOKENISED)), spelling(some([*texts, *others], N_SPELLED))
    second = lengths(some(others, N_TOKENISED)) if others else None
    n_tokens = sum(min(one.mean, one.read) for one in (read, second) if one)
    chosen = sizes.samples(info.n_train, info.n_test, n_tokens, long=read.median > 128)
    learnt, judged = by_role(task, info, "train", chosen.train), by_role(task, info, "test", chosen.test)
    scored = judged[kind_of(task.kind).scored]
    n_rare, groups = n_rare_terms(scored, info.language), tuple(Counter(scored.clusters).values())
    return Audit(
        source=source,
        columns=columns,
        spec=spec,
        empty=empty,
        classes=classes,
        copies=copies(whole, [f"{float(v):g}" if v else v for v in told] if numbers else told, source.numbers),
        leaks=_leaks(source, columns, whole, *(by_role(task, info, side, None) for side in ("train", "test"))),
        lengths=read,
        longest=max(filter(None, (read, second)), key=lambda one: one.recommended),
        spelling=spelt,
        info=info,
        samples=chosen,
        scores=baselines(kind_of(task.kind), learnt, judged),
        n_thin=_n_thin(scored, info.labels),
        n_rare=n_rare,
        group_sizes=groups,
        alone=groups if others else (1,) * len(scored),  # pairs that share a text are right or wrong together
        left_out=reasons(read, spelt, len(info.domains), n_rare, info.language),
        second=second,
        numbers=numbers,
    )


def by_role(task: tasks.Task, info: tasks.TaskInfo, side: str, sample: int | None) -> dict[str, Examples]:
    """The items of a side as each role of them is read."""
    roles = kind_of(task.kind).roles
    return {role: tasks.load(task, tasks.make_split(task, info, side, sample=sample, role=role)) for role in roles}


def _classes(told: Sequence[str], separator: str | None) -> dict[str, int]:
    """Rows by class, or by label where a row has several, the commonest first."""
    each = [[value] if separator is None else {part.strip() for part in value.split(separator)} for value in told]
    return dict(Counter(label for own in each for label in own if label).most_common())


def _n_thin(test: Examples, labels: Sequence[str]) -> int:
    """How many classes, or labels, have few test texts."""
    counts, told = Counter[str](), tuple[Any, ...](test.labels or ())
    for own in told:
        counts.update(own if isinstance(own, tuple) else [own])
    return sum(counts[label] < 5 for label in labels)


def _whole(texts: Sequence[str], others: Sequence[str] = ()) -> Sequence[str]:
    """Items as one text each, blank where a text of them is."""
    if not others:
        return texts
    return [f"{a}\n{b}" if a.strip() and b.strip() else "" for a, b in zip(texts, others, strict=True)]


def _numbers(source: Source, columns: Columns) -> tuple[float, ...]:
    """What is told of the rows, in order, where that is a number; what is none is left to the task to refuse."""
    values = source.columns[columns.score] if columns.score else []
    return tuple(sorted(float(value) for value in values if is_number(value)))


def _fields(columns: Columns, classes: Mapping[str, int]) -> dict[str, Any]:
    """The fields of the task beside its texts."""
    fields = {part: getattr(columns, part) for part in ("label", "score", "group", "domain", "id")}
    fields |= {"time": columns.time if columns.split_by_time else None, "separator": columns.separator}
    return fields | ({"min_class": sizes.min_class(classes)} if columns.separator is None else {})


def _texts(columns: Columns) -> dict[str, Any]:
    if columns.text_b is None:
        is_plain = columns.score is None and columns.separator is None
        return {"kind": None if is_plain else columns.kind, "text": list(columns.text)}
    return {"kind": columns.kind, "text_a": list(columns.text), "text_b": columns.text_b}


def _empty(source: Source, columns: Columns, texts: Sequence[str]) -> dict[str, int]:
    """Rows that lack a text or a value, by what they lack."""
    first, times = "text" if columns.text_b is None else "text_a", ("time",) if columns.split_by_time else ()
    told = ("label",) if columns.separator is None else ()  # else a row may have none
    return empty_of(source, columns, {first: texts}, "text_b", *told, "score", "group", "domain", *times)


def _leaks(
    source: Source, columns: Columns, texts: Sequence[str], train: Mapping[str, Examples], test: Mapping[str, Examples]
) -> dict[str, Leak]:
    """What rows have in common, and what of it the suite's split leaves on both sides.

    Of a source with sides, what its own sides share.
    """
    ways = {"same text": normalise, "nearly the same text": near}
    sides = [_whole(*(one.text for one in side.values())) for side in (train, test)]
    keys = {what: [key(text) for text in texts] for what, key in ways.items()}
    left = {what: n_shared(*([key(text) for text in side] for side in sides)) for what, key in ways.items()}
    if columns.group is not None:
        what = f"same {columns.group}"
        keys[what] = [value.strip() for value in source.columns[columns.group]]
        left[what] = n_shared(*(next(iter(side.values())).clusters for side in (train, test)))
    sizes_, by_chance = source.sizes, kind_of(columns.kind).test_share
    found = {what: across(values, sizes_) if sizes_ else leak(values, by_chance) for what, values in keys.items()}
    return {what: Leak(share, left[what]) for what, share in found.items()}


def copies(texts: Sequence[str], labels: Sequence[str], numbers: Sequence[int | str]) -> Copies:
    """Repeated texts (but for case and spaces); blank texts and labels are not looked at."""
    rows: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        if key := normalise(text):
            rows[key].append(place)
    repeated = [places for places in rows.values() if len(places) > 1]
    conflicts = [places for places in repeated if len({labels[i].strip() for i in places} - {""}) > 1]
    return Copies(
        n_repeated=sum(len(places) - 1 for places in repeated),
        n_texts_repeated=len(repeated),
        conflicts=tuple(tuple(numbers[i] for i in places) for places in conflicts),
    )


def leak(keys: Sequence[str], test_share: float) -> float:
    """The share of test rows that would have an equal key, but for blanks, in train under a random split of rows.

    A row of a set of k is apart with share^(k-1).
    """
    counts = Counter(filter(None, keys))
    with_copy = sum(k * (1 - test_share ** (k - 1)) for k in counts.values())
    return with_copy / max(1, counts.total())


def across(keys: Sequence[str], sizes: Mapping[str, int]) -> float:
    """What the rows of given sides share, `sizes` rows of each in their order; blank keys are not looked at."""
    rest = iter(keys)
    sides = {side: list(filter(None, islice(rest, size))) for side, size in sizes.items()}
    others = [key for side, members in sides.items() if side != "test" for key in members]
    return n_shared(others, sides["test"]) / max(1, len(sides["test"]))


def n_shared(train: Sequence[str], test: Sequence[str]) -> int:
    """How many of the test side's keys the train side has too."""
    there = set(train)
    return sum(key in there for key in test)
