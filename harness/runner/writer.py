"""Turns the events of a run into its folder. Nothing else writes there."""

import datetime
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError, NotApplicableError, of_encoder
from harness.core.events import Built, CellDone, CellFailed, EncoderFact, Event, JobFailed, Phase, Timing
from harness.results import Run, RunFolder, Stored
from harness.results.outcomes import OutcomeWriter
from harness.runner import executors
from harness.runner.clock import Clock
from harness.runner.jobs import BuildJob, MeasureJob, StepJob, TimeJob
from harness.runner.manifest import address_of, manifest
from harness.runner.prepare import Prepared
from harness.runner.privacy import known_words, private_message
from harness.suite.cells import Missing

AnyJob = BuildJob | StepJob | MeasureJob | TimeJob
Executor = Callable[[Any, Any], Generator[tuple[Any, Event], None, None]]


@dataclass(frozen=True)
class Told:
    """What whoever watches a run is told: the job, the event, and how many cells are done of all.

    Where the run was estimated: seconds left, and which job this is of how many. `process`: which of those that time.
    """

    job: str
    event: Event | None
    n_done: int
    n_cells: int
    left_s: float | None = None
    turn: tuple[int, int] | None = None
    process: tuple[int, int] | None = None


Watch = Callable[[Told], None]


@dataclass(frozen=True)
class Options:
    """How a suite is run; nothing here is part of any key. `estimate`: say how long it still takes."""

    only: Mapping[str, str] = field(default_factory=dict)
    cache: bool = True
    fail_fast: bool = False
    command: str = ""
    executor: Executor = executors.processes
    estimate: bool = False


class Writer:
    """Turns events into the run folder, and keeps the manifest."""

    def __init__(self, folder: RunFolder, prepared: Prepared, how: Options, watch: Watch) -> None:
        self._folder, self._prepared, self._watch = folder, prepared, watch
        self._command, self._only, self._fail_fast = how.command, how.only, how.fail_fast
        self._old, stored = _old_run(folder), Stored(folder.path)  # finished cells outlive a spoilt run.json
        self._planned = {c.key: c for c in reversed(prepared.plan.cells) if c.key}
        self.kept = stored.finished() & set(self._planned)
        if self._old is None:  # what is known of encoders went with run.json: one cell of each is done anew
            pooled = [c for c in reversed(prepared.plan.cells) if c.cell and c.cell.head.pooling]
            self.kept.difference_update({c.address.encoder: c.key for c in pooled}.values())
        self.timed = {str(line.get("key")) for line in stored.all_timings}
        self.told: set[str] = set(self.kept)
        self._weights = {key: w for key, line in stored.all_builds.items() if (w := line["facts"].get("weights"))}
        self._outcomes: OutcomeWriter | None = None
        self._job: AnyJob | None = None
        self._encoder_facts = _known_facts(self._old)
        self._manifest = manifest(prepared)
        self._timing_failures: list[dict[str, str]] = []
        self._cache = {"hits": 0, "misses": 0, "corrupt_rows": 0}
        self._secretive, self._words = prepared.suite.texts == "none", known_words(prepared.suite)
        self._started = _now()
        self.phases: dict[str, float] = {}
        self.complete = False
        self.n_failed, self.first_failure = 0, ""
        self.clock = Clock({})
        self.wave: Sequence[AnyJob] = ()

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    def begin(self) -> None:
        """Say what is kept, and what is not to be had: its cells are failed rows from the start."""
        if self.kept:
            self._tell("plan", Phase(f"{len(self.kept)} finished cells are kept"))
        for missing in self._missing():
            self._count(missing.reason, missing.message)
            event = JobFailed(missing.reason, missing.message)
            self._tell("plan", event)
        if said := self._prepared.resolved.measured_by:
            self._tell("plan", Phase(said))

    def _missing(self) -> Iterable[Missing]:
        """What is not to be had of what the plan names; a cell has one reason, though task and encoder may be gone."""
        cells, materials = self._prepared.plan.cells, self._prepared.resolved.materials
        named = {name for c in cells for name in (c.address.task, c.address.encoder)}
        known = [*materials.tasks.items(), *materials.encoders.items()]
        gone = [found for name, found in known if name in named and isinstance(found, Missing)]
        return dict.fromkeys([*gone, *(c.missing for c in cells if c.missing)])

    def _tell(self, job: str, event: Event) -> None:
        at_work = self._job
        n_cells = len(at_work.cells) if isinstance(at_work, MeasureJob) else 0
        self.clock.take(job, event, n_cells)
        process = (self.wave.index(at_work) + 1, len(self.wave)) if isinstance(at_work, TimeJob) else None
        left_s, turn = self.clock.left_s, self.clock.turn
        self._watch(Told(job, event, len(self.told), len(self._planned), left_s, turn, process))

    def check(self) -> None:
        """HarnessError where something failed and the run is to stop at that."""
        if self._fail_fast and self.n_failed:
            raise HarnessError(f"stopped at the first failure (--fail-fast): {self.first_failure}")

    def _kept_back(self, event: CellFailed | JobFailed) -> CellFailed | JobFailed:
        """A failure without values of the data."""
        if isinstance(event, CellFailed):
            return replace(event, message=private_message(event.message, event.reason, self._words))
        said = "\n".join([event.message, event.traceback])
        return JobFailed(event.reason, private_message(said, event.reason, self._words).strip())

    def _count(self, reason: str, message: str) -> None:
        self.n_failed += 1
        self.first_failure = self.first_failure or f"{reason}: {message}"

    def take(self, job: AnyJob, event: Event) -> None:
        """Write down one event."""
        if self._secretive and isinstance(event, (CellFailed, JobFailed)):
            event = self._kept_back(event)
        self._job = job
        if isinstance(event, CellDone) and isinstance(job, MeasureJob):
            self._done(job, event)
        elif isinstance(event, CellFailed):
            self._failed(job, event.key, event.reason, event.message)
        elif isinstance(event, EncoderFact) and isinstance(job, MeasureJob) and job.encoder is not None:
            before = self._known(job).get("batch_halvings", 0)
            self._known(job)["batch_halvings"] = before + event.facts["batch_halvings"]
            for name, fact in (("hits", "cache_hits"), ("misses", "cache_misses"), ("corrupt_rows", "corrupt_rows")):
                self._cache[name] += event.facts[fact]
        elif isinstance(event, Timing):
            self._folder.append_timing(event.line)
        elif isinstance(event, Built) and isinstance(job, (BuildJob, StepJob)):
            self._built(job, {"status": "done", "reason": None, "message": None}, event)
        elif isinstance(event, JobFailed):
            self._job_failed(job, event)
        self._tell(job.name, event)

    def _done(self, job: MeasureJob, event: CellDone) -> None:
        if self._outcomes is None:
            self._outcomes = self._folder.outcome_writer()
        places = self._outcomes.append(event.outcomes)
        line = {
            "status": "done",
            "reason": None,
            "message": None,
            "metric": next(iter(event.scores)),
            "scores": event.scores,
            "chance": event.chance,
            "n": len(event.outcomes),
            "n_clusters": event.n_clusters,
            "facts": event.facts,
            "seconds": event.seconds,
            "outcomes": places,
        }
        self._append(job, event.key, line)
        if event.facts.get("n_parameters"):
            self._known(job)["n_parameters"] = event.facts["n_parameters"]

    def _built(self, job: BuildJob | StepJob, status: Mapping[str, Any], event: Built) -> None:
        address = job.address
        names = {name: str(getattr(address, name)) for name in ("task", "encoder", "pooler", "mode", "repeat")}
        told = {"facts": dict(event.facts), "curve": [dict(point) for point in event.curve]}
        key, weights = job.checkpoint.key, event.facts.get("weights")
        if weights and self._weights.setdefault(key, weights) != weights:  # trained anew, and not to the same weights
            cells = (planned.cell for planned in self._planned.values())
            self.told -= {cell.key for cell in cells if cell and job.checkpoint in cell.head.checkpoint.nodes}
        self._folder.append_build({"checkpoint": key, **names, **status, **told})

    def _known(self, job: MeasureJob) -> dict[str, Any]:
        """What is known of the job's encoder; a checkpoint built from it is as large."""
        assert job.encoder is not None
        row = self._manifest["encoders"].get(job.encoder.name, {})
        return self._encoder_facts.setdefault(_computed(row), {})

    def _failed(self, job: AnyJob, key: str, reason: str, message: str) -> None:
        status = "skipped" if reason == NotApplicableError.reason else "failed"
        if status == "failed":
            self._count(reason, message)
        self._append(job, key, {"status": status, "reason": reason, "message": message})

    def _append(self, job: AnyJob, key: str, line: Mapping[str, Any]) -> None:
        self.told.add(key)
        address = address_of(self._planned[key])
        if line.get("message") and not isinstance(job, TimeJob) and job.encoder is not None:
            line = {**line, "message": of_encoder(str(line["message"]), job.encoder.name, address["encoder"])}
        self._folder.append_cell({"key": key, "job": job.name, "address": address, **line})

    def _job_failed(self, job: AnyJob, event: JobFailed) -> None:
        message = event.message + (f"\n{event.traceback}" if event.traceback else "")
        if isinstance(job, (BuildJob, StepJob)):
            self._built(job, {"status": "failed", "reason": event.reason, "message": message}, Built({}, []))
        if not isinstance(job, TimeJob):
            for cell in job.cells:
                if cell.key not in self.told:
                    self._failed(job, cell.key, event.reason, message)
        else:
            self._count(event.reason, message)
            self._timing_failures.append({"what": job.name, "reason": event.reason, "message": message})

    def _close(self) -> None:
        if self._outcomes is not None:
            self._outcomes.close()
            self._outcomes = None

    def save(self, finished: bool = False) -> None:
        """Write the manifest as things stand."""
        self._close()
        progress = {
            "command": self._command,
            "only": dict(self._only),
            "started": self._started,
            "finished": _now() if finished else None,
            "complete": self.complete,
            "timing_failures": self._timing_failures,
            "phases": self.phases,
            "cache": self._cache,
        }
        encoders = {n: {**row, **self._learnt(row)} for n, row in self._manifest["encoders"].items()}
        self._folder.write_manifest({**self._manifest, "encoders": encoders, **progress})

    def _learnt(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._encoder_facts.get(_computed(row), {})


def _old_run(folder: RunFolder) -> Run | None:
    try:
        return Run(folder.path)
    except HarnessError:
        return None


def _computed(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What the facts of an encoder belong to: its checkpoint on its backend."""
    return tuple(str(row.get(part)) for part in ("checkpoint", "backend", "precision"))


def _known_facts(old: Run | None) -> dict[tuple[str, ...], dict[str, Any]]:
    """What earlier runs into this folder learnt of each encoder; also one that was killed before it said so."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    rows = old.manifest.get("encoders", {}) if old else {}
    for name, row in rows.items():
        lines = (line for line in (old.results.values() if old else ()) if line["address"]["encoder"] == name)
        counts = [c for line in lines if (c := (line.get("facts") or {}).get("n_parameters"))]
        known = {"n_parameters": counts[-1] if counts else row.get("n_parameters")}
        found[_computed(row)] = {**known, "batch_halvings": row.get("batch_halvings", 0)}
    return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
