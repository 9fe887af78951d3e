"""The parent of a run: plan, then jobs in waves."""

import time
from contextlib import closing
from pathlib import Path

from harness.results import Run, RunFolder
from harness.runner import executors, vectors
from harness.runner.job import measure
from harness.runner.prepare import Prepared, prepare
from harness.runner.schedule import measure_jobs, time_jobs
from harness.runner.timing import time_
from harness.runner.writer import Options, Told, Watch, Writer
from harness.suite import Suite


def run(suite: Suite, path: Path, options: Options, watch: Watch = lambda told: None) -> Run:
    """Run a suite into a folder, keeping what is finished there. RunFolderError while another run holds it.

    KeyboardInterrupt leaves a usable folder whose manifest says `complete: false`, and goes on up.
    """
    with RunFolder(path).locked() as folder:
        if options.executor is executors.processes:
            executors.warm_up()
        started = time.perf_counter()
        if options.cache:  # better told now than by every cell
            vectors.VectorCache(vectors.cache_file()).close()
        prepared = prepare(suite, options.only)
        writer = Writer(folder, prepared, options, watch)
        writer.phases["plan_s"] = round(time.perf_counter() - started, 2)
        writer.save()
        try:
            _work(prepared, options, writer)
        finally:
            writer.save(finished=True)
        return Run(path)


def _work(prepared: Prepared, options: Options, writer: Writer) -> None:
    writer.begin()
    cache = vectors.cache_file() if options.cache else None
    for name, function, jobs in (
        ("measure_s", measure, measure_jobs(prepared, writer.kept, cache)),
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


__all__ = ["Options", "Prepared", "Told", "measure_jobs", "prepare", "run", "time_jobs"]
