"""The parent of a run: plan, jobs in waves, and the only hand that writes the run folder."""

import datetime
import os
import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from harness import assets, tasks
from harness.catalogue import NAMING, catalogue
from harness.core.errors import HarnessError
from harness.core.events import CellDone, CellFailed, EncoderFact, Event, JobFailed, Timing
from harness.core.fingerprint import plain
from harness.core.records import NONE
from harness.encoders import EncoderFolder, backends
from harness.results import Run, RunFolder, environment
from harness.results.folder import read_lines
from harness.results.outcomes import OutcomeWriter
from harness.runner import executors
from harness.runner.job import MeasureJob, measure
from harness.runner.materials import Resolved, resolve
from harness.runner.timing import Subjects, TimeJob, time_, workload_of
from harness.suite import Suite
from harness.suite.cells import EncoderFacts, PlannedCell, TaskFacts
from harness.suite.plan import Plan, only, plan

Executor = Callable[[Any, Any], Generator[tuple[Any, Event], None, None]]


@dataclass(frozen=True)
class Options:
    """How a suite is run; nothing here is part of any key."""

    only: Mapping[str, str] = field(default_factory=dict)
    cache: bool = True
    fail_fast: bool = False
    command: str = ""
    executor: Executor = executors.processes


@dataclass(frozen=True)
class Prepared:
    """A suite with everything it names resolved, and its plan."""

    suite: Suite
    resolved: Resolved
    plan: Plan
    device: str
    n_threads: int


@dataclass(frozen=True)
class Told:
    """What whoever watches a run is told: the job, the event, and how many cells are done of all."""

    job: str
    event: Event | None
    n_done: int
    n_cells: int


Watch = Callable[[Told], None]


def prepare(suite: Suite, selection: Mapping[str, str] | None = None) -> Prepared:
    """Resolve and plan. Fetches what is missing; loads no weights."""
    device = backends.resolve_device(suite.device)
    resolved = resolve(suite, backends.backend_of(device))
    planned = plan(suite, catalogue(), resolved.materials, NAMING)
    if selection:
        planned = only(planned, selection)
        if not planned.cells:
            raise HarnessError(f"--only {_shown(selection)}: matches no cell; `harness plan` lists them.")
    return Prepared(suite, resolved, planned, device, n_cores())


def _shown(selection: Mapping[str, str]) -> str:
    return ",".join(f"{k}={v}" for k, v in selection.items())


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(suite: Suite, path: Path, options: Options, watch: Watch = lambda told: None) -> Run:
    """Run a suite into a folder, keeping what is finished there. RunFolderError while another run holds it.

    KeyboardInterrupt leaves a usable folder whose manifest says `complete: false`, and goes on up.
    """
    with RunFolder(path).locked() as folder:
        if options.executor is executors.processes:
            executors.warm_up()
        started = time.perf_counter()
        prepared = prepare(suite, options.only)
        writer = _Writer(folder, prepared, options, watch)
        writer.phases["plan_s"] = round(time.perf_counter() - started, 2)
        writer.save()
        try:
            _work(prepared, options, writer)
        finally:
            writer.save(finished=True)
        return Run(path)


def _work(prepared: Prepared, options: Options, writer: "_Writer") -> None:
    writer.tell_missing()
    for name, function, jobs in (
        ("measure_s", measure, measure_jobs(prepared, writer.kept, options)),
        ("time_s", time_, time_jobs(prepared, writer.timed)),
    ):
        started = time.perf_counter()
        writer.check()
        # closed here and now, so that the job's process ends with whatever ends this loop
        with closing(options.executor(function, jobs)) as events:
            for job, event in events:
                writer.take(job, event)
                writer.check()
        writer.phases[name] = round(time.perf_counter() - started, 2)
    writer.complete = True


def measure_jobs(prepared: Prepared, kept: set[str], options: Options) -> list[MeasureJob]:
    """One job a checkpoint, encoders first in suite order, of the cells that are not kept."""
    resolved = prepared.resolved
    by_checkpoint: dict[str, dict[str, Any]] = {}
    for planned in prepared.plan.cells:
        if planned.cell is not None and planned.cell.key not in kept:
            by_checkpoint.setdefault(planned.cell.head.checkpoint.key, {})[planned.cell.key] = planned.cell
    folders = {f.checkpoint.key: f for f in resolved.encoders.values()}
    reference = resolved.materials.reference
    cache = assets.cache_root() / "vectors.sqlite" if options.cache else None
    return [
        MeasureJob(
            name="baselines" if key == NONE.key else _file_name(folders[key].name),
            encoder=folders.get(key),
            backend=resolved.materials.backend,
            device=prepared.device,
            cells=tuple(cells.values()),
            tasks=resolved.tasks,
            reference=resolved.encoders[reference] if reference else None,
            readings={name: f.tokenization for name, f in resolved.encoders.items()},
            cache=cache,
            n_threads=prepared.n_threads,
        )
        for key, cells in by_checkpoint.items()
    ]


def _file_name(encoder: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", encoder).strip(".-") or "encoder"


def time_jobs(prepared: Prepared, done: set[str]) -> list[TimeJob]:
    """The processes that time, without those whose every line is there already."""
    latency, suite = prepared.suite.latency, prepared.suite
    if latency is None:
        return []
    cells = [c for c in prepared.plan.cells if c.kind == "clean" and c.cell is not None]
    requests = suite.folder / latency.texts if latency.texts else None
    workloads = {}
    for planned in cells:
        task = planned.address.task
        if task not in workloads and planned.cell is not None:
            train = next(
                (c.cell.head.train for c in cells if c.cell and c.address.task == task and c.cell.head.train),
                None,
            )
            workloads[task] = workload_of(prepared.resolved.tasks[task], planned.cell.test, train, requests)
    subjects = Subjects(
        encoders=_timed_encoders(prepared, cells),
        poolings={name: _poolings(cells, name) for name in prepared.resolved.encoders},
        tfidf=any(c.address.encoder == "tfidf" for c in cells),
        workloads=tuple(workloads.values()),
        device=prepared.device,
        n_threads=prepared.n_threads,
    )
    jobs = subjects.jobs(latency.scenarios, latency.replicates, latency.requests)
    left = [replace(j, keys={n: k for n, k in j.keys.items() if k not in done}) for j in jobs]
    return [j for j in left if j.keys]


def _timed_encoders(prepared: Prepared, cells: list[PlannedCell]) -> dict[str, EncoderFolder]:
    named = {c.address.encoder for c in cells}
    return {name: folder for name, folder in prepared.resolved.encoders.items() if name in named}


def _poolings(cells: list[PlannedCell], encoder: str) -> tuple[Any, ...]:
    found = {c.address.pooler: c.cell.head.pooling for c in cells if c.cell and c.address.encoder == encoder}
    return tuple(found.items())


class _Writer:
    """Turns events into the run folder, and keeps the manifest."""

    def __init__(self, folder: RunFolder, prepared: Prepared, options: Options, watch: Watch) -> None:
        self._folder, self._prepared, self._options, self._watch = folder, prepared, options, watch
        self._old = _old_run(folder)
        self._planned = {c.key: c for c in reversed(prepared.plan.cells) if c.key}
        self.kept = (self._old.finished() if self._old else set()) & set(self._planned)
        self.timed = {str(t.get("key")) for t in read_lines(folder.path / "timings.jsonl")}
        self._told: set[str] = set(self.kept)
        self._outcomes: OutcomeWriter | None = None
        self._job: MeasureJob | TimeJob | None = None
        self._facts: dict[str, dict[str, Any]] = {}
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
        if self._options.fail_fast and self.n_failed:
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
            self._facts.setdefault(job.encoder.checkpoint.key, {}).update(event.facts)
            for name, fact in (("hits", "cache_hits"), ("misses", "cache_misses"), ("corrupt_rows", "corrupt_rows")):
                self._cache[name] += event.facts.get(fact, 0)
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

    def _failed(self, job: MeasureJob | TimeJob, key: str, reason: str, message: str) -> None:
        self._count(reason, message)
        self._append(job, key, {"status": "failed", "reason": reason, "message": message})

    def _append(self, job: MeasureJob | TimeJob, key: str, line: Mapping[str, Any]) -> None:
        self._told.add(key)
        address = _address(self._planned[key])
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
        self._folder.write_manifest(self._manifest(finished))

    def _manifest(self, finished: bool) -> dict[str, Any]:
        prepared, suite = self._prepared, self._prepared.suite
        timings = [k for j in time_jobs(prepared, set()) for k in j.keys.values()]
        return {
            "suite": {**suite.plain(), "reference": prepared.resolved.materials.reference},
            "command": self._options.command,
            "harness": metadata.version("encoder-harness"),
            "started": self._started,
            "finished": _now() if finished else None,
            "complete": self.complete,
            "environment": environment(prepared.device, prepared.n_threads),
            "encoders": self._encoders(),
            "tasks": self._tasks(),
            "bundles": self._bundles(),
            "plan": [self._entry(c) for c in prepared.plan.cells],
            "not_applicable": list(prepared.plan.not_applicable),
            "dropped": list(prepared.plan.dropped),
            "timings": timings,
            "timing_failures": self._timing_failures,
            "phases": self.phases,
            "cache": self._cache,
        }

    def _entry(self, planned: PlannedCell) -> dict[str, Any]:
        keys = {c.address: c.key for c in self._prepared.plan.cells}
        entry = {
            "key": planned.key,
            "address": _address(planned),
            "kind": planned.kind,
            "against": keys.get(planned.against) if planned.against else None,
            "bundles": list(planned.bundles),
            "parts": planned.cell.parts() if planned.cell else None,
        }
        if planned.missing is not None:
            missing = {
                "status": "failed",
                "reason": planned.missing.reason,
                "message": planned.missing.message,
            }
            entry |= missing
        return entry

    def _encoders(self) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for name, folder in self._prepared.resolved.encoders.items():
            old = (self._old.manifest.get("encoders", {}) if self._old else {}).get(name, {})
            if old.get("checkpoint") != folder.checkpoint.key:
                old = {}
            fact = {
                k: v
                for k, v in self._facts.get(folder.checkpoint.key, {}).items()
                if k in ("n_parameters", "batch_halvings")
            }
            rows[name] = {"n_parameters": None, "batch_halvings": 0, **old, **_encoder_row(folder), **fact}
        for name in self._prepared.suite.baselines:
            summary = catalogue().get("baseline", name).summary
            rows[name] = {"weights": "no encoder", "n_parameters": None, "summary": summary}
        return rows

    def _tasks(self) -> dict[str, Any]:
        rows = {}
        for name, info in self._prepared.resolved.infos.items():
            facts = self._prepared.resolved.materials.tasks[name]
            assert isinstance(facts, TaskFacts)
            task, samples = self._prepared.resolved.tasks[name], self._prepared.suite.samples(name)
            role = "query" if info.kind == "retrieval" else "text"
            counts = {
                f"n_{side}": len(tasks.load(task, facts.split(side, sample=samples[side], role=role)))
                for side in (("test",) if info.kind == "retrieval" else ("train", "test"))
            }
            rows[name] = {
                "n_train": None,
                "median_tokens": facts.n_tokens,
                **plain(info),
                **counts,
                "note": " ".join(info.notes),
            }
        return rows

    def _bundles(self) -> dict[str, Any]:
        rows = {}
        for choice in self._prepared.suite.conditions:
            bundle = catalogue().of("bundle").get(choice.component)
            if bundle is not None:
                members = {c.address.condition for c in self._prepared.plan.cells if bundle.name in c.bundles}
                rows[bundle.name] = {
                    "version": bundle.version,
                    "summary": bundle.summary,
                    "members": sorted(members),
                }
        return rows


def _encoder_row(folder: EncoderFolder) -> dict[str, Any]:
    return {
        "weights": folder.weights,
        "family": folder.family,
        "disk_mb": folder.disk_mb,
        "max_length": folder.tokenization.max_length,
        "checkpoint": folder.checkpoint.key,
        "source": folder.checkpoint.source,
        "revision": folder.revision,
        "licence": folder.licence,
    }


def _address(planned: PlannedCell) -> dict[str, str]:
    address = planned.address
    names = ("task", "encoder", "pooler", "mode", "condition", "repeat")
    return {name: str(getattr(address, name)) for name in names}


def _old_run(folder: RunFolder) -> Run | None:
    try:
        return Run(folder.path)
    except HarnessError:
        return None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


__all__ = ["EncoderFacts", "Options", "Prepared", "Told", "measure_jobs", "prepare", "run", "time_jobs"]
