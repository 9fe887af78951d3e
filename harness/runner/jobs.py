"""What jobs are given; plain data, so that it can be sent to another process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import tasks
from harness.core.address import Address
from harness.core.corpus import Corpus
from harness.core.inputs import Input, Words
from harness.core.records import Backend, Cell, Checkpoint, Head, Pooling, Tokenization
from harness.encoders import EncoderFolder
from harness.suite.model import Choice


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all have: the cells that wait for it or that it scores, and an encoder but for the rows without one."""

    name: str
    encoder: EncoderFolder | None
    cells: tuple[Cell, ...] = ()
    n_threads: int


@dataclass(frozen=True, kw_only=True)
class Build(Job):
    """One checkpoint to be built of `encoder`, as a folder `out`; `address` is one of those that want it."""

    encoder: EncoderFolder
    checkpoint: Checkpoint
    address: Address
    out: Path
    backend: Backend
    device: str
    cache: Path | None


@dataclass(frozen=True, kw_only=True)
class BuildJob(Build):
    """A checkpoint built by the mode of its `head`; `start` is the head to begin with (None: a new one)."""

    head: Head
    start: Head | None
    tasks: Mapping[str, tasks.Task]

    @property
    def readings(self) -> Mapping[str, Tokenization]:
        """How it reads its examples, by field: the sides of an item by themselves, or as one input, the `text`."""
        told = self.head.checkpoint.lineage[-1].parameters
        return told["readings"] if "readings" in told else {"text": told["tokenization"]}


@dataclass(frozen=True, kw_only=True)
class StepJob(Build):
    """A checkpoint built by a step of a recipe; parameters of the step name the `teachers` and the `corpora`."""

    step: Choice
    teachers: Mapping[str, EncoderFolder]
    corpora: Mapping[str, Corpus]


@dataclass(frozen=True, kw_only=True)
class MeasureJob(Job):
    """One (checkpoint, backend) and all its cells; `backend` is None for the rows without an encoder.

    `reference` is the encoder whose reading defines slices; `readings` are how the suite's
    encoders of this checkpoint read by themselves. `cache` None means nothing is kept; a `private` job tells
    hashes of items, and no text.
    """

    backend: Backend | None
    device: str
    tasks: Mapping[str, tasks.Task]
    reference: EncoderFolder | None
    readings: tuple[Mapping[str, Tokenization], ...]
    cache: Path | None
    private: bool = False


@dataclass(frozen=True)
class Workload:
    """The texts of one task that are timed, read as `role`, and what rows without an encoder are fitted on."""

    task: str
    texts: tuple[Input, ...]
    train_texts: tuple[Input, ...]
    train_labels: tuple[str, ...] | None
    role: str = "text"

    @property
    def per(self) -> str:
        """What has a vector: a text, or each word of a list."""
        return "word" if isinstance(self.texts[0], Words) else "text"


@dataclass(frozen=True, kw_only=True)
class TimeJob(Job):
    """One subject, one replicate; `keys` names each line to be written, by scenario and task."""

    subject: str
    backend: Backend | None
    poolings: Mapping[str, Pooling]
    device: str
    workloads: tuple[Workload, ...]
    scenarios: tuple[str, ...]
    replicate: int
    order: int
    n_requests: int
    keys: Mapping[str, str]
