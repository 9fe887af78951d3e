"""What is timed: the processes in their order, one subject and one replicate each."""

import platform
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from harness import tasks
from harness.catalogue import catalogue
from harness.core.fingerprint import fingerprint
from harness.core.inputs import Words
from harness.core.records import Cell, Pooling, reading_key
from harness.core.user_files import content_of
from harness.encoders import EncoderFolder
from harness.latency import REQUESTS, interleaved, read_requests
from harness.results.environment import environment
from harness.runner.jobs import TimeJob, Workload
from harness.runner.prepare import Prepared
from harness.runner.references import Timed, texts_of
from harness.suite.schema import LatencyModel

#: Raised when what is timed, or how, changes.
TIMING_VERSION = 1


def time_jobs(prepared: Prepared, done: set[str], store: Path | None = None) -> list[TimeJob]:
    """The processes that time, in their order, without those whose every line is there; as they run with this store."""
    asked, resolved = prepared.suite.latency, prepared.resolved
    if asked is None:
        return []
    clean = (c.cell or c.timed for c in prepared.plan.cells if c.kind == "clean")
    cells = [cell for cell in clean if cell is not None]
    rows = dict.fromkeys(c.address.encoder for c in cells)
    encoders = {name: folder for name, folder in resolved.encoders.items() if name in rows}
    baselines = [row for row in rows if is_timed(row)]
    poolings: dict[str, dict[str, Pooling]] = {name: {} for name in encoders}
    for cell in cells:
        if cell.head.pooling:
            poolings[cell.address.encoder][cell.address.pooler] = cell.head.pooling
    workloads, alike = _workloads(prepared, asked, cells), _timed_alike(prepared, encoders, baselines, poolings)
    jobs = []
    for order, (replicate, name, scenarios) in enumerate(_turns(asked, [*encoders, *baselines])):
        own = {**alike, "name": name, "n": asked.requests, "replicate": replicate}
        takes = {pooling.per for pooling in poolings[name].values()} if name in poolings else {"text"}
        keys = {
            f"{scenario}/{workload.name}": _timing_key(own, scenario, texts, name in baselines)
            for scenario in scenarios
            for workload, texts in workloads
            if workload.per in takes
        }
        folder = encoders.get(name)
        jobs.append(
            TimeJob(
                name=f"time-{name}-{scenarios[0]}-{replicate}",
                subject=name,
                encoder=folder.placed(store) if folder and store else folder,
                backend=resolved.facts(name).backend if folder else None,
                poolings=poolings.get(name, {}),
                tasks=resolved.tasks,
                workloads=tuple(workload for workload, _ in workloads),
                scenarios=scenarios,
                replicate=replicate,
                order=order,
                n_requests=asked.requests,
                keys={line: key for line, key in keys.items() if key not in done},
            )
        )
    return [job for job in jobs if job.keys]


def is_timed(baseline: str) -> bool:
    """Whether a row is one without an encoder that takes time worth knowing."""
    known = catalogue().of("baseline")
    return baseline in known and "timed" in known[baseline].facts


def _turns(asked: LatencyModel, names: list[str]) -> list[tuple[int, str, tuple[str, ...]]]:
    """(replicate, subject, scenarios) of all processes: replicates interleaved, then one pass of memory each."""
    timed = tuple(s for s in asked.scenarios if s != "memory")
    turns = [(replicate, name, timed) for replicate, name in interleaved(names, asked.replicates)] if timed else []
    return turns + [(0, name, ("memory",)) for name in names if "memory" in asked.scenarios]


def _timed_alike(
    prepared: Prepared,
    encoders: Mapping[str, EncoderFolder],
    baselines: list[str],
    poolings: Mapping[str, Mapping[str, Pooling]],
) -> dict[str, Any]:
    """What decides which timings may be compared: all that is timed together, and on what."""
    facts = prepared.resolved.facts
    return {
        "version": TIMING_VERSION,
        "together": {n: [f.checkpoint.key, facts(n).backend.key, reading_key(f.readings)] for n, f in encoders.items()},
        "baselines": baselines,
        "poolings": [[name, [pooling.key for pooling in own.values()]] for name, own in poolings.items()],
        "threads": prepared.n_threads,
        "device": prepared.device,
        "machine": prepared.machine or _machine(),
    }


def _timing_key(own: Mapping[str, Any], scenario: str, timed: Timed, is_fitted: bool) -> str:
    fitted_on = timed.train_texts if is_fitted else []
    return fingerprint({**own, "scenario": scenario, "texts": timed.texts, "fitted_on": fitted_on})


@cache
def _machine() -> dict[str, Any]:
    """What a timing is not reused across: the machine and its libraries."""
    facts = environment("", 0)
    return {"node": platform.node(), **{name: facts[name] for name in ("cpu", "n_cores", "libraries")}}


def _workloads(prepared: Prepared, asked: LatencyModel, cells: list[Cell]) -> list[tuple[Workload, Timed]]:
    """The clean test texts of each task (of a search: documents), or one workload of the suite's own requests."""
    found = list[tuple[Workload, Timed]]()
    requests = None
    if asked.texts and cells:
        file = prepared.suite.folder / asked.texts
        read_requests(file)  # tells what is wrong with it
        requests = content_of(file)
    for name in dict.fromkeys(c.address.task for c in cells):
        own = [cell for cell in cells if cell.address.task == name]
        read = tasks.kind_of(prepared.resolved.tasks[name].kind).read
        test = tuple(own[0].test[role] for role in read)
        train = next((cell.head.train for cell in own if cell.head.train), None)
        workload = Workload(name, name, test, train[read[0]] if train else None, role=read[0])
        if requests:
            workload = replace(workload, name=REQUESTS, role="text", requests=requests)
        texts = texts_of(workload, prepared.resolved.tasks)
        found.append((replace(workload, per="word" if isinstance(texts.texts[0], Words) else "text"), texts))
        if requests:
            break
    return found
