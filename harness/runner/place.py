"""Where a job runs: what is its executor's to give, and no part of the job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.core.records import Checkpoint
from harness.encoders.backends import gpu_name
from harness.results.environment import cpu_name, n_cores
from harness.runner.checkpoints import Stores


@dataclass(frozen=True)
class Place:
    """A device, the threads beside it, and the stores of the machine that they belong to."""

    device: str
    n_threads: int
    stores: Stores

    def out(self, checkpoint: Checkpoint) -> Path:
        """The folder of a built checkpoint here."""
        return self.stores.checkpoints / checkpoint.key


def places_of(devices: Sequence[str], n_workers: int, stores: Stores) -> list[Place]:
    """The workers of this machine: one a CUDA device, or so many on its processor; threads are divided among them."""
    each = ["cpu"] * n_workers if devices[0] == "cpu" else devices
    return [Place(device, threads_each(len(each)), stores) for device in each]


def threads_each(n_workers: int) -> int:
    """Threads that each of so many workers has on this machine. HarnessError where there is not one for each."""
    if n_workers > n_cores():
        raise HarnessError(f"workers: {n_workers}: this machine has {n_cores()} cores; expected {n_cores()} at most.")
    return n_cores() // n_workers


def at_once(places: Sequence[Place]) -> tuple[int, int]:
    """Threads of a worker, and how many such workers a machine like this one has at once; a GPU has one for itself."""
    n_threads = places[0].n_threads
    n_most = max(1, n_cores() // n_threads) if places[0].device == "cpu" else 1
    return n_threads, min(len(places), n_most)


def shared(jobs: Iterable[Any], places: Sequence[Place]) -> Sequence[Place]:
    """The places that these jobs share; jobs that are to be alone have one, with the threads of all."""
    if any(getattr(job, "is_alone", False) for job in jobs):
        return [replace(places[0], n_threads=n_cores())]
    return places


@cache
def machine_kind() -> str:
    """Processor and cores of this machine, and its GPU where there is one: what times are compared within."""
    gpu = gpu_name()
    return f"{cpu_name()}, {n_cores()} cores" + (f", {gpu}" if gpu else "")
