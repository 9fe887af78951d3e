"""How long a run still takes: what its jobs were expected to take, corrected by what they took."""

import time
from collections.abc import Callable, Mapping, Sequence

from harness.core.events import CellDone, CellFailed, Event, Progress, TrainingStep

#: What was expected weighs as much as so many seconds that were seen.
_TRUSTED_S = 15.0


class Clock:
    """Seconds expected of every job that is to come, by name in order: those that no event tells of, such as to start,
    then of each reading of texts, and for all else; and what comes `after` the last job.

    Nothing is said while there are none. `n_cells` of the job at work are told with its events.
    """

    def __init__(
        self,
        expected: Mapping[str, Sequence[float]],
        after: float = 0.0,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.expected, self.after, self.now = expected, after, now
        self._begun, self._readings = list[str](), list[float]()
        self._started = self._took = self._ended = self._rest = 0.0
        self._n_cells = 0

    def take(self, job: str, event: Event | None, n_cells: int) -> None:
        """An event of a job with so many cells."""
        if job not in self.expected:
            return
        if not self._begun or self._begun[-1] != job:
            self._next(job)
        if isinstance(event, Progress):
            if event.n_done == event.n_hits:
                self._readings = [1.0] * len(self._readings) + [0.0]
            self._readings[-1:] = [event.share]
        elif isinstance(event, TrainingStep):
            self._rest = event.n_done / max(1, event.n_steps)
        elif isinstance(event, (CellDone, CellFailed)):
            self._n_cells += 1
            self._rest = min(1.0, self._n_cells / max(1, n_cells))

    def _next(self, job: str) -> None:
        now = self.now()
        if self._begun:
            self._took += now - self._started
            self._ended += sum(self.expected[self._begun[-1]])
        self._begun.append(job)
        self._started, self._n_cells, self._readings, self._rest = now, 0, [], 0.0

    @property
    def turn(self) -> tuple[int, int] | None:
        """Which job is at work, and how many there are; None before the first."""
        return (len(self._begun), max(len(self.expected), len(self._begun))) if self._begun else None

    @property
    def left_s(self) -> float | None:
        """Seconds until the run ends; None where nothing was expected."""
        if not self._begun:
            return sum(map(sum, self.expected.values())) + self.after if self.expected else None
        silent, *readings, rest = self.expected[self._begun[-1]]
        passed = self.now() - self._started
        shares = [1.0] * len(readings) if self._rest else self._readings
        read = sum(share * part for share, part in zip(shares, readings, strict=False))
        done = min(silent, passed) + read + self._rest * rest
        factor = (_TRUSTED_S + self._took + passed) / (_TRUSTED_S + self._ended + done)
        to_come = sum(sum(self.expected[job]) for job in self.expected if job not in self._begun[:-1])
        return factor * (to_come - done + self.after)
