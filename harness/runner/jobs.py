"""What jobs are given; plain data, so that it can be sent to another process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import tasks
from harness.core.records import Address, Backend, Cell, Checkpoint, Head, Tokenization
from harness.encoders import EncoderFolder
from harness.suite.model import Choice


@dataclass(frozen=True)
class BuildJob:
    """One checkpoint to be built, by the mode of its `head`, and the cells that wait for it.

    `encoder` is what it is built from, `start` the head to begin with (None: a new one), `address` one of those that
    want it. It ends as a folder `out`.
    """

    name: str
    encoder: EncoderFolder
    backend: Backend
    device: str
    head: Head
    start: Head | None
    address: Address
    cells: tuple[Cell, ...]
    tasks: Mapping[str, tasks.Task]
    out: Path
    cache: Path | None
    n_threads: int

    @property
    def checkpoint(self) -> Checkpoint:
        """What is built."""
        return self.head.checkpoint


@dataclass(frozen=True)
class StepJob:
    """One checkpoint to be built of `encoder` by a step of a recipe, and the cells that wait for it.

    `teachers` are the encoders that parameters of the step name, `address` says whose recipe it is. It ends as a
    folder `out`.
    """

    name: str
    encoder: EncoderFolder
    step: Choice
    teachers: Mapping[str, EncoderFolder]
    checkpoint: Checkpoint
    address: Address
    cells: tuple[Cell, ...]
    out: Path
    n_threads: int


@dataclass(frozen=True)
class MeasureJob:
    """One (checkpoint, backend) and all its cells; `encoder` is None for the rows without one.

    `backend` is None there too. `reference` is the encoder whose reading defines slices; `readings` are how the suite's
    encoders of this checkpoint read by themselves. `cache` None means nothing is kept; a `private` job tells
    hashes of items, and no text.
    """

    name: str
    encoder: EncoderFolder | None
    backend: Backend | None
    device: str
    cells: tuple[Cell, ...]
    tasks: Mapping[str, tasks.Task]
    reference: EncoderFolder | None
    readings: tuple[Mapping[str, Tokenization], ...]
    cache: Path | None
    n_threads: int
    private: bool = False
