"""What the loop is told about an objective: everything that tells one from another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from harness.training.data import Row


@dataclass(frozen=True)
class Objective:
    """What is trained, and towards what.

    `module(**batch)` gives {"loss": scalar, "logits": …}; its part named `encoder` trains at `encoder_lr`, the rest
    at `head_lr`. `collate` makes a batch of rows, with `input_ids`, `attention_mask` and `labels`. `metrics` takes
    the logits and labels of all held-out rows and gives at least `loss`, by which epochs are compared.
    """

    module: torch.nn.Module
    collate: Callable[[Sequence[Row]], dict[str, torch.Tensor]]
    metrics: Callable[[Any, Any], Mapping[str, float]]
