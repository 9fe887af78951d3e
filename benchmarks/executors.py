"""What a job costs beside its work: jobs that do nothing, on so many workers of this machine, and on Ray here.

python -m benchmarks.executors [JOBS] [WORKERS …]
"""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tabulate import tabulate

from harness import api
from harness.core.events import Event, JobDone, Phase
from harness.runner import executors
from harness.runner.checkpoints import Stores
from harness.runner.cluster import Cluster
from harness.runner.place import Place


def nothing(job: tuple[int], place: Place) -> Iterator[Event]:
    """A job that tells one thing."""
    yield Phase(str(job[0]))


def seconds(executor: Any, n_jobs: int, places: list[Place]) -> float:
    """Until all have ended well, after a first one that waits for imports."""
    from benchmarks import executors as named  # other processes know it by that name

    list(executor(named.nothing, [(0,)], places))
    started = time.perf_counter()
    told = executor(named.nothing, [(n,) for n in range(n_jobs)], places)
    ends = [event for _, event in told if isinstance(event, JobDone)]
    if len(ends) != n_jobs:
        raise SystemExit(f"{n_jobs - len(ends)} of {n_jobs} jobs did not end well")
    return time.perf_counter() - started


def main() -> None:
    """Print a table: seconds in all, milliseconds a job."""
    n_jobs, *workers = [int(given) for given in sys.argv[1:]] or [10_000, 2, 8]
    here, rows = Place("cpu", 1, Stores(None, Path(tempfile.mkdtemp()))), []
    for n in workers:
        took = seconds(executors.processes, n_jobs, [here] * n)
        rows.append(["local", n, n_jobs, took, 1000 * took / n_jobs])
    suite = api.suite("smoke", ["resources.cpus=1"])
    with contextlib.closing(Cluster("ray", suite)) as cluster:
        took = seconds(cluster, n_jobs, cluster.places([], "cpu", here.stores))
        rows.append(["ray", len(cluster.places([], "cpu", here.stores)), n_jobs, took, 1000 * took / n_jobs])
    print(tabulate(rows, ["executor", "workers", "jobs", "s", "ms a job"], tablefmt="github", floatfmt=".3g"))


if __name__ == "__main__":
    main()
