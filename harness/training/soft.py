"""The objective of `distil-labels`: a teacher's probabilities of classes. Needs torch: import it late."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.numpy import load_file
from torch.nn.functional import kl_div, log_softmax, softmax

from harness.core.errors import EncoderError
from harness.encoders import EncoderFolder
from harness.encoders.files import read_json
from harness.encoders.forward import batch_of
from harness.training.classify import Classifier, linear_layer, n_dimensions, save_head
from harness.training.data import Row
from harness.training.objectives import Material, Objective


class ClassHead(NamedTuple):
    """The head of classes that a checkpoint was trained with: `weight` (k, d), `bias` (k,)."""

    classes: tuple[str, ...]
    weight: Any
    bias: Any


def head_of(teacher: EncoderFolder) -> ClassHead:
    """The head beside a teacher's weights. EncoderError where there is none."""
    folder = Path(teacher.path)
    if not (folder / "head.safetensors").is_file():
        raise EncoderError(
            f"teacher {teacher.name!r} has no head of classes, so it has no probabilities to teach. Name an encoder "
            f"whose last step is `classify`: {{name: taught, checkpoint: {teacher.name}, classify: {{on: TASK}}}}."
        )
    saved = load_file(folder / "head.safetensors")
    return ClassHead(tuple(read_json(folder / "head.json")["classes"]), saved["weight"], saved["bias"])


def softened(material: Material, vectors: Any, head: ClassHead, temperature: float) -> Objective:
    """Towards the classes that the teacher's head sees in its `vectors` (n, d), at a temperature (Hinton et al. 2015).

    The loss is that of the divergence from the teacher's probabilities, times the square of the temperature.
    """
    logits = torch.from_numpy(np.asarray(vectors, np.float32) @ head.weight.T + head.bias)
    targets = softmax(logits / temperature, dim=1).numpy()
    wide = n_dimensions(material)
    begun = (head.weight, head.bias) if head.weight.shape[1] == wide else None
    own = linear_layer(wide, len(head.classes), begun, material.seed)

    def loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        unlike = kl_div(log_softmax(found / temperature, dim=1), wanted, reduction="batchmean")
        return unlike * temperature**2

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        wanted = torch.from_numpy(np.stack([row.target for row in rows]))
        return {**batch_of([row.tokens for row in rows], material.pad_id), "labels": wanted}

    def metrics(found: Any, wanted: Any) -> Mapping[str, float]:
        same = (found.argmax(axis=1) == wanted.argmax(axis=1)).mean()
        return {"loss": float(loss(torch.from_numpy(found), torch.from_numpy(wanted))), "accuracy": float(same)}

    module = Classifier(material.encoder, material.pool, own, material.states, loss)
    save = partial(save_head, own, head.classes, 1.0, 0.0)
    return Objective(module, list(targets), collate, metrics, save, watch=lambda curve: [])
