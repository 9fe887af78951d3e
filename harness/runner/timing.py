"""Time jobs: one subject in one process, alone on the machine, replicates interleaved over the subjects."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from harness import latency, tasks
from harness.core.events import Event, Phase, Timing
from harness.core.fingerprint import fingerprint
from harness.core.records import Backend, Pooling, Split
from harness.encoders import EncoderFolder
from harness.latency.subjects import BaselineSubject, EncoderSubject
from harness.results.environment import environment
from harness.runner.job import load_encoder, set_threads

#: Replicates of memory: the peak hardly moves, so one pass.
_MEMORY = "memory"
#: Raised when what is timed, or how, changes.
TIMING_VERSION = 1


@dataclass(frozen=True)
class Workload:
    """The texts of one task that are timed, and what rows without an encoder are fitted on."""

    task: str
    texts: tuple[str, ...]
    train_texts: tuple[str, ...]
    train_labels: tuple[str, ...] | None


@dataclass(frozen=True)
class TimeJob:
    """One subject, one replicate; `encoder` None where it is a baseline. `keys` names each line to be written."""

    name: str
    subject: str
    encoder: EncoderFolder | None
    backend: Backend | None
    poolings: tuple[tuple[str, Pooling], ...]
    device: str
    workloads: tuple[Workload, ...]
    scenarios: tuple[str, ...]
    replicate: int
    order: int
    n_requests: int
    n_threads: int
    keys: Mapping[str, str]


def time_(job: TimeJob) -> Iterator[Event]:
    """All scenarios of one subject over all workloads, a line each."""
    import psutil

    set_threads(job.n_threads)
    load = psutil.getloadavg()[0]
    base = {
        "encoder": job.subject,
        "replicate": job.replicate,
        "order": job.order,
        "threads": job.n_threads,
        "load": load,
    }
    if job.encoder is not None:
        base["checkpoint"] = job.encoder.checkpoint.key
    shared: list[Any] = []
    for workload in job.workloads:
        texts = latency.choose(workload.texts, job.n_requests, job.replicate)
        for scenario in job.scenarios:
            key = job.keys.get(f"{scenario}/{workload.task}")
            if key is None:
                continue
            yield Phase(f"{scenario} on {workload.task}")
            measured = _measure(job, workload, scenario, texts, shared)
            digest = fingerprint(list(workload.texts if scenario == _MEMORY else texts))
            about = {"scenario": scenario, "task": workload.task, "texts": digest}
            yield Timing({"key": key, **base, **about, **measured})


def _measure(
    job: TimeJob, workload: Workload, scenario: str, texts: Sequence[str], shared: list[Any]
) -> dict[str, Any]:
    if scenario == _MEMORY:
        return latency.memory(lambda: _subject(job, workload), workload.texts, job.device)
    if job.encoder is None:
        subject = _subject(job, workload)
    else:
        if not shared:
            shared.append(_subject(job, workload))
        subject = shared[0]
    return latency.single_stream(subject, texts) if scenario == "single-stream" else latency.offline(subject, texts)


def _subject(job: TimeJob, workload: Workload) -> latency.Subject:
    from harness.catalogue import catalogue

    if job.encoder is None:
        fitted = catalogue().get("baseline", job.subject).facts["timed"]
        return BaselineSubject(*fitted(workload.train_texts, workload.train_labels))
    functions = job.encoder.poolings((p for _, p in job.poolings), partial(catalogue().function, "pooler"))
    names = tuple(name for name, _ in job.poolings)
    encoder = load_encoder(job.encoder, job.backend, job.device)
    return EncoderSubject(encoder, job.encoder.tokenization, functions, names)


@dataclass(frozen=True)
class Subjects:
    """Everything that is timed together: it decides which timings may be compared, and their keys."""

    encoders: Mapping[str, EncoderFolder]
    backends: Mapping[str, Backend]
    poolings: Mapping[str, tuple[tuple[str, Pooling], ...]]
    baselines: tuple[str, ...]
    workloads: tuple[Workload, ...]
    device: str
    n_threads: int

    def jobs(self, scenarios: Sequence[str], n_replicates: int, n_requests: int) -> list[TimeJob]:
        """All processes in the order they run: timed replicates interleaved, then one memory pass each."""
        names = [*self.encoders, *self.baselines]
        timed = tuple(s for s in scenarios if s != _MEMORY)
        turns = [(r, n, timed) for r, n in latency.interleaved(names, n_replicates)] if timed else []
        if _MEMORY in scenarios:
            turns += [(0, name, (_MEMORY,)) for name in names]
        return [self._job(order, *turn, n_requests) for order, turn in enumerate(turns)]

    def _job(self, order: int, replicate: int, name: str, scenarios: tuple[str, ...], n_requests: int) -> TimeJob:
        keys = {
            f"{s}/{w.task}": self._key(name, s, w, replicate, n_requests) for s in scenarios for w in self.workloads
        }
        return TimeJob(
            name=f"time-{name}-{scenarios[0]}-{replicate}",
            subject=name,
            encoder=self.encoders.get(name),
            backend=self.backends.get(name),
            poolings=self.poolings.get(name, ()),
            device=self.device,
            workloads=self.workloads,
            scenarios=scenarios,
            replicate=replicate,
            order=order,
            n_requests=n_requests,
            n_threads=self.n_threads,
            keys=keys,
        )

    def _key(self, name: str, scenario: str, workload: Workload, replicate: int, n_requests: int) -> str:
        return fingerprint(
            {
                "version": TIMING_VERSION,
                "together": {
                    n: [f.checkpoint.key, self.backends[n].key, f.tokenization.key] for n, f in self.encoders.items()
                },
                "baselines": list(self.baselines),
                "poolings": [[n, [p.key for _, p in self.poolings[n]]] for n in self.encoders],
                "name": name,
                "scenario": scenario,
                "texts": list(workload.texts),
                "fitted_on": list(workload.train_texts) if name in self.baselines else [],
                "n": n_requests,
                "replicate": replicate,
                "threads": self.n_threads,
                "device": self.device,
                "machine": _machine(),
            }
        )


@cache
def _machine() -> dict[str, Any]:
    """What a timing is not reused across: the machine and its libraries."""
    facts = environment("", 0)
    return {"node": platform.node(), **{name: facts[name] for name in ("cpu", "n_cores", "libraries")}}


def workload_of(task: tasks.Task, splits: Mapping[str, Split], train: Mapping[str, Split]) -> Workload:
    """The clean test texts of a task (of a search: its documents), and its training side."""
    read = tasks.kind_of(task.kind).read
    test = [text for role in read for text in tasks.load(task, splits[role]).text]
    if not train:
        return Workload(task.name, tuple(test), tuple(test), None)
    fitted = tasks.load(task, train[read[0]]).learnt
    return Workload(task.name, tuple(test), fitted.text, fitted.labels)
