"""The row that is exported, planned again from what the run folder says of its suite; its encoder's files, its head."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property, partial
from pathlib import Path

from harness.core.errors import HarnessError, RunFolderError
from harness.core.fingerprint import is_whole
from harness.core.records import Cell, Tokenization, read_as
from harness.core.shapes import read
from harness.encoders import EncoderFolder
from harness.modes import LinearHead, Predictor
from harness.results import Run
from harness.results.records import RunCell
from harness.runner.checkpoints import Stores, stores_of, training_of
from harness.runner.data import Data, Needed
from harness.runner.heads import Heads
from harness.runner.job import encode, load_encoder, set_threads
from harness.runner.jobs import MeasureJob
from harness.runner.prepare import Prepared, prepare
from harness.runner.schedule import measure_jobs
from harness.suite import Suite
from harness.suite.plan import NO_ENCODER
from harness.tasks.kinds import Kind

#: What names a row, in the order of its address; `repeat` as it is printed, the first where none is named.
AXES = ("task", "encoder", "pooler", "mode", "repeat")


@dataclass(frozen=True)
class Row:
    """A row of a stored run on texts as they are: what was planned (`cell`), what does it again (`job`, `vectors`)."""

    run: Run
    prepared: Prepared
    cell: Cell
    job: MeasureJob
    vectors: Path | None

    @property
    def encoder(self) -> EncoderFolder:
        """Its encoder, whose files are there."""
        assert self.job.encoder is not None
        return self.job.encoder

    @property
    def kind(self) -> Kind:
        """The kind of its task."""
        return Data(self.job.tasks).task_kind(self.cell.address.task)

    def reading(self, role: str) -> Tokenization:
        """How it reads a role; one that its task does not have as its encoder would."""
        return read_as({**self.encoder.readings, **(self.cell.head.readings or {})}, role)

    @property
    def max_length(self) -> int:
        """How many tokens it reads of a text; where its task has several roles, of the first."""
        return next(iter((self.cell.head.readings or self.encoder.readings).values())).max_length

    @cached_property
    def predictor(self) -> Predictor | None:
        """Its head: read where it came with the checkpoint, else fitted again; None where nothing is learnt."""
        head, task = self.cell.head, self.cell.address.task
        if head.is_built:
            return LinearHead.read(Path(self.encoder.path)).predictor()
        if not head.train:
            return None
        set_threads(self.prepared.n_threads)
        data, needed = Data(self.job.tasks), dict[Tokenization, Needed]()
        assert head.pooling is not None
        for role, examples in data.sides(task, head.train).items():
            wants = needed.setdefault(self.reading(role), Needed())
            wants.poolings[head.pooling] = None
            wants.texts.update(dict.fromkeys(examples.text))
        steps = encode(self.job, self.vectors, needed, partial(load_encoder, self.job, self.prepared.device))
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return Heads(data, end.value, Path(self.encoder.path)).predictor(head, task)


def find(path: Path, named: Mapping[str, str], folder: Path) -> Row:
    """The row of a run that these globs name by axis; relative paths of its suite begin at `folder`.

    HarnessError where they name none or several (all are listed), where what the run was computed from has changed, or
    a checkpoint that it built is gone.
    """
    run = Run(path)
    stored = _named(run, named)
    prepared = _prepared(run, folder)
    planned = next((one for one in prepared.plan.cells if one.address == stored.address), None)
    if planned is None or planned.cell is None:
        why = planned.missing.message if planned and planned.missing else "the suite's plan does not have it any more"
        raise HarnessError(f"{_told(stored)}: cannot be planned again: {why}. {_PLACE}")
    if planned.cell.key != stored.key:
        parts = planned.cell.parts()
        changed = [name for name, piece in parts.items() if stored.parts.get(name, piece) != piece]
        raise HarnessError(
            f"{_told(stored)}: {' and '.join(changed) or 'something'} changed since the run, so what would be exported "
            "is not what was scored. Run the suite again, then export."
        )
    alone = replace(prepared, plan=replace(prepared.plan, cells=(planned,)))
    jobs = {stores.vectors: measure_jobs(alone, set(), stores)[0] for stores in _stores(run)}
    vectors, job = next(((kept, one) for kept, one in jobs.items() if _is_there(one)), (None, None))
    if job is None:
        gone = next(iter(jobs.values())).encoder
        raise HarnessError(
            f"{_told(stored)}: its built checkpoint is not in the store any more ({gone and gone.path}). "
            "Run the suite again: it is built anew."
        )
    found = Row(run, prepared, planned.cell, job, vectors)
    _refuse_other_weights(found)
    return found


def _named(run: Run, named: Mapping[str, str]) -> RunCell:
    """The clean cell of the row that is meant, of several repeats the first."""
    clean = [cell for cell in run.cells if cell.kind == "clean" and cell.address.pooler != NO_ENCODER]
    found = [cell for cell in clean if all(_is_named(_names(cell)[axis], glob) for axis, glob in named.items())]
    rows = list(dict.fromkeys((cell.address.task, *cell.address.row) for cell in found))
    if len(rows) != 1:
        known = "\n".join(f"  {line}" for line in dict.fromkeys(map(_told, found or clean)))
        asked = ",".join(f"{axis}={glob}" for axis, glob in named.items()) or "no --row"
        what = f"{asked}: names {len(rows)} rows of {run.path}; expected one" if rows else f"{asked}: no such row"
        raise HarnessError(f"{what}. Say which with --row AXIS=GLOB,… ({', '.join(AXES)}). There are:\n{known}")
    first = found[0]
    if first.status != "done":
        raise HarnessError(f"{_told(first)}: there is nothing to export, it {first.why}. Run the suite again.")
    return first


def _is_named(name: str, glob: str) -> bool:
    """Whether a glob means a name; the name itself does, though it may hold brackets."""
    return name == glob or fnmatchcase(name, glob)


def _names(cell: RunCell) -> dict[str, str]:
    address = cell.address
    return {**{axis: getattr(address, axis) for axis in AXES[:-1]}, "repeat": str(address.repeat)}


def _told(cell: RunCell) -> str:
    return ",".join(f"{axis}={name}" for axis, name in _names(cell).items() if name != NO_ENCODER)


def _prepared(run: Run, folder: Path) -> Prepared:
    """The suite of a run, resolved and planned as it was."""
    try:
        suite: Suite = read(Suite, {**run.manifest["suite"], "folder": str(folder.resolve())})
    except (ValueError, KeyError) as error:
        raise RunFolderError(
            f"{run.path / 'run.json'}: its suite cannot be read ({error}); an earlier version may have written it. "
            "Run the suite again."
        ) from None
    return prepare(suite)


def _stores(run: Run) -> tuple[Stores, Stores]:
    """Where a checkpoint that was built for the run may be: this machine's store, or the run folder."""
    return stores_of(run.path, cache=True), stores_of(run.path, cache=False)


def _is_there(job: MeasureJob) -> bool:
    assert job.encoder is not None
    return not job.encoder.is_stored or is_whole(Path(job.encoder.path))


def _refuse_other_weights(row: Row) -> None:
    """HarnessError where a checkpoint was built again and came out otherwise: then its scores are others."""
    built = next((one for one in row.run.builds if one.checkpoint == row.encoder.checkpoint.key), None)
    told = training_of(Path(row.encoder.path)) if row.encoder.is_stored else None
    if built and told and built.facts.weights not in (None, told["facts"].get("weights")):
        raise HarnessError(
            f"the checkpoint of this row ({row.encoder.path}) was built again since the run and has other weights than "
            "those that were scored. Run the suite again, then export."
        )


_PLACE = "Relative paths of the suite begin at --folder, which is the current folder unless said."
