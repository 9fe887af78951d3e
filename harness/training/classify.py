"""Objectives of classes: encoder, pooler and a linear head, trained together. Needs torch: import it late."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from harness.core.data import TokenStates
from harness.core.errors import DataError
from harness.core.seeds import seed_of
from harness.encoders.forward import batch_of, token_states
from harness.training.checkpoint import write_json
from harness.training.data import Row
from harness.training.objectives import Material, Objective

#: (logits (batch, k), numbers of classes (batch,)) -> the mean loss.
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
_INITIAL_STD = 0.02  # as transformers initialises heads


class Classifier(torch.nn.Module):
    """Inputs -> {"logits": (batch, k), or one more a word, and the mean loss as "loss" where labels are given}."""

    accepts_loss_kwargs = False  # Trainer takes `**` for a wish to be told of accumulation

    def __init__(
        self,
        encoder: torch.nn.Module,
        pool: Callable[[TokenStates], Any],
        head: torch.nn.Linear,
        states: Callable[..., TokenStates] = token_states,
        loss: Loss = torch.nn.functional.cross_entropy,
    ) -> None:
        super().__init__()
        self.encoder, self.head, self._pool, self._states, self._loss = encoder, head, pool, states, loss

    def forward(self, labels: torch.Tensor | None = None, **batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """`batch` as `batch_of` makes it; labels (batch,). Pooled and classified in fp32 always."""
        states = self._states(self.encoder, batch)
        with torch.autocast(states.hidden.device.type, enabled=False):
            logits = self.head(self._pool(states))
            return {"logits": logits} if labels is None else {"loss": self._loss(logits, labels), "logits": logits}


def classifying(material: Material, loss: Loss) -> Objective:
    """The objective of a linear head whose classes are learnt by this loss. DataError where there is one to learn."""
    labels = material.examples.labels
    assert labels is not None
    classes = tuple(sorted(set(labels)))
    _check_classes(material, labels)
    with torch.no_grad():
        states = material.states(material.encoder, batch_of([material.tokens[0]], material.pad_id))
        n_dimensions = material.pool(states).shape[-1]
    head = linear_layer(n_dimensions, classes, material.start, material.seed)

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        numbers = torch.tensor([row.target for row in rows])
        return {**batch_of([row.tokens for row in rows], material.pad_id), "labels": numbers}

    def metrics(logits: Any, numbers: Any) -> Mapping[str, float]:
        mean = loss(torch.from_numpy(logits.astype(np.float64)), torch.from_numpy(numbers))
        return {"loss": float(mean), "accuracy": float((logits.argmax(axis=1) == numbers).mean())}

    module = Classifier(material.encoder, material.pool, head, material.states, loss)
    return Objective(module, [classes.index(label) for label in labels], collate, metrics, head_saver(head, classes))


def head_saver(head: torch.nn.Linear, classes: Sequence[str]) -> Callable[[Path], None]:
    """What writes a head and its classes into the folder of a checkpoint."""

    def save(folder: Path) -> None:
        tensors = {name: weight.detach().cpu().contiguous() for name, weight in head.named_parameters()}
        save_file(tensors, folder / "head.safetensors")
        write_json(folder / "head.json", {"classes": classes})

    return save


def linear_layer(n_dimensions: int, classes: Sequence[str], start: Any, seed: int) -> torch.nn.Linear:
    """The head that training begins with: `start`, or small random weights of this seed."""
    head = torch.nn.Linear(n_dimensions, len(classes))
    generator = torch.Generator().manual_seed(seed_of(seed, "head"))
    with torch.no_grad():
        if start is None:
            head.weight.normal_(std=_INITIAL_STD, generator=generator)
            head.bias.zero_()
        else:
            order = [start.classes.index(name) for name in classes]
            head.weight.copy_(torch.from_numpy(np.asarray(start.weight)[order]))
            head.bias.copy_(torch.from_numpy(np.asarray(start.bias)[order]))
    return head


def _check_classes(material: Material, labels: Sequence[str]) -> None:
    left = {labels[place] for place in material.learnt}
    if len(left) < 2:
        n_held_out = len(labels) - len(material.learnt)
        held_out = f", {n_held_out} held out," if n_held_out else ""
        raise DataError(
            f"all {len(material.learnt)} texts to train on{held_out} have the label {min(left)!r}; a classifier "
            "needs two classes. Raise max_samples.train, or lower validation."
        )
