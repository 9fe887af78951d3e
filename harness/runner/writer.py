"""Turns the events of a run into its folder. Nothing else writes there."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.errors import HarnessError
from harness.core.events import CellDone, CellFailed, EncoderFact, Event, JobFailed, Timing
from harness.results import Run, RunFolder
from harness.results.folder import read_lines
from harness.results.outcomes import OutcomeWriter
from harness.runner.jobs import MeasureJob
from harness.runner.manifest import address_of, manifest
from harness.runner.prepare import Prepared
from harness.runner.timing import TimeJob


@dataclass(frozen=True)
class Told:
    """What whoever watches a run is told: the job, the event, and how many cells are done of all."""

    job: str
    event: Event | None
    n_done: int
    n_cells: int


Watch = Callable[[Told], None]


class Writer:
    """Turns events into the run folder, and keeps the manifest."""

    def __init__(self, folder: RunFolder, prepared: Prepared, command: str, fail_fast: bool, watch: Watch) -> None:
        self._folder, self._prepared, self._watch = folder, prepared, watch
        self._command, self._fail_fast = command, fail_fast
        self._old = _old_run(folder)
        self._planned = {c.key: c for c in reversed(prepared.plan.cells) if c.key}
        self.kept = (self._old.finished() if self._old else set()) & set(self._planned)
        self.timed = {str(t.get("key")) for t in read_lines(folder.path / "timings.jsonl")}
        self._told: set[str] = set(self.kept)
        self._outcomes: OutcomeWriter | None = None
        self._job: MeasureJob | TimeJob | None = None
        self._encoder_facts = _known_facts(self._old)
        self._timing_failures: list[dict[str, str]] = []
        self._cache = {"hits": 0, "misses": 0, "corrupt_rows": 0}
        self._started = _now()
        self.phases: dict[str, float] = {}
        self.complete = False
        self.n_failed, self.first_failure = 0, ""

    def tell_missing(self) -> None:
        """Say what is not to be had: its cells are failed rows from the start."""
        for missing in dict.fromkeys(c.missing for c in self._prepared.plan.cells if c.missing):
            self._count(missing.reason, missing.message)
            event = JobFailed(missing.reason, missing.message)
            self._watch(Told("plan", event, len(self._told), len(self._planned)))

    def check(self) -> None:
        """HarnessError where something failed and the run is to stop at that."""
        if self._fail_fast and self.n_failed:
            raise HarnessError(f"stopped at the first failure (--fail-fast): {self.first_failure}")

    def _count(self, reason: str, message: str) -> None:
        self.n_failed += 1
        self.first_failure = self.first_failure or f"{reason}: {message}"

    def take(self, job: MeasureJob | TimeJob, event: Event) -> None:
        """Write down one event; the outcomes of a job are closed when the next begins."""
        if job is not self._job:
            self._close()
            self._job = job
        if isinstance(event, CellDone):
            self._done(job, event)
        elif isinstance(event, CellFailed):
            self._failed(job, event.key, event.reason, event.message)
        elif isinstance(event, EncoderFact) and isinstance(job, MeasureJob) and job.encoder is not None:
            self._learn(job, {"batch_halvings": event.facts["batch_halvings"]})
            for name, fact in (("hits", "cache_hits"), ("misses", "cache_misses"), ("corrupt_rows", "corrupt_rows")):
                self._cache[name] += event.facts[fact]
        elif isinstance(event, Timing):
            self._folder.append_timing(event.line)
        elif isinstance(event, JobFailed):
            self._job_failed(job, event)
        self._watch(Told(job.name, event, len(self._told), len(self._planned)))

    def _done(self, job: MeasureJob | TimeJob, event: CellDone) -> None:
        if self._outcomes is None:
            self._outcomes = self._folder.outcome_writer(job.name)
        self._outcomes.append(event.key, event.outcomes)
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
        }
        self._append(job, event.key, line)
        if event.facts.get("n_parameters"):
            self._learn(job, {"n_parameters": event.facts["n_parameters"]})

    def _learn(self, job: MeasureJob | TimeJob, facts: Mapping[str, Any]) -> None:
        assert job.encoder is not None
        self._encoder_facts.setdefault(job.encoder.checkpoint.key, {}).update(facts)

    def _failed(self, job: MeasureJob | TimeJob, key: str, reason: str, message: str) -> None:
        self._count(reason, message)
        self._append(job, key, {"status": "failed", "reason": reason, "message": message})

    def _append(self, job: MeasureJob | TimeJob, key: str, line: Mapping[str, Any]) -> None:
        self._told.add(key)
        address = address_of(self._planned[key])
        self._folder.append_cell({"key": key, "job": job.name, "address": address, **line})

    def _job_failed(self, job: MeasureJob | TimeJob, event: JobFailed) -> None:
        message = event.message + (f"\n{event.traceback}" if event.traceback else "")
        if isinstance(job, MeasureJob):
            for cell in job.cells:
                if cell.key not in self._told:
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
            "started": self._started,
            "finished": _now() if finished else None,
            "complete": self.complete,
            "timing_failures": self._timing_failures,
            "phases": self.phases,
            "cache": self._cache,
        }
        self._folder.write_manifest({**manifest(self._prepared, self._encoder_facts), **progress})


def _old_run(folder: RunFolder) -> Run | None:
    try:
        return Run(folder.path)
    except HarnessError:
        return None


def _known_facts(old: Run | None) -> dict[str, dict[str, Any]]:
    """What earlier runs into this folder learnt of each checkpoint."""
    found: dict[str, dict[str, Any]] = {}
    names = {r.get("checkpoint"): n for n, r in old.manifest["encoders"].items()} if old else {}
    for checkpoint, name in names.items():
        lines = (line for line in (old.results.values() if old else ()) if line["address"]["encoder"] == name)
        counts = [c for line in lines if (c := line.get("facts", {}).get("n_parameters"))]
        if checkpoint and counts:
            found[checkpoint] = {"n_parameters": counts[-1]}
    return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
