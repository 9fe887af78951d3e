"""The parent of a run: plan, then jobs in waves."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import store
from harness.core.errors import HarnessError, RunFolderError
from harness.results import Run, RunFolder
from harness.results.environment import n_cores
from harness.runner import checkpoints, executors, storing, vectors
from harness.runner.build import build
from harness.runner.checkpoints import Stores
from harness.runner.cluster import Cluster
from harness.runner.costs import machine
from harness.runner.job import encode_part, measure
from harness.runner.manifest import old_run
from harness.runner.options import Options, Stage, Told, Watch
from harness.runner.place import Place, places_of
from harness.runner.prepare import Prepared, prepare
from harness.runner.preview import preview
from harness.runner.privacy import redacted
from harness.runner.schedule import build_jobs, encode_jobs, levels, measure_jobs
from harness.runner.timing import time_
from harness.runner.turns import time_jobs
from harness.runner.writer import Writer
from harness.suite import Suite
from harness.suite.plan import Plan


def run(suite: Suite, path: Path, options: Options, watch: Watch = lambda told: None) -> Run:
    """Run a suite into a folder, keeping what is finished there.

    RunFolderError while another run holds it, or where it holds a run of another suite.
    KeyboardInterrupt leaves a usable folder whose manifest says `complete: false`, and goes on up.
    """
    refuse_foreign(suite, path)
    at_work = store.at_work(vectors.cache_folder()) if options.cache else nullcontext()
    with RunFolder(path).locked() as folder, redacted(suite), at_work:
        if options.estimate:
            machine(n_cores())  # before other processes of this run are busy
        if options.executor is executors.processes:
            executors.context()
        started = time.perf_counter()
        if options.cache:  # better told now than by every cell
            vectors.open_cache().close()
            vectors.size_limit(*checkpoints.LIMIT)
        cluster = options.executor if isinstance(options.executor, Cluster) else None
        prepared = planned_for(suite, options.only, cluster)
        options.refuse(prepared)
        stores = checkpoints.stores_of(path, options.cache)
        places, unfit = places_for(prepared, cluster, stores)
        if unfit:
            raise HarnessError("\n".join(unfit))
        planned_s = round(time.perf_counter() - started, 2)
        for number, stage in enumerate(options.stages or [_whole], 1):
            due = replace(prepared, plan=stage(prepared.plan, path))
            writer = Writer(folder, due, options, watch)
            writer.progress["phases"]["plan_s"] = planned_s
            writer.save()
            writer.progress["workers"] = _told_of(places, cluster)
            n_parts = _foresee(due, options, writer, places)
            if options.cache and number == 1:
                writer.remark(vectors.old_cache())
            if number == 1:
                writer.remark(*prepared.resolved.remarks)
            try:
                _work(due, options, writer, places, n_parts, is_last=number >= len(options.stages))
            finally:
                writer.finish()
        return Run(path)


def _foresee(prepared: Prepared, options: Options, writer: Writer, places: Sequence[Place]) -> dict[str, int]:
    """In how many parts the texts of a job are encoded. Where it was asked for, say how long all takes."""
    if not options.estimate and (len(places) == 1 or not options.cache):
        return {}
    foreseen = preview(prepared, writer.folder.path, places[0].n_threads)
    n_parts = foreseen.in_parts(len(places)) if options.cache else {}
    if options.estimate:
        writer.clock = foreseen.clock(len(places), n_parts)
        if options.cache and storing.is_much(foreseen.stored):
            writer.remark(storing.told(foreseen.stored))
    return n_parts


def _whole(plan: Plan, folder: Path) -> Plan:
    """All at once."""
    return plan


def refuse_foreign(suite: Suite, path: Path) -> None:
    """RunFolderError where a folder holds a run of a suite of another name or other tasks: its page would be lost."""
    if (old := old_run(path)) is None:
        return  # nothing there names a suite; what is wrong with the folder is told by whoever needs it
    name, tasks = old.about.suite.name, {task.name for task in old.about.suite.tasks}
    other = f"the suite {name!r}, not of {suite.name!r}"
    if name == suite.name:
        if not tasks.isdisjoint(task.name for task in suite.tasks):
            return
        other = f"a suite {name!r} of other tasks ({', '.join(sorted(tasks))})"
    raise RunFolderError(f"{path}: holds a run of {other}. Name another folder with -o.")


def planned_for(suite: Suite, only: Mapping[str, str], cluster: Cluster | None) -> Prepared:
    """The plan of a suite for this machine, or for a cluster."""
    if cluster is None:
        return prepare(suite, only)
    return cluster.planned(prepare(suite, only, cluster.devices))


def places_for(prepared: Prepared, cluster: Cluster | None, stores: Stores) -> tuple[list[Place], list[str]]:
    """Where jobs run at once, and which jobs there is no room for, with the reason."""
    if cluster is None:
        return places_of(prepared.devices, prepared.n_workers, stores), []
    jobs = [*build_jobs(prepared, set(), stores), *measure_jobs(prepared, set(), stores)]
    return cluster.places(jobs, prepared.device, stores), cluster.unfit(jobs, prepared.device)


def _told_of(places: Sequence[Place], cluster: Cluster | None) -> dict[str, Any]:
    """What run.json says of the workers."""
    told = {"n": len(places), "threads": places[0].n_threads, "devices": [place.device for place in places]}
    if cluster is None:
        return {"executor": "local", **told}
    return {"executor": cluster.address, **told, "nodes": cluster.kinds, "timed_on": cluster.timed_on.kind}


def _work(
    prepared: Prepared,
    options: Options,
    writer: Writer,
    places: Sequence[Place],
    n_parts: Mapping[str, int],
    *,
    is_last: bool,
) -> None:
    """All jobs of a plan; what is timed is timed once, when nothing else is left to do."""
    writer.begin()
    stores = places[0].stores
    waves: dict[str, tuple[Any, Callable[[], Sequence[Sequence[Any]]]]] = {
        "build_s": (build, lambda: levels(build_jobs(prepared, writer.kept, stores))),
        "encode_s": (encode_part, lambda: [encode_jobs(measure_jobs(prepared, writer.told, stores), n_parts)]),
        "measure_s": (measure, lambda: [measure_jobs(prepared, writer.told, stores)]),
        "time_s": (time_, lambda: [time_jobs(prepared, writer.timed, stores.checkpoints)] if is_last else []),
    }
    if not n_parts:
        waves.pop("encode_s")
    for name, (function, jobs) in waves.items():
        started = time.perf_counter()
        writer.check()
        for wave in jobs():
            if len(places) > 1:  # the longest first, so that none is left running alone at the end
                wave = sorted(wave, key=lambda job: writer.clock.expected_s(job.name), reverse=True)
            writer.start(wave)
            # closed here and now, so that the job's process ends with whatever ends this loop
            with closing(options.executor(function, wave, places)) as events:
                for job, event in events:
                    writer.take(job, event)
                    writer.check()
            writer.end()
        writer.progress["phases"][name] = round(time.perf_counter() - started, 2)
    writer.progress["complete"] = is_last
    if options.cache:
        checkpoints.tidy(stores.checkpoints)


__all__ = [
    "Options",
    "Prepared",
    "Stage",
    "Told",
    "measure_jobs",
    "places_for",
    "planned_for",
    "prepare",
    "refuse_foreign",
    "run",
    "time_jobs",
]
