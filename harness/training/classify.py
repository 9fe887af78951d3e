"""Objectives of a linear head: encoder, pooler and head, trained together. Needs torch: import it late."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
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

#: (logits (batch, k), numbers of classes, or numbers, (batch,)) -> the mean loss.
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
    head = _head_of(classes, material)

    def metrics(logits: Any, numbers: Any) -> Mapping[str, float]:
        mean = loss(torch.from_numpy(logits.astype(np.float64)), torch.from_numpy(numbers))
        return {"loss": float(mean), "accuracy": float((logits.argmax(axis=1) == numbers).mean())}

    module = Classifier(material.encoder, material.pool, head, material.states, loss)
    targets, save = [classes.index(label) for label in labels], partial(save_head, head, classes, 1.0, 0.0)
    return Objective(module, targets, partial(_collate, material.pad_id), metrics, save)


def labelling(material: Material, loss: Loss) -> Objective:
    """The objective of a linear head of which an item may have several classes; DataError where all have the same."""
    told = [tuple(own) for own in material.examples.labels or ()]
    if len({told[place] for place in material.learnt}) < 2:
        raise DataError(
            f"all {len(material.learnt)} texts to train on have the same labels; there is nothing to tell apart. Raise "
            "max_samples.train, or lower validation."
        )
    classes = tuple(sorted({label for own in told for label in own}))
    head = _head_of(classes, material)

    def metrics(logits: Any, wanted: Any) -> Mapping[str, float]:
        return {"loss": float(loss(torch.from_numpy(logits.astype(np.float64)), torch.from_numpy(wanted).double()))}

    module = Classifier(material.encoder, material.pool, head, material.states, loss)
    targets = [[float(name in own) for name in classes] for own in told]
    save = partial(save_head, head, classes, 1.0, 0.0, several=True)
    return Objective(module, targets, partial(_collate, material.pad_id), metrics, save)


def _head_of(classes: Sequence[str], material: Material) -> torch.nn.Linear:
    """The head of these classes that training begins with."""
    start = material.start
    order = [start.classes.index(name) for name in classes] if start else []
    begun = (np.asarray(start.weight)[order], np.asarray(start.bias)[order]) if start else None
    return linear_layer(n_dimensions(material), len(classes), begun, material.seed)


def regressing(material: Material, loss: Loss) -> Objective:
    """The objective of a linear head whose one output is a number, learnt by this loss; DataError where all are one.

    It learns numbers as deviations from their mean, in standard deviations, and is saved for numbers as they are.
    """
    numbers = np.asarray(material.examples.labels, dtype=np.float64)
    learnt = numbers[list(material.learnt)]
    mean, deviation = float(learnt.mean()), float(learnt.std())
    if deviation == 0:
        raise DataError(
            f"all {len(learnt)} texts to train on have the number {learnt[0]:g}; there is nothing to learn. "
            "Raise max_samples.train, or lower validation."
        )
    start = material.start
    begun = (np.asarray(start.weight) / deviation, (np.asarray(start.bias) - mean) / deviation) if start else None
    head = linear_layer(n_dimensions(material), 1, begun, material.seed)

    def of_numbers(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return loss(logits[:, 0], wanted)

    def metrics(logits: Any, wanted: Any) -> Mapping[str, float]:
        return {"loss": float(of_numbers(torch.from_numpy(logits.astype(np.float64)), torch.from_numpy(wanted)))}

    module = Classifier(material.encoder, material.pool, head, material.states, of_numbers)
    targets, save = ((numbers - mean) / deviation).tolist(), partial(save_head, head, (), deviation, mean)
    return Objective(module, targets, partial(_collate, material.pad_id), metrics, save)


def n_dimensions(material: Material) -> int:
    """Of what the pooler gives."""
    with torch.no_grad():
        states = material.states(material.encoder, batch_of([material.tokens[0]], material.pad_id))
        return int(material.pool(states).shape[-1])


def _collate(pad_id: int, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
    return {
        **batch_of([row.tokens for row in rows], pad_id),
        "labels": torch.tensor([row.target for row in rows]),
    }


def save_head(
    head: torch.nn.Linear, classes: Sequence[str], scale: float, shift: float, folder: Path, *, several: bool = False
) -> None:
    """The head as `LinearHead.read` reads it; its output times `scale`, plus `shift`, is what was asked for."""
    weight, bias = (tensor.detach().cpu().double() * scale for tensor in (head.weight, head.bias))
    tensors = {"weight": weight, "bias": bias + shift}
    save_file({name: one.float().contiguous() for name, one in tensors.items()}, folder / "head.safetensors")
    write_json(folder / "head.json", {"classes": classes} | ({"several": True} if several else {}))


def linear_layer(n_dimensions: int, n_outputs: int, start: tuple[Any, Any] | None, seed: int) -> torch.nn.Linear:
    """The head that training begins with: weight and bias of `start`, or small random weights of this seed."""
    head = torch.nn.Linear(n_dimensions, n_outputs)
    generator = torch.Generator().manual_seed(seed_of(seed, "head"))
    with torch.no_grad():
        if start is None:
            head.weight.normal_(std=_INITIAL_STD, generator=generator)
            head.bias.zero_()
        else:
            head.weight.copy_(torch.from_numpy(start[0]))
            head.bias.copy_(torch.from_numpy(start[1]))
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
