"""What a measure job is given; plain data, so that it can be sent to another process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import tasks
from harness.core.records import Backend, Cell, Tokenization
from harness.encoders import EncoderFolder


@dataclass(frozen=True)
class MeasureJob:
    """One (checkpoint, backend) and all its cells; `encoder` is None for the rows without one.

    `reference` is the encoder whose reading defines slices; `readings` are how the suite's encoders read by
    themselves, by name. `cache` None means nothing is kept.
    """

    name: str
    encoder: EncoderFolder | None
    backend: Backend
    device: str
    cells: tuple[Cell, ...]
    tasks: Mapping[str, tasks.Task]
    reference: EncoderFolder | None
    readings: Mapping[str, Tokenization]
    cache: Path | None
    n_threads: int
