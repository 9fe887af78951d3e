"""How long a run still takes: what its jobs were expected to take, corrected by what they took."""

import heapq
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.events import CellDone, CellFailed, Event, JobDone, JobFailed, Progress, TrainingStep

#: What was expected weighs as much as so many seconds that were seen.
_TRUSTED_S = 15.0


def makespan(seconds: Iterable[float], n_workers: int) -> float:
    """Seconds until jobs of so many seconds each, begun in this order by whoever is free, have all ended."""
    free = [0.0] * n_workers
    for one in seconds:
        heapq.heapreplace(free, free[0] + one)
    return max(free)


@dataclass
class _AtWork:
    """A job that has begun: when, how far each of its readings is, how many cells it has, how far all else is."""

    started: float
    readings: list[float] = field(default_factory=list)
    n_cells: int = 0
    rest: float = 0.0

    def take(self, event: Event | None, n_cells: int) -> None:
        """An event of the job, which has so many cells."""
        if isinstance(event, Progress):
            if event.n_done == event.n_hits:
                self.readings = [1.0] * len(self.readings) + [0.0]
            self.readings[-1:] = [event.share]
        elif isinstance(event, TrainingStep):
            self.rest = event.n_done / max(1, event.n_steps)
        elif isinstance(event, (CellDone, CellFailed)):
            self.n_cells += 1
            self.rest = min(1.0, self.n_cells / max(1, n_cells))

    def done(self, expected: Sequence[float], passed: float) -> float:
        """How many of the expected seconds lie behind it."""
        silent, *readings, rest = expected
        shares = [1.0] * len(readings) if self.rest else self.readings
        read = sum(share * part for share, part in zip(shares, readings, strict=False))
        return min(silent, passed) + read + self.rest * rest


class Clock:
    """Seconds expected of every job that is to come, by name in order: those that no event tells of, such as to start,
    then of each reading of texts, and for all else; and what comes `after` the last job.

    Nothing is said while there are none. So many workers take jobs, but for those that run `alone`, one by one. A job
    ends when it says so, or when one begins that no worker is free for.
    """

    def __init__(
        self,
        expected: Mapping[str, Sequence[float]],
        after: float = 0.0,
        now: Callable[[], float] = time.perf_counter,
        n_workers: int = 1,
        alone: Collection[str] = (),
    ) -> None:
        self.expected, self.after, self.now, self.n_workers, self.alone = expected, after, now, n_workers, alone
        self._at_work: dict[str, _AtWork] = {}
        self._begun = dict[str, None]()
        self._took = self._ended = 0.0

    def expected_s(self, job: str) -> float:
        """Seconds expected of a job by this name; 0 where nothing was."""
        return sum(self.expected.get(job, ()))

    def take(self, job: str, event: Event | None, n_cells: int) -> None:
        """An event of a job with so many cells."""
        if job not in self.expected:
            return
        if job not in self._begun:
            if len(self._at_work) >= self.n_workers:
                self._end(next(iter(self._at_work)))
            self._begun[job] = None
            self._at_work[job] = _AtWork(self.now())
        if job in self._at_work:
            self._at_work[job].take(event, n_cells)
            if isinstance(event, (JobDone, JobFailed)):
                self._end(job)

    def _end(self, job: str) -> None:
        self._took += self.now() - self._at_work.pop(job).started
        self._ended += sum(self.expected[job])

    @property
    def turn(self) -> tuple[int, int] | None:
        """How many jobs have begun, and how many there are; None before the first."""
        return (len(self._begun), max(len(self.expected), len(self._begun))) if self._begun else None

    @property
    def left_s(self) -> float | None:
        """Seconds until the run ends; None where nothing was expected."""
        if not self.expected:
            return None
        now, took, ended, left = self.now(), self._took, self._ended, dict[str, float]()
        for name, job in self._at_work.items():
            passed = now - job.started
            done = job.done(self.expected[name], passed)
            took, ended = took + passed, ended + done
            left[name] = sum(self.expected[name]) - done
        left |= {name: sum(parts) for name, parts in self.expected.items() if name not in self._begun}
        factor = (_TRUSTED_S + took) / (_TRUSTED_S + ended) if self._begun else 1.0
        alone = sum(seconds for name, seconds in left.items() if name in self.alone)
        together = makespan((seconds for name, seconds in left.items() if name not in self.alone), self.n_workers)
        return factor * (together + alone + self.after)
