"""What was foreseen of a run: its jobs in rough seconds, which of them are encoded in parts, and when all is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.encoders.parts import Part
from harness.runner import storing
from harness.runner.clock import Clock, makespan
from harness.runner.jobs import part_name
from harness.runner.storing import Stored

#: The least that a part is, since a process with its data and model takes some seconds: so many seconds of a processor,
#: so many texts of a CUDA device, of whose seconds no estimate knows.
PART_S, PART_TEXTS = 30.0, 20_000
#: How much longer than its share the longest worker may take before texts are encoded in parts.
_UNEVEN = 1.1


@dataclass(frozen=True)
class JobPreview:
    """One measure job: cells, those already stored, distinct texts to read, those in the cache, rough seconds.

    Seconds by what they are spent on: to start, to encode, to fit heads and score cells. `readings_s`: to encode what
    each tokenization reads, in order, before the first head. `stored`: what it adds to the cache.
    """

    name: str
    n_cells: int
    n_kept: int
    n_texts: int
    n_cached: int
    start_s: float
    encode_s: float
    heads_s: float
    readings_s: tuple[float, ...]
    stored: Stored

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.start_s + self.encode_s + self.heads_s

    def part(self, n: int) -> tuple[float, ...]:
        """Rough seconds of each of `n` jobs that encode a part of its texts, as a `Clock` takes them."""
        return (self.start_s, *(seconds / n for seconds in self.readings_s), 0.0)

    @property
    def after_parts(self) -> "JobPreview":
        """What is left of it then."""
        nothing = (0.0,) * len(self.readings_s)
        return replace(self, encode_s=self.encode_s - sum(self.readings_s), readings_s=nothing)


@dataclass(frozen=True)
class BuildPreview:
    """One checkpoint to be trained: on how many texts, whether the store has it, rough seconds, MB on disk.

    `turn`: builds of one turn wait for none of each other, and for all of earlier ones.
    """

    name: str
    n_texts: int
    is_stored: bool
    seconds: float
    disk_mb: float
    turn: int = 0


@dataclass(frozen=True)
class Preview:
    """Jobs, and for each cell that is stored under another key the first piece that differs.

    `imports_s`: until the first job can begin, where there is one; `page_s`: the plan, and the page after the last.
    """

    builds: tuple[BuildPreview, ...]
    jobs: tuple[JobPreview, ...]
    timings: Mapping[str, float]
    imports_s: float
    page_s: float
    reruns: Mapping[str, str]
    n_kept: int
    replaced: tuple[str, ...]
    device: str

    def in_parts(self, n_workers: int) -> dict[str, int]:
        """In how many parts the texts of a job are encoded, by its name; nothing where the store has no room for them.

        The longest jobs are encoded in parts, until so many workers share the others evenly.
        """
        found, left = dict[str, int](), sorted(self.jobs, key=lambda job: job.seconds, reverse=True)
        for job in list(left):
            seconds = [one.seconds for one in left]
            if makespan(seconds, n_workers) <= _UNEVEN * sum(seconds) / n_workers:
                break
            if (n := min(n_workers, self._most_parts(job))) > 1:
                found[job.name] = n
                left.remove(job)
        return found if found and storing.fits(self.stored) else {}

    def _most_parts(self, job: JobPreview) -> int:
        if self.device != "cpu":
            return (job.n_texts - job.n_cached) // PART_TEXTS
        return int(sum(job.readings_s) / PART_S)

    def makespan_s(self, n_workers: int) -> float:
        """Rough seconds until the run is done, its jobs shared by so many workers; what is timed is timed alone."""
        n_parts = self.in_parts(n_workers)
        turns = [[one.seconds for one in self.builds if one.turn == n] for n in {one.turn: 0 for one in self.builds}]
        parts = [sum(job.part(n)) for job in self.jobs for n in [n_parts.get(job.name, 0)] for _ in range(n)]
        jobs = [job.after_parts.seconds if job.name in n_parts else job.seconds for job in self.jobs]
        together = sum(makespan(sorted(wave, reverse=True), n_workers) for wave in (*turns, parts, jobs))
        return self.imports_s + together + sum(self.timings.values()) + self.page_s

    def clock(self, n_workers: int, n_parts: Mapping[str, int]) -> Clock:
        """What tells how long a run that has just begun still takes on so many workers."""
        return Clock(self.by_job(n_parts), self.page_s, n_workers=n_workers, alone=self.timings)

    @property
    def parts(self) -> dict[str, float]:
        """Rough seconds of the whole run, by what they are spent on."""
        return {
            "training": sum(build.seconds for build in self.builds),
            "encoding": sum(job.encode_s for job in self.jobs),
            "heads and scores": sum(job.heads_s for job in self.jobs),
            "timing": sum(self.timings.values()),
            "starting and the page": sum(job.start_s for job in self.jobs) + self.imports_s + self.page_s,
        }

    @property
    def stored(self) -> Stored:
        """What is added to the cache in all."""
        total = Stored()
        for job in self.jobs:
            total = total.plus(job.stored)
        return total

    def by_job(self, n_parts: Mapping[str, int]) -> dict[str, tuple[float, ...]]:
        """Rough seconds of every job that has something to do, by name in order, as a `Clock` takes them."""
        found: dict[str, tuple[float, ...]] = {build.name: (0.0, build.seconds) for build in self.builds}
        for job in self.jobs:
            n = n_parts.get(job.name, 0)
            found |= {part_name(job.name, Part(number, n)): job.part(n) for number in range(n)}
        for job in self.jobs:
            later = job.encode_s - sum(job.readings_s) + job.heads_s
            readings = (job.after_parts if job.name in n_parts else job).readings_s
            found[job.name] = (job.start_s, *readings, later)
        found |= {name: (seconds, 0.0) for name, seconds in self.timings.items()}
        return {name: parts for name, parts in found.items() if sum(parts)}
