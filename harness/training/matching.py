"""The objective of distillation: an encoder's pooled vectors beside its teacher's. Needs torch: import it late."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.encoders.forward import batch_of
from harness.training.data import Row
from harness.training.objectives import Material, Objective


class Pupil(torch.nn.Module):
    """Inputs -> {"logits": vectors (batch, d), and 1 − cosine to the teacher's as "loss" where `labels` has them}."""

    accepts_loss_kwargs = False  # Trainer takes `**` for a wish to be told of accumulation

    def __init__(self, material: Material) -> None:
        super().__init__()
        self.encoder, self._states, self._pool = material.encoder, material.states, material.pool
        for part in self.encoder.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0  # a few hundred steps towards a fixed target have nothing to overfit

    def forward(self, labels: torch.Tensor | None = None, **batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """`batch` as `batch_of` makes it; labels (batch, d). Pooled and compared in fp32 always."""
        states: TokenStates = self._states(self.encoder, batch)
        with torch.autocast(states.hidden.device.type, enabled=False):
            vectors = self._pool(states)
            if labels is None:
                return {"logits": vectors}
            return {"loss": (1 - torch.cosine_similarity(vectors, labels)).mean(), "logits": vectors}


def matching(material: Material, vectors: Any) -> Objective:
    """Towards the teacher's `vectors` (n, d), of the examples in order. EncoderError where d is another."""
    with torch.no_grad():
        batch = batch_of([material.tokens[0]], material.pad_id)
        own = material.pool(material.states(material.encoder, batch)).shape[-1]
    if own != vectors.shape[1]:
        raise EncoderError(
            f"the student's vectors have {own} dimensions, the teacher's {vectors.shape[1]}. Begin with an encoder "
            "that is as wide as the teacher, or take another teacher."
        )

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        targets = torch.from_numpy(np.stack([row.target for row in rows]).astype(np.float32))
        return {**batch_of([row.tokens for row in rows], material.pad_id), "labels": targets}

    def metrics(found: Any, wanted: Any) -> Mapping[str, float]:
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
        return {"loss": float(np.mean(1 - (found * wanted).sum(axis=1) / lengths))}

    return Objective(Pupil(material), list(vectors), collate, metrics)
