"""What a training is given: plain data, known before torch is imported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.core.data import Examples, TokenStates
from harness.core.errors import EncoderError
from harness.core.events import Event
from harness.core.records import Tokenization
from harness.encoders import EncoderFolder
from harness.training.objectives import Objective


@dataclass(frozen=True)
class Recipe:
    """How to train: the parameters of the mode `finetune`, which documents them, with `precision` resolved.

    `evaluations`: how often an epoch the held-out rows are looked at.
    """

    epochs: float
    batch_size: int
    encoder_lr: float
    head_lr: float
    layer_decay: float
    freeze: float | str
    lora: int
    warmup: float
    weight_decay: float
    validation: float
    patience: int
    precision: str
    batches: str = "texts"
    evaluations: int = 1

    @property
    def frozen(self) -> float:
        """The share of the layers that stay as they are."""
        return 0.0 if isinstance(self.freeze, str) else self.freeze

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Recipe":
        """The recipe among a step's parameters."""
        return cls(**{field.name: parameters[field.name] for field in fields(cls) if field.name in parameters})


@dataclass(frozen=True)
class TrainingJob:
    """What to train from what, on what, and how.

    `objective`: Material -> Objective. `readings`: how each field of the examples is read that the encoder reads, by
    name. `pool`: TokenStates -> (batch, d), differentiable, of the layers `layers`. `start`: the head to begin with
    (its `classes`, their `weight` (k, d) and `bias` (k,)), else a small random one. `lineage` is kept beside the
    weights as it is.
    """

    base: EncoderFolder
    examples: Examples
    objective: Callable[..., Objective]
    readings: Mapping[str, Tokenization]
    pool: Callable[[TokenStates], Any]
    recipe: Recipe
    seed: int
    start: Any
    lineage: Any
    layers: tuple[int, ...] = (-1,)


@dataclass(frozen=True)
class Where:
    """Where a training runs, where its result goes, and whom it tells of its steps.

    `before` are the numbers of threads that it was done with before it was killed.
    """

    device: str
    n_threads: int
    out: Path
    tell: Callable[[Event], None]
    before: tuple[int, ...] = ()

    @property
    def threads(self) -> tuple[int, ...]:
        """The numbers of threads it was done with so far, each change of them once."""
        return self.before if self.before[-1:] == (self.n_threads,) else (*self.before, self.n_threads)

    @property
    def work(self) -> Path:
        """What is needed to go on after a kill, while the training lasts."""
        return work_of(self.out)


def work_of(out: Path) -> Path:
    """Where a training that ends as `out` keeps what it saves on the way."""
    return out.with_name(out.name + ".work")


def resolve_precision(precision: str, device: str) -> str:
    """`auto` becomes `bf16` on a GPU that has it, else `fp32`. EncoderError where bf16 is asked of a GPU without it."""
    if device == "cpu" or precision == "fp32":
        return "fp32" if precision == "auto" else precision
    import torch

    has_it = torch.cuda.get_device_capability(device)[0] >= 8  # older ones only emulate it
    if precision == "bf16" and not has_it:
        raise EncoderError(f"precision 'bf16': device {device} does not compute in bf16; use auto or fp32.")
    return "bf16" if has_it else "fp32"
