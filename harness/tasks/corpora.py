"""Texts to train on: the training side of a task, or a file with one a line. What is tested is not among them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from harness.core.corpus import Corpus
from harness.core.data import Examples, utf8
from harness.core.errors import DataError
from harness.core.inputs import as_text
from harness.core.user_files import placed
from harness.tasks.describe import describe, make_split
from harness.tasks.kinds import kind_of
from harness.tasks.pool import load
from harness.tasks.resolve import resolve
from harness.tasks.sources import builtin
from harness.tasks.task import Task
from harness.tasks.text import text_hash


def labelled_of(name: str, tasks: Mapping[str, Task], folder: Path) -> Corpus:
    """The texts of a task with the classes that they have, as `corpus_of` has them. DataError where there are none."""
    task = _task(name, tasks, folder)
    kind = kind_of(task.kind) if task else None
    if task is None or kind is None or kind.target != "class" or len(kind.roles) > 1:
        what = f"a task of kind {task.kind}" if task else "no task"
        raise DataError(f"{name!r} is {what}; expected one that tells texts apart by classes (classification).")
    learnt = _sides(task, "train")[kind.scored].learnt
    labels = dict(zip(map(as_text, learnt.text), learnt.labels or (), strict=True))
    corpus = corpus_of(name, tasks, folder)
    return replace(corpus, labels=tuple(labels[text] for text in corpus.texts))


def _task(name: str, tasks: Mapping[str, Task], folder: Path) -> Task | None:
    """A task of the suite, else a packaged one."""
    return tasks.get(name) or (resolve(name, folder) if name in builtin() else None)


def corpus_of(name: str, tasks: Mapping[str, Task], folder: Path) -> Corpus:
    """The texts of what a suite names: one of its tasks, a packaged one, or a file, relative to its folder.

    Texts that a task of the suite tests are left out and counted. A line with a tab is a pair.
    DataError where there is no such text.
    """
    file, task = placed(name, folder), _task(name, tasks, folder)
    if task is None and not file.is_file():
        known = ", ".join(sorted({*tasks, *builtin()}))
        raise DataError(f"{name!r} is no task and no file. Name a file with a text a line, or one of: {known}.")
    texts, pairs = _of_task(task) if task else _of_file(file)
    tested = {text_hash(text) for one in {**tasks, **({name: task} if task else {})}.values() for text in _tested(one)}
    left = {text: domain for text, domain in texts.items() if text_hash(text) not in tested}
    kept = tuple(pair for pair in pairs if pair[0] in left and pair[1] in left)
    found = Corpus(name, tuple(left), tuple(left.values()), kept, n_removed=len(texts) - len(left))
    return replace(found, roles=tuple(kind_of(task.kind).roles)) if task and kept else found


def _sides(task: Task, side: str) -> dict[str, Examples]:
    info = describe(task)
    if not (info.n_train if side == "train" else info.n_test):
        raise DataError(f"task {task.name!r} has no {side} side. Name another task, or set its `test_share` below 1.")
    return {role: load(task, make_split(task, info, side, role=role)) for role in kind_of(task.kind).roles}


def _tested(task: Task) -> Iterator[str]:
    for examples in _sides(task, "test").values():
        yield from map(as_text, examples.text)


def _of_task(task: Task) -> tuple[dict[str, str], list[tuple[str, str]]]:
    sides, kind, texts = _sides(task, "train"), kind_of(task.kind), dict[str, str]()
    for examples in sides.values():
        learnt = examples.learnt
        texts |= dict(zip(map(as_text, learnt.text), learnt.domains or [""] * len(learnt), strict=True))
    if kind.target != "relevant":
        return texts, []
    matched = kind.matched(sides)
    return texts, list(zip(*(matched.fields[role] for role in kind.roles), strict=True))


def _of_file(file: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: is no UTF-8 at byte {error.start}. Save it as UTF-8, a text a line.") from None
    texts, pairs = dict[str, str](), list[tuple[str, str]]()
    for number, line in enumerate(lines, 1):
        parts = [part for part in map(str.strip, utf8(line, f"{file}, line {number}").split("\t")) if part]
        texts |= dict.fromkeys(parts, "")
        pairs += [(parts[0], parts[1])] if len(parts) == 2 else []
    if not texts:
        raise DataError(f"{file}: holds no text; expected a text a line.")
    return texts, pairs
