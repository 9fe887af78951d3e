"""Time jobs: one subject in one process, alone on the machine, replicates interleaved over the subjects."""

from collections.abc import Callable, Iterator
from functools import cache, partial

from harness import latency
from harness.catalogue import catalogue
from harness.core.events import EncoderFact, Event, Phase, Timing
from harness.core.fingerprint import fingerprint
from harness.core.records import read_as
from harness.encoders.backends import Encoder, own_size
from harness.latency.subjects import BaselineSubject, EncoderSubject
from harness.runner.job import load_encoder, set_threads
from harness.runner.jobs import TimeJob, Workload


def time_(job: TimeJob) -> Iterator[Event]:
    """All scenarios of one subject over all workloads, a line each."""
    import psutil

    set_threads(job.n_threads)
    base = {
        "encoder": job.subject,
        "replicate": job.replicate,
        "order": job.order,
        "threads": job.n_threads,
        "load": psutil.getloadavg()[0],
        **({"checkpoint": job.encoder.checkpoint.key} if job.encoder else {}),
    }
    load = partial(load_encoder, job)
    loaded, each_once = cache(load), _chooses_kernels(job)
    for workload in job.workloads:
        texts = latency.choose(workload.texts, job.n_requests, job.replicate)
        for scenario in job.scenarios:
            if (key := job.keys.get(f"{scenario}/{workload.task}")) is None:
                continue
            yield Phase(f"{scenario} on {workload.task}")
            about = {"scenario": scenario, "task": workload.task, "texts": fingerprint(texts)}
            if scenario == "memory":  # loading is a part of it
                about["texts"] = fingerprint(workload.texts)
                measured = latency.memory(partial(_subject, job, workload, load), workload.texts, job.device)
            else:
                measure = latency.single_stream if scenario == "single-stream" else latency.offline
                measured = measure(_subject(job, workload, loaded), texts, each_once=each_once)
            yield Timing({"key": key, **base, **about, **measured})
    if job.encoder and loaded.cache_info().currsize:
        yield EncoderFact({"n_parameters": loaded().n_parameters, **own_size(loaded())})


def _chooses_kernels(job: TimeJob) -> bool:
    """Whether the first text of a length costs what no later one does."""
    facts = catalogue().get("backend", job.backend.runtime).facts if job.backend else {}
    return job.device != "cpu" or facts.get("chooses_kernels", False)


def _subject(job: TimeJob, workload: Workload, encoder: Callable[[], Encoder]) -> latency.Subject:
    if job.encoder is None:
        fitted = catalogue().get("baseline", job.subject).facts["timed"]
        return BaselineSubject(*fitted(workload.train_texts, workload.train_labels))
    poolings = {name: pooling for name, pooling in job.poolings.items() if pooling.per == workload.per}
    functions = job.encoder.poolings(poolings.values(), partial(catalogue().function, "pooler"))
    read = read_as(job.encoder.readings, workload.role)
    return EncoderSubject(encoder(), read, functions, tuple(poolings))
