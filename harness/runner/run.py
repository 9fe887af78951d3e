"""The parent of a run: plan, then jobs in waves."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import store
from harness.core.errors import RunFolderError
from harness.results import Run, RunFolder
from harness.results.environment import n_cores
from harness.runner import checkpoints, executors, storing, vectors
from harness.runner.build import build
from harness.runner.clock import Clock
from harness.runner.costs import machine
from harness.runner.job import measure
from harness.runner.manifest import old_run
from harness.runner.prepare import Prepared, prepare
from harness.runner.preview import preview
from harness.runner.privacy import redacted
from harness.runner.schedule import build_jobs, measure_jobs, time_jobs
from harness.runner.timing import time_
from harness.runner.writer import Options, Stage, Told, Watch, Writer
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
        prepared = prepare(suite, options.only)
        options.refuse(prepared)
        planned_s = round(time.perf_counter() - started, 2)
        for number, stage in enumerate(options.stages or [_whole], 1):
            due = replace(prepared, plan=stage(prepared.plan, path))
            writer = Writer(folder, due, options, watch)
            writer.progress["phases"]["plan_s"] = planned_s
            writer.save()
            if options.estimate:
                foreseen = preview(due, path)
                writer.clock = Clock(foreseen.by_job, foreseen.page_s)
                if options.cache and storing.is_much(foreseen.stored):
                    writer.remark(storing.told(foreseen.stored))
            if options.cache and number == 1:
                writer.remark(vectors.old_cache())
            try:
                _work(due, options, writer, is_last=number >= len(options.stages))
            finally:
                writer.finish()
        return Run(path)


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


def _work(prepared: Prepared, options: Options, writer: Writer, *, is_last: bool) -> None:
    """All jobs of a plan; what is timed is timed once, when nothing else is left to do."""
    writer.begin()
    stores = checkpoints.stores_of(writer.folder.path, options.cache)
    waves: tuple[tuple[str, Any, Callable[[], Sequence[Any]]], ...] = (
        ("build_s", build, lambda: build_jobs(prepared, writer.kept, stores)),
        ("measure_s", measure, lambda: measure_jobs(prepared, writer.told, stores)),
        ("time_s", time_, lambda: time_jobs(prepared, writer.timed, stores.checkpoints) if is_last else ()),
    )
    for name, function, jobs in waves:
        started = time.perf_counter()
        writer.check()
        # closed here and now, so that the job's process ends with whatever ends this loop
        writer.wave = jobs()
        with closing(options.executor(function, writer.wave)) as events:
            for job, event in events:
                writer.take(job, event)
                writer.check()
        writer.progress["phases"][name] = round(time.perf_counter() - started, 2)
    writer.progress["complete"] = is_last
    if options.cache:
        checkpoints.tidy(stores.checkpoints)


__all__ = ["Options", "Prepared", "Stage", "Told", "measure_jobs", "prepare", "refuse_foreign", "run", "time_jobs"]
