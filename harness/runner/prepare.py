"""A suite with everything it names resolved, encoders to folders, tasks to data, the device, and its plan.

What is missing stays a value.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness import encoders, tasks
from harness.catalogue import catalogue
from harness.core.errors import DataError, EncoderError, HarnessError, NotFetchedError, message_of, reason_of
from harness.core.inputs import as_text
from harness.core.records import Backend
from harness.encoders import backends
from harness.encoders.tokenizer import count_tokens
from harness.results.environment import n_cores
from harness.runner import foreign, lengths
from harness.runner.costs import TOKENS_A_WORD
from harness.runner.privacy import redacted
from harness.suite import Suite
from harness.suite.cells import EncoderFacts, Materials, Missing, TaskFacts
from harness.suite.plan import Plan, only, plan
from harness.tasks import TaskInfo
from harness.training import resolve_precision

#: Texts whose tokens are counted to learn whether a task is one of long texts.
_N_COUNTED = 200


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

    def facts(self, encoder: str) -> EncoderFacts:
        """What the plan knows of one of `encoders`."""
        facts = self.materials.encoders[encoder]
        assert isinstance(facts, EncoderFacts)
        return facts

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known of encoders before anything is run."""
        return tuple(f"{name}: {said}" for name in self.encoders if (said := self.facts(name).remark))


@dataclass(frozen=True)
class Prepared:
    """A suite with everything it names resolved, and its plan. `n_threads`, `machine`: of where it is timed."""

    suite: Suite
    resolved: Resolved
    plan: Plan
    devices: tuple[str, ...]
    n_threads: int
    machine: Mapping[str, Any] | None = None

    @property
    def device(self) -> str:
        """The first of its devices, which are all of one kind; what is timed is timed there."""
        return self.devices[0]

    @property
    def n_workers(self) -> int:
        """How many jobs run at once on this machine: one a CUDA device, or as the suite says on its processor."""
        return self.suite.workers if self.device == "cpu" else len(self.devices)


def prepare(
    suite: Suite, selection: Mapping[str, str] | None = None, devices: Callable[[str], tuple[str, ...]] | None = None
) -> Prepared:
    """Resolve and plan. Fetches what is missing; loads no weights. `devices` says what a suite's `device` means."""
    with redacted(suite):
        found = (devices or backends.resolve_devices)(suite.device)
        resolved = resolve(suite, found[0])
        planned = plan(suite, catalogue(), resolved.materials)
        if selection:
            planned = only(planned, selection)
            if not planned.cells:
                said = ",".join(f"{k}={v}" for k, v in selection.items())
                raise HarnessError(f"--only {said}: matches no cell; `harness plan` lists them.")
        return Prepared(suite, resolved, planned, found, n_cores())


def resolve(suite: Suite, device: str) -> Resolved:
    """Find every encoder and task of the suite; assets and hub models are fetched where missing."""
    found, infos, lost = _tasks(suite)
    folders, known = _encoders(suite, device, found, infos)
    reference = _reference(suite, folders)
    for name, task in list(found.items()):
        try:
            with redacted(suite):
                lost[name] = _facts(task, infos[name], folders[reference] if reference else None)
        except HarnessError as error:
            lost[name] = Missing(error.reason, str(error))
            del found[name], infos[name]
    asked = {str(mode.parameters["precision"]) for mode in suite.modes if "precision" in mode.parameters}
    precision = {name: resolve_precision(name, device) for name in asked}
    materials = Materials(known, {entry.name: lost[entry.name] for entry in suite.tasks}, reference, precision)
    other = f"measured in tokens of {reference!r}" if reference else "not measured in tokens"
    measured_by = f"texts are {other}, as {suite.reference!r} cannot be read" if reference != suite.reference else ""
    return Resolved(materials, folders, found, infos, measured_by)


def _tasks(suite: Suite) -> tuple[dict[str, tasks.Task], dict[str, TaskInfo], dict[str, TaskFacts | Missing]]:
    """The tasks that are to be had, what is known of each, and why the others are not."""
    found, infos, lost = {}, {}, dict[str, TaskFacts | Missing]()
    for entry in suite.tasks:
        try:
            with redacted(suite):
                task = tasks.resolve(entry.spec or entry.name, suite.folder)
                info = tasks.describe(task)
                _refuse_metrics(info)
                found[entry.name], infos[entry.name] = task, info
        except HarnessError as error:
            lost[entry.name] = Missing(error.reason, str(error))
    return found, infos, lost


def _encoders(
    suite: Suite, device: str, found: Mapping[str, tasks.Task], infos: Mapping[str, TaskInfo]
) -> tuple[dict[str, encoders.EncoderFolder], dict[str, EncoderFacts | Missing]]:
    """The encoders that are to be had, with lengths in numbers, and what is known of all."""
    step, beside = partial(catalogue().get, "step"), {entry.name: entry for entry in suite.encoders}
    entries = lengths.fixed(
        suite, found, infos, partial(encoders.resolve, folder=suite.folder, step=step, beside=beside, tasks=found)
    )
    beside = {entry.name: entry for entry in entries}
    folders: dict[str, encoders.EncoderFolder] = {}
    known: dict[str, EncoderFacts | Missing] = {}
    for entry in entries:
        try:
            backend, remark = backend_of(entry, device)
            folder = encoders.resolve(entry, suite.folder, step, beside, found)
            said = "; ".join(filter(None, (remark, foreign.told(folder))))
            folders[entry.name], known[entry.name] = folder, encoder_facts(folder, backend, said)
        except Exception as error:  # the encoder boundary: whatever its files make of it costs its own rows
            known[entry.name] = Missing(reason_of(error), message_of(error), isinstance(error, NotFetchedError))
    return folders, known


def _refuse_metrics(info: TaskInfo) -> None:
    """DataError where a metric is for another number of classes."""
    for name in info.metrics:
        wanted, n = catalogue().get("metric", name).facts.get("n_classes"), len(info.labels)
        if wanted is not None and n != wanted:
            raise DataError(f"metrics: {name} is for {wanted} classes, and there are {n}. Take accuracy or macro-f1.")


def _reference(suite: Suite, folders: Mapping[str, encoders.EncoderFolder]) -> str | None:
    """The encoder that texts are measured with: the suite's reference, or the first whose tokenizer can be read."""
    for name in sorted(folders, key=lambda one: one != suite.reference):
        with suppress(HarnessError):
            _counts(folders[name], ("a text",))
            return name
    return None


def backend_of(entry: encoders.EncoderSpec, device: str) -> tuple[Backend, str]:
    """What computes an encoder, and what to know of that. EncoderError where this machine cannot."""
    component = catalogue().get("backend", entry.backend)
    precision = entry.precision or component.facts["precisions"][0]
    try:
        remark = component.facts["check"](device, precision) if "check" in component.facts else ""
    except EncoderError as error:
        what = f"encoder {entry.name!r}: backend {component.name}, precision {precision}"
        raise EncoderError(f"{what}: {error}") from None
    reads = component.facts["reads"](precision) if "reads" in component.facts else None
    return Backend(component.name, precision, device.split(":", 1)[0], component.version, reads), remark


def encoder_facts(folder: encoders.EncoderFolder, backend: Backend, remark: str) -> EncoderFacts:
    """What the plan needs to know of an encoder that is found."""
    return EncoderFacts(
        checkpoint=folder.checkpoint,
        tokenization=folder.tokenization,
        pooler=folder.pooler,
        sides=folder.sides,
        parameters=folder.parameters,
        own=folder.own.key if folder.own else None,
        n_layers=folder.n_layers,
        backend=backend,
        remark=remark,
        is_random=folder.is_random,
    )


def _facts(task: tasks.Task, info: TaskInfo, reference: encoders.EncoderFolder | None) -> TaskFacts:
    return TaskFacts(
        kind=tasks.kind_of(info.kind),
        metrics=info.metrics,
        domains={name: n_train for name, (n_train, _) in info.domains.items()},
        n_tokens=_median_tokens(task, info, reference),
        split=partial(tasks.make_split, task, info),
        elsewhere={name: n_train for name, (n_train, _) in info.elsewhere.items()},
        shift_from=task.shift_from,
        language=info.language,
        language_guessed=info.language_guessed,
        texts=partial(_texts, task, info),
        sides_given=info.sides_given,
        n_train=info.n_train,
    )


def _texts(task: tasks.Task, info: TaskInfo, side: str, roles: Sequence[str]) -> list[str]:
    splits = [tasks.make_split(task, info, side, role=role) for role in roles]
    return [as_text(text) for split in splits for text in tasks.load(task, split).text]


def _counts(folder: encoders.EncoderFolder, texts: Sequence[str]) -> list[int]:
    return count_tokens(folder, texts)


def _median_tokens(task: tasks.Task, info: TaskInfo, reference: encoders.EncoderFolder | None) -> float:
    """Median tokens of the test texts (of a search: documents), from a fixed sample of them."""
    roles = tasks.kind_of(info.kind).read
    splits = [tasks.make_split(task, info, "test", sample=_N_COUNTED, role=role) for role in roles]
    with suppress(EncoderError):  # it costs the rows of that encoder, and is told there
        if reference:
            counts = sorted(
                _counts(reference, [as_text(text) for split in splits for text in tasks.load(task, split).text])
            )
            return float(counts[len(counts) // 2])
    return info.median_words * TOKENS_A_WORD
