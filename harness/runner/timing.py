"""Time jobs: one subject in one process, alone on the machine, replicates interleaved over the subjects."""

from collections.abc import Callable, Iterator
from functools import cache, partial

from harness import latency
from harness.catalogue import catalogue
from harness.core.events import EncoderFact, Event, Phase, Timing
from harness.core.fingerprint import fingerprint
from harness.core.records import read_as
from harness.encoders.backends import Encoder, sizes
from harness.latency.subjects import BaselineSubject, EncoderSubject
from harness.runner.job import load_encoder, set_threads
from harness.runner.jobs import TimeJob, Workload
from harness.runner.place import Place, machine_kind
from harness.runner.references import Timed, texts_of


def time_(job: TimeJob, place: Place) -> Iterator[Event]:
    """All scenarios of one subject over all workloads, a line each."""
    import psutil

    set_threads(place.n_threads)
    base = {
        "encoder": job.subject,
        "replicate": job.replicate,
        "order": job.order,
        "threads": place.n_threads,
        "machine": machine_kind(),
        "load": psutil.getloadavg()[0],
        **({"checkpoint": job.encoder.checkpoint.key} if job.encoder else {}),
    }
    load = partial(load_encoder, job, place.device)
    loaded, each_once = cache(load), _chooses_kernels(job, place.device)
    for workload in job.workloads:
        if not any(f"{scenario}/{workload.name}" in job.keys for scenario in job.scenarios):
            continue
        whole = texts_of(workload, job.tasks)
        texts = latency.choose(whole.texts, job.n_requests, job.replicate)
        for scenario in job.scenarios:
            if (key := job.keys.get(f"{scenario}/{workload.name}")) is None:
                continue
            yield Phase(f"{scenario} on {workload.name}")
            about = {"scenario": scenario, "task": workload.name, "texts": fingerprint(texts)}
            if scenario == "memory":  # loading is a part of it
                about["texts"] = fingerprint(whole.texts)
                subject = partial(_subject, job, workload, whole, load)
                measured = latency.memory(subject, whole.texts, place.device)
            else:
                measure = latency.single_stream if scenario == "single-stream" else latency.offline
                measured = measure(_subject(job, workload, whole, loaded), texts, each_once=each_once)
            yield Timing({"key": key, **base, **about, **measured})
    if job.encoder and loaded.cache_info().currsize:
        yield EncoderFact(sizes(loaded()))


def _chooses_kernels(job: TimeJob, device: str) -> bool:
    """Whether the first text of a length costs what no later one does."""
    facts = catalogue().get("backend", job.backend.runtime).facts if job.backend else {}
    return device != "cpu" or facts.get("chooses_kernels", False)


def _subject(job: TimeJob, workload: Workload, whole: Timed, encoder: Callable[[], Encoder]) -> latency.Subject:
    if job.encoder is None:
        fitted = catalogue().get("baseline", job.subject).facts["timed"]
        return BaselineSubject(*fitted(whole.train_texts, whole.train_labels))
    poolings = {name: pooling for name, pooling in job.poolings.items() if pooling.per == workload.per}
    functions = job.encoder.poolings(poolings.values(), partial(catalogue().function, "pooler"))
    read = read_as(job.encoder.readings, workload.role)
    return EncoderSubject(encoder(), read, functions, tuple(poolings))
