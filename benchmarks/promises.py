"""The minutes that `plan` says against those that `run` then takes, of any suites, each into a new folder and cache.

    python -m benchmarks.promises [SUITE …] [--workers N] [--executor ray]  # default: smoke

The speed of the machine is measured before and after, since other programs come and go: a run beside which it changed
by half says little. On several workers what is said is the makespan, and so is what is counted of a run by one: from
its plan to its page.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from harness import api, report
from harness.assets import cache_root
from harness.results import Run
from harness.runner import costs, executors
from harness.runner import run as runner
from harness.runner.checkpoints import stores_of
from harness.runner.cluster import opened
from harness.runner.preview import preview
from harness.suite import Suite


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("suites", nargs="*")
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--executor", default="local")
    given = asked.parse_args()
    rows = []
    for name in given.suites or ["smoke"]:
        suite = api.suite(name, [f"workers={given.workers}"] if given.workers > 1 else [])
        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder) / "cache"
            cache.mkdir()
            (cache / "assets").symlink_to(cache_root() / "assets", target_is_directory=True)
            os.environ["HARNESS_CACHE"], before = str(cache), os.environ.get("HARNESS_CACHE")
            row = kept(suite, given.executor, Path(folder) / "run")
            os.environ.pop("HARNESS_CACHE") if before is None else os.environ.update(HARNESS_CACHE=before)
        rows.append([suite.name, *row])
    head = ["suite", "workers", "said, min", "took, min", "ratio", "speed after / before", "load before", "after"]
    print(tabulate(rows, head, floatfmt=".2f"))


def kept(suite: Suite, executor: str, path: Path) -> list[float]:
    """Workers, minutes said and taken and their ratio, the ratio of speeds, the load before and after."""
    load = os.getloadavg()[0]
    costs.machine.cache_clear()
    with opened(executor, suite) as cluster:
        prepared = runner.planned_for(suite, {}, cluster)
        places, _ = runner.places_for(prepared, cluster, stores_of(path, cache=True))
    before, seen = costs.machine(prepared.n_threads, 1), preview(prepared, path, places)
    started = time.perf_counter()
    with opened(executor, suite) as cluster:
        runner.run(suite, path, runner.Options(estimate=True, executor=cluster or executors.processes))
        stored = Run(path)
        report.write(stored, report.build(stored))
        took = time.perf_counter() - started
    costs.machine.cache_clear()
    after = costs.machine(prepared.n_threads, 1)
    said, phases = seen.makespan_s(len(places)), stored.manifest["phases"]
    figures = {"suite": suite.name, "said_s": said, "took_s": took, "parts": seen.parts, "phases": phases}
    jobs = [{"job": job["job"], "seconds": job["seconds"]} for job in stored.manifest["jobs"]]
    expected = {name: sum(parts) for name, parts in seen.by_job(seen.in_parts(len(places))).items()}
    speed = {"before": vars(before), "after": vars(after)}
    print(json.dumps({"benchmark": "promises", **figures, "expected": expected, "jobs": jobs, **speed}), flush=True)
    return [len(places), said / 60, took / 60, took / said, after.single / before.single, load, os.getloadavg()[0]]


if __name__ == "__main__":
    main()
