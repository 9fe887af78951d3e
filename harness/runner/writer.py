"""Turns the events of a run into its folder. Nothing else writes there."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.core.errors import HarnessError, NotApplicableError, of_encoder
from harness.core.events import (
    Built,
    CellDone,
    CellFailed,
    EncoderFact,
    Event,
    JobDone,
    JobFailed,
    Phase,
    Remark,
    Retried,
    Timing,
)
from harness.results import RunFolder, Stored
from harness.results.outcomes import OutcomeWriter
from harness.runner.clock import Clock
from harness.runner.jobs import Build, EncodeJob, Job, MeasureJob, ReadingJob, TimeJob
from harness.runner.manifest import address_of, computed, known_facts, manifest, old_run
from harness.runner.options import Options, Told, Watch
from harness.runner.prepare import Prepared
from harness.runner.privacy import known_words, private_message
from harness.suite.cells import Missing


class Writer:
    """Turns events into the run folder, and keeps the manifest."""

    def __init__(self, folder: RunFolder, prepared: Prepared, how: Options, watch: Watch) -> None:
        self.folder, self._prepared, self._how, self._watch = folder, prepared, how, watch
        old, stored = old_run(folder.path), Stored(folder.path)  # finished cells outlive a spoilt run.json
        self._planned = {c.key: c for c in reversed(prepared.plan.cells) if c.key}
        self.kept = stored.finished() & set(self._planned)
        if old is None:  # what is known of encoders went with run.json: one cell of each is done anew
            pooled = [c for c in reversed(prepared.plan.cells) if c.cell and c.cell.head.pooling]
            self.kept.difference_update({c.address.encoder: c.key for c in pooled}.values())
        self.timed = {str(line.key) for line in stored.all_timings}
        self.told: set[str] = set(self.kept)
        self._weights = {key: w for key, line in stored.all_builds.items() if (w := line.facts.weights)}
        self._outcomes: OutcomeWriter | None = None
        self._encoder_facts = known_facts(old)
        self._manifest = manifest(prepared)
        self._secretive, self._words = prepared.suite.texts == "none", known_words(prepared.suite)
        if self._secretive:
            folder.forget_examples()
        self._n_failed, self._first_failure = 0, ""
        self.clock = Clock({})
        self._wave: Sequence[Job] = ()
        self._open: dict[int, Job] = {}
        self._in_parts = Counter[tuple[str, str]]()
        #: What of run.json changes as the run goes on.
        self.progress: dict[str, Any] = {
            "command": how.command,
            "only": dict(how.only),
            "started": _now(),
            "finished": None,
            "complete": False,
            "timing_failures": [],
            "phases": {},
            "cache": {"hits": 0, "misses": 0, "corrupt_rows": 0, "unwritten_rows": 0, "taken_rows": 0},
            "jobs": [],
            "retries": [],
        }

    def begin(self) -> None:
        """Say what is kept, and what is not to be had: its cells are failed rows from the start."""
        if self.kept:
            self._tell("plan", Phase(f"{len(self.kept)} finished cells are kept"))
        for missing in self._missing():
            self._count(missing.reason, missing.message)
            self._tell("plan", JobFailed(missing.reason, missing.message))
        if said := self._prepared.resolved.measured_by:
            self._tell("plan", Phase(said))

    def remark(self, *said: str) -> None:
        """Say what is to be known before the first job; of nothing nothing."""
        for line in filter(None, said):
            self._tell("plan", Remark(line))

    def _missing(self) -> Iterable[Missing]:
        """What is not to be had of what the plan names; a cell has one reason, though task and encoder may be gone."""
        cells, materials = self._prepared.plan.cells, self._prepared.resolved.materials
        named = {name for c in cells for name in (c.address.task, c.address.encoder)}
        known = [*materials.tasks.items(), *materials.encoders.items()]
        gone = [found for name, found in known if name in named and isinstance(found, Missing)]
        return dict.fromkeys([*gone, *(c.missing for c in cells if c.missing)])

    def _tell(self, name: str, event: Event, job: Job | None = None) -> None:
        self.clock.take(name, event, len(job.cells) if job else 0)
        process = (self._wave.index(job) + 1, len(self._wave)) if isinstance(job, TimeJob) else None
        left_s, turn = self.clock.left_s, self.clock.turn
        self._watch(Told(name, event, len(self.told), len(self._planned), left_s, turn, process))

    def start(self, jobs: Sequence[Job]) -> None:
        """These jobs are next, in any order and several at once."""
        self._wave, self._open = jobs, {id(job): job for job in jobs}

    def end(self) -> None:
        """They are all done; what nobody has heard the end of has failed."""
        for job in list(self._open.values()):
            self.take(job, JobFailed("killed", "nothing was heard of the job's end."))

    def check(self) -> None:
        """HarnessError where something failed and the run is to stop at that."""
        if self._how.fail_fast and self._n_failed:
            raise HarnessError(f"stopped at the first failure (--fail-fast): {self._first_failure}")

    def _kept_back(self, event: CellFailed | JobFailed) -> CellFailed | JobFailed:
        """A failure without values of the data."""
        if isinstance(event, CellFailed):
            return replace(event, message=private_message(event.message, event.reason, self._words))
        said = "\n".join([event.message, event.traceback])
        return JobFailed(event.reason, private_message(said, event.reason, self._words).strip())

    def _count(self, reason: str, message: str) -> None:
        self._n_failed += 1
        self._first_failure = self._first_failure or f"{reason}: {message}"

    def take(self, job: Job, event: Event) -> None:
        """Write down one event."""
        if self._secretive and isinstance(event, (CellFailed, JobFailed)):
            event = self._kept_back(event)
        if isinstance(event, JobFailed) and isinstance(job, EncodeJob):
            event = self._part_failed(job, event)
        if isinstance(event, CellDone):
            self._done(job, event)
        elif isinstance(event, CellFailed):
            self._failed(job, event.key, event.reason, event.message)
        elif isinstance(event, EncoderFact) and isinstance(job, ReadingJob):
            known, facts = self._known(job), dict(event.facts)
            known["batch_halvings"] = known.get("batch_halvings", 0) + facts.pop("batch_halvings", 0)
            self._count_vectors(job, facts.pop("cache", {}))
            known.update(facts)
        elif isinstance(event, EncoderFact):
            self._known(job).update(event.facts)
            self.save()  # who knows whether this run ends
        elif isinstance(event, Timing):
            self.folder.append_timing(event.line)
        elif isinstance(event, Built) and isinstance(job, Build):
            self._built(job, {"status": "done", "reason": None, "message": None}, event)
        elif isinstance(event, (JobDone, JobFailed)):
            self._ended(job, event)
        elif isinstance(event, Retried):
            self.progress["retries"].append({"job": job.name, "why": event.why, "n_times": event.n_times})
        self._tell(job.name, event, job)

    def _count_vectors(self, job: ReadingJob, counts: Mapping[str, int]) -> None:
        """Add to what the cache had. What parts have read their measure job finds there, which is no hit of the run."""
        counted = Counter(counts)
        if isinstance(job, EncodeJob):
            self._in_parts[job.computed] += counted["misses"]
            counted["hits"] = 0
        else:
            own = min(counted["hits"], self._in_parts[job.computed])
            self._in_parts[job.computed] -= own
            counted["hits"] -= own
        for name, n in counted.items():
            self.progress["cache"][name] += n

    def _done(self, job: Job, event: CellDone) -> None:
        metric = next(iter(event.scores))
        if event.examples:
            self.folder.append_examples(event.key, event.examples)
        if event.negatives is not None:
            self.folder.append_negatives(event.key, event.negatives)
        self._outcomes = self._outcomes or self.folder.outcome_writer()
        line = {
            "status": "done",
            "reason": None,
            "message": None,
            "metric": metric,
            "scores": event.scores,
            "chance": event.scores[metric]["chance"],
            "n": len(event.outcomes),
            "n_clusters": event.n_clusters,
            "facts": event.facts,
            "seconds": event.seconds,
            "outcomes": self._outcomes.append(event.outcomes),
        }
        self._append(job, event.key, line)
        if event.facts.get("n_parameters"):
            self._known(job).update({name: event.facts[name] for name in ("n_parameters", "disk_mb")})

    def _built(self, job: Build, status: Mapping[str, Any], event: Built) -> None:
        address = job.address
        names = {name: str(getattr(address, name)) for name in ("task", "encoder", "pooler", "mode", "repeat")}
        told = {"facts": dict(event.facts), "curve": [dict(point) for point in event.curve]}
        key, weights = job.checkpoint.key, event.facts.get("weights")
        if weights and self._weights.setdefault(key, weights) != weights:  # trained anew, and not to the same weights
            cells = (planned.cell for planned in self._planned.values())
            self.told -= {cell.key for cell in cells if cell and job.checkpoint in cell.head.checkpoint.nodes}
        self.folder.append_build({"checkpoint": key, **names, **status, **told})

    def _known(self, job: Job) -> dict[str, Any]:
        """What is known of the job's encoder; a checkpoint built from it is as large."""
        assert job.encoder is not None
        row = self._manifest["encoders"].get(job.encoder.name, {})
        return self._encoder_facts.setdefault(computed(row), {})

    def _failed(self, job: Job, key: str, reason: str, message: str) -> None:
        status = "skipped" if reason == NotApplicableError.reason else "failed"
        if status == "failed":
            self._count(reason, message)
        self._append(job, key, {"status": status, "reason": reason, "message": message})

    def _append(self, job: Job, key: str, line: Mapping[str, Any]) -> None:
        self.told.add(key)
        address = address_of(self._planned[key])
        if line.get("message") and job.encoder is not None:
            line = {**line, "message": of_encoder(str(line["message"]), job.encoder.name, address["encoder"])}
        self.folder.append_cell({"key": key, "job": job.name, "address": address, **line})

    def _ended(self, job: Job, event: JobDone | JobFailed) -> None:
        self._open.pop(id(job), None)
        if isinstance(event, JobFailed):
            self._job_failed(job, event)
            return
        self.progress["jobs"].append({"job": job.name, **vars(event)})
        for cell in job.cells if isinstance(job, MeasureJob) else ():
            if cell.key not in self.told:
                self._failed(job, cell.key, "bug", "the job ended without a result of this cell, and without a reason.")

    def _part_failed(self, job: EncodeJob, event: JobFailed) -> Remark:
        """No cell is lost: what a part leaves out, the job reads that needs it."""
        self._open.pop(id(job), None)
        self.clock.take(job.name, event, 0)
        why = f"{event.reason}: {event.message}"
        self.progress["retries"].append({"job": job.name, "why": why, "n_times": 1})
        return Remark(f"{job.name}: failed: {' '.join(why.split())} What it has not stored is encoded with the rest.")

    def _job_failed(self, job: Job, event: JobFailed) -> None:
        message = event.message + (f"\n{event.traceback}" if event.traceback else "")
        if isinstance(job, Build):
            self._built(job, {"status": "failed", "reason": event.reason, "message": message}, Built({}, []))
        if isinstance(job, TimeJob):
            self._count(event.reason, message)
            failure = {"what": job.name, "reason": event.reason, "message": message}
            self.progress["timing_failures"].append(failure)
        for cell in job.cells:
            if cell.key not in self.told:
                self._failed(job, cell.key, event.reason, message)

    def save(self) -> None:
        """Write the manifest as things stand."""
        if self._outcomes is not None:
            self._outcomes.close()
        rows = self._manifest["encoders"].items()
        encoders = {name: {**row, **self._encoder_facts.get(computed(row), {})} for name, row in rows}
        self.folder.write_manifest({**self._manifest, "encoders": encoders, **self.progress})

    def finish(self) -> None:
        """Write it for the last time."""
        self.progress["finished"] = _now()
        self.save()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
