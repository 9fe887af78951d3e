"""What a job costs beside its work: jobs that do nothing, on so many workers of this machine, by itself and on Ray.

    python -m benchmarks.executors [JOBS] [WORKERS …]  # default: 10,000 on 2 and on 8

More workers than cores share them: what is seen then is what starting and telling costs, not how much more is done.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.nothing import nothing
from harness import api
from harness.core.events import JobDone
from harness.runner import executors
from harness.runner.checkpoints import Stores
from harness.runner.cluster import Cluster
from harness.runner.place import Place


def seconds(executor: Any, n_jobs: int, places: list[Place]) -> float:
    """Until all have ended well, after as many as there are places, which wait for imports."""
    list(executor(nothing, [(n,) for n in range(len(places))], places))
    started = time.perf_counter()
    told = executor(nothing, [(n,) for n in range(n_jobs)], places)
    n_ended = sum(isinstance(event, JobDone) for _, event in told)
    if n_ended != n_jobs:
        raise SystemExit(f"{n_jobs - n_ended} of {n_jobs} jobs did not end well")
    return time.perf_counter() - started


@contextlib.contextmanager
def cluster(n_workers: int) -> Iterator[Cluster]:
    """A cluster of one node that is told it has so many CPUs."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster as RayCluster

    ray = RayCluster()
    environment = {"PYTHONPATH": str(Path(__file__).parents[1])}
    ray.add_node(num_cpus=n_workers, object_store_memory=200_000_000, include_dashboard=False, env_vars=environment)
    found = Cluster(f"ray://{ray.address}", api.suite("smoke", ["resources.cpus=1"]))
    try:
        yield found
    finally:
        found.close()
        ray.shutdown()  # type: ignore[no-untyped-call]


def main() -> None:
    """Print a table: seconds in all, milliseconds a job, the load of a minute before and after."""
    n_jobs, *workers = [int(given) for given in sys.argv[1:]] or [10_000]
    here, rows = Place("cpu", 1, Stores(None, Path(tempfile.mkdtemp()))), []

    def row(name: str, executor: Any, places: list[Place]) -> None:
        before = os.getloadavg()[0]
        took = seconds(executor, n_jobs, places)
        rows.append([name, len(places), n_jobs, took, 1000 * took / n_jobs, before, os.getloadavg()[0]])
        print(rows[-1], flush=True)

    for n in workers or [2, 8]:
        row("local", executors.processes, [here] * n)
        with cluster(n) as ray:
            row("ray", ray, ray.places([], "cpu", here.stores))
    head = ["executor", "workers", "jobs", "s", "ms a job", "load before", "after"]
    print(tabulate(rows, head, tablefmt="github", floatfmt=".3g"))


if __name__ == "__main__":
    main()
