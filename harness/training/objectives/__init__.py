"""Objectives: what a training learns towards, a function each. Light to import: torch comes in when one is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.data import Examples, TokenStates
from harness.core.registry import component
from harness.encoders.tokens import Tokens

if TYPE_CHECKING:
    import torch

    from harness.training.data import Row

#: `@objective(name, targets=(…))` above `(material, *, …) -> Objective` makes it one for tasks of these targets. With
#: `joint=False` it reads each side of an item by itself, and trains vectors, not a head.
objective = partial(component, "objective", joint=True)


@dataclass(frozen=True)
class Material:
    """What an objective is made from: the encoder, what it reads of each example, and how that is pooled.

    `read` is by the name of a field of the examples. `states(encoder, batch)` gives the hidden states of a batch as
    `batch_of` makes it, `pool` makes (batch, d) of them, differentiable. `learnt` are the places of the examples that
    are not held out. `start` is the head to begin with, `seed` that of first weights.
    """

    encoder: Any
    states: Callable[..., TokenStates]
    pool: Callable[[TokenStates], Any]
    examples: Examples
    read: Mapping[str, Sequence[Tokens]]
    learnt: Sequence[int]
    pad_id: int
    start: Any
    seed: int

    @property
    def tokens(self) -> Sequence[Tokens]:
        """Of the field that is read, or the first of them."""
        return next(iter(self.read.values()))


@dataclass(frozen=True)
class Objective:
    """What is trained, and towards what.

    `module(**batch)` gives {"loss": scalar, "logits": …}; its part named `encoder` trains at `encoder_lr`, the rest
    at `head_lr`. `targets` has what is asked of each example, `together` what of it is read at once where that is
    several inputs (None: its windows, each by itself). `collate` makes a batch of rows, with `input_ids`,
    `attention_mask` and `labels`. `metrics` takes the logits and labels of all held-out rows and gives at least `loss`,
    by which epochs are compared. `watch` is there where the held-out rows are looked at before the first step too; it
    takes the curve and gives sentences that warn. `save` writes what was trained beside the encoder into the folder of
    the checkpoint.
    """

    module: torch.nn.Module
    targets: Sequence[Any]
    collate: Callable[[Sequence[Row]], dict[str, torch.Tensor]]
    metrics: Callable[[Any, Any], Mapping[str, float]]
    save: Callable[[Path], None] = lambda folder: None
    together: Sequence[tuple[Tokens, ...]] | None = None
    watch: Callable[[Sequence[Mapping[str, float]]], list[str]] | None = None
