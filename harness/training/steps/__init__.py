"""Steps of recipes that train. One a file, each a `@step(…, builds=True, trains=True)` that gives a `Lesson`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.inputs import Input
from harness.encoders import EncoderFolder
from harness.training.job import TrainingJob


@dataclass(frozen=True)
class Lesson:
    """What is learnt from: texts, and where there is a teacher the vectors that it has of them, by its own pooling.

    `training(vectors, pool, lineage)` is the training, for vectors (n, d) of the texts in order (None: no teacher);
    `pool` is the pooler of this name, as `TrainingJob` has it.
    """

    texts: Sequence[Input]
    teacher: EncoderFolder | None
    pooler: str
    training: Callable[[Any, Callable[..., Any], Any], TrainingJob]
