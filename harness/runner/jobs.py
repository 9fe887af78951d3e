"""What jobs are given: plain data that can be sent to another process, of references and no texts.

Which device, how many threads, where vectors and checkpoints are kept: that is the place's (`place.py`).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from harness import tasks
from harness.core.address import Address
from harness.core.records import Backend, Cell, Checkpoint, Head, Pooling, Split, Tokenization
from harness.core.user_files import Content
from harness.encoders import EncoderFolder
from harness.encoders.parts import Part
from harness.suite.model import Choice


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all have: the cells that wait for it or that it scores, and an encoder but for the rows without one.

    One that `is_alone` runs while no other does, with all threads of its machine.
    """

    is_alone: ClassVar[bool] = False
    name: str
    encoder: EncoderFolder | None
    cells: tuple[Cell, ...] = ()

    def rest(self, done: Set[str]) -> "Job":
        """What is left of it when these cells, or lines, are there."""
        return replace(self, cells=tuple(cell for cell in self.cells if cell.key not in done))


@dataclass(frozen=True, kw_only=True)
class Build(Job):
    """One checkpoint to be built of `encoder`; `address` is one of those that want it."""

    encoder: EncoderFolder
    checkpoint: Checkpoint
    address: Address
    backend: Backend
    tasks: Mapping[str, tasks.Task]

    @property
    def made_of(self) -> tuple[EncoderFolder, ...]:
        """The encoders that have to be there."""
        return (self.encoder,)


@dataclass(frozen=True, kw_only=True)
class BuildJob(Build):
    """A checkpoint built by the mode of its `head`; `start` is the head to begin with (None: a new one)."""

    head: Head
    start: Head | None

    @property
    def readings(self) -> Mapping[str, Tokenization]:
        """How it reads its examples, by field: the sides of an item by themselves, or as one input, the `text`."""
        told = self.head.checkpoint.lineage[-1].parameters
        return told["readings"] if "readings" in told else {"text": told["tokenization"]}


@dataclass(frozen=True)
class Texts:
    """Texts, as a suite calls them: of a task, with its labels where these are asked for, or of the file at `path`.

    `key` is their hash.
    """

    name: str
    path: Path | None
    key: str
    has_labels: bool = False


@dataclass(frozen=True, kw_only=True)
class StepJob(Build):
    """A checkpoint built by a step of a recipe; parameters of the step name the `teachers` and the `corpora`."""

    step: Choice
    teachers: Mapping[str, EncoderFolder]
    corpora: Mapping[str, Texts]

    @property
    def made_of(self) -> tuple[EncoderFolder, ...]:
        """The encoders that have to be there."""
        return (self.encoder, *self.teachers.values())


@dataclass(frozen=True, kw_only=True)
class ReadingJob(Job):
    """One (checkpoint, backend) and the cells whose texts it reads; `backend` is None for the rows without an encoder.

    `readings` are how the suite's encoders of this checkpoint read by themselves.
    """

    backend: Backend | None
    tasks: Mapping[str, tasks.Task]
    readings: tuple[Mapping[str, Tokenization], ...]

    @property
    def computed(self) -> tuple[str, str]:
        """Whose vectors these are, by keys."""
        assert self.encoder is not None
        assert self.backend is not None
        return self.encoder.checkpoint.key, self.backend.key


@dataclass(frozen=True, kw_only=True)
class EncodeJob(ReadingJob):
    """A part of the texts that a measure job will read, for the store that it looks into first."""

    part: Part


@dataclass(frozen=True, kw_only=True)
class MeasureJob(ReadingJob):
    """All cells of one (checkpoint, backend).

    `reference` is the encoder whose reading defines slices. A `private` job tells hashes of items, and no text.
    """

    reference: EncoderFolder | None
    private: bool = False


def part_name(job: str, part: Part) -> str:
    """What the job is called that encodes a part for another."""
    return f"{job}, {part}"


@dataclass(frozen=True)
class Workload:
    """What is timed of one task, read as `role`: the texts of its test sides `test`, or `requests` in their place.

    Rows without an encoder are fitted on the training side, on the test sides where there is none. `per` is what has a
    vector: a text, or each word of a list. `name` stands in lines.
    """

    name: str
    task: str
    test: tuple[Split, ...]
    train: Split | None
    role: str = "text"
    per: str = "text"
    requests: Content | None = None


@dataclass(frozen=True, kw_only=True)
class TimeJob(Job):
    """One subject, one replicate; `keys` names each line to be written, by scenario and task."""

    is_alone: ClassVar[bool] = True
    subject: str
    backend: Backend | None
    poolings: Mapping[str, Pooling]
    tasks: Mapping[str, tasks.Task]
    workloads: tuple[Workload, ...]
    scenarios: tuple[str, ...]
    replicate: int
    order: int
    n_requests: int
    keys: Mapping[str, str]

    def rest(self, done: Set[str]) -> "TimeJob":
        """What is left of it when these lines are there."""
        return replace(self, keys={line: key for line, key in self.keys.items() if key not in done})
