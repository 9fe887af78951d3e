"""Resolve what a suite names: encoders to folders, tasks to data, the device. What is missing stays a value."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from harness import encoders, tasks
from harness.core.errors import EncoderError, HarnessError, message_of, reason_of
from harness.encoders import backends
from harness.encoders.tokenizer import count_tokens
from harness.runner.privacy import known_words, private_message
from harness.suite import Suite
from harness.suite.cells import EncoderFacts, Materials, Missing, TaskFacts
from harness.tasks import TaskInfo
from harness.training import resolve_precision

#: Texts whose tokens are counted to learn whether a task is one of long texts.
_N_COUNTED = 200
#: Tokens a word, where no encoder is there to count.
_TOKENS_A_WORD = 1.3


@dataclass(frozen=True)
class Resolved:
    """The materials of the plan, and behind them what jobs need.

    `measured_by` says whose tokenizer counts in place of the reference's; empty where that can be read.
    """

    materials: Materials
    encoders: Mapping[str, encoders.EncoderFolder]
    tasks: Mapping[str, tasks.Task]
    infos: Mapping[str, TaskInfo]
    measured_by: str = ""


def resolve(suite: Suite, device: str) -> Resolved:
    """Find every encoder and task of the suite; assets and hub models are fetched where missing."""
    backend = backends.backend_of(device)
    folders: dict[str, encoders.EncoderFolder] = {}
    missing: dict[str, Missing] = {}
    for entry in suite.encoders:
        try:
            folders[entry.name] = encoders.resolve(entry, suite.folder)
        except Exception as error:  # the encoder boundary: whatever its files make of it costs its own rows
            missing[entry.name] = Missing(reason_of(error), message_of(error))
    reference = _reference(suite, folders)
    found, infos, facts = {}, {}, dict[str, TaskFacts | Missing]()
    for task_entry in suite.tasks:
        try:
            task = tasks.resolve(task_entry.spec or task_entry.name, suite.folder)
            info = tasks.describe(task)
            facts[task_entry.name] = _facts(task, info, folders[reference] if reference else None)
            found[task_entry.name], infos[task_entry.name] = task, info
        except HarnessError as error:
            said = str(error)
            if suite.texts == "none":
                said = private_message(said, error.reason, known_words(suite) | error.plain)
            facts[task_entry.name] = Missing(error.reason, said)
    known = {name: _encoder_facts(f) for name, f in folders.items()}
    asked = {str(mode.parameters["precision"]) for mode in suite.modes if "precision" in mode.parameters}
    precision = {name: resolve_precision(name, device) for name in asked}
    materials = Materials({**known, **missing}, facts, backend, reference, precision)
    return Resolved(materials, folders, found, infos, _measured_by(suite, reference))


def _reference(suite: Suite, folders: Mapping[str, encoders.EncoderFolder]) -> str | None:
    """The encoder that texts are measured with: the suite's reference, or the first whose tokenizer can be read."""
    names = [entry.name for entry in suite.encoders]
    for name in sorted(names, key=lambda one: one != suite.reference):
        with suppress(HarnessError):
            if name in folders:
                _counts(folders[name], ("a text",))
                return name
    return None


def _measured_by(suite: Suite, reference: str | None) -> str:
    if reference == suite.reference:
        return ""
    other = f"measured in tokens of {reference!r}" if reference else "not measured in tokens"
    return f"texts are {other}, as {suite.reference!r} cannot be read"


def _encoder_facts(folder: encoders.EncoderFolder) -> EncoderFacts:
    own = folder.own.key if folder.own else None
    return EncoderFacts(
        folder.checkpoint, folder.tokenization, folder.pooler, folder.sides, folder.parameters, own, folder.n_layers
    )


def _facts(task: tasks.Task, info: TaskInfo, reference: encoders.EncoderFolder | None) -> TaskFacts:
    kind = tasks.kind_of(info.kind)
    return TaskFacts(
        kind=info.kind,
        target=kind.target,
        roles=tuple(kind.roles),
        typed=kind.typed,
        stored=kind.stored,
        head=kind.head,
        metrics=info.metrics,
        domains={name: n_train for name, (n_train, _) in info.domains.items()},
        n_tokens=_median_tokens(task, info, reference),
        split=partial(tasks.make_split, task, info),
        elsewhere={name: n_train for name, (n_train, _) in info.elsewhere.items()},
        shift_from=task.shift_from,
        language=info.language,
        language_guessed=info.language_guessed,
    )


def _counts(folder: encoders.EncoderFolder, texts: Sequence[str]) -> list[int]:
    return count_tokens(folder.path, texts, folder.name, family=folder.family, lower_case=folder.lower_case)


def _median_tokens(task: tasks.Task, info: TaskInfo, reference: encoders.EncoderFolder | None) -> float:
    """Median tokens of the test texts (of a search: documents), from a fixed sample of them."""
    if reference is None:
        return info.median_words * _TOKENS_A_WORD
    roles = tasks.kind_of(info.kind).read
    splits = [tasks.make_split(task, info, "test", sample=_N_COUNTED, role=role) for role in roles]
    try:
        counts = sorted(_counts(reference, [text for split in splits for text in tasks.load(task, split).text]))
    except EncoderError:  # it costs the rows of that encoder, and is told there
        return info.median_words * _TOKENS_A_WORD
    return float(counts[len(counts) // 2])
