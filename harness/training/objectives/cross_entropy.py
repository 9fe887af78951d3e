"""Classes by likelihood."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Interval

from harness.training.objectives import Material, Objective, objective

if TYPE_CHECKING:
    import torch


@objective("cross-entropy", targets=("class",))
def cross_entropy(
    material: Material,
    *,
    class_weights: Literal["none", "balanced"] = "none",
    label_smoothing: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
) -> Objective:
    """The mean cross-entropy of a linear head's classes.

    `class_weights: balanced` lets each class count alike, however many texts it has: n / (classes · texts of it), as
    in scikit-learn. `label_smoothing`: the share of a label that all classes have alike (Szegedy et al. 2016).
    """
    import torch
    from torch.nn import functional

    from harness.training.classify import classifying

    labels, counts = material.examples.labels or (), Counter[Any]()
    counts.update(labels[place] for place in material.learnt)
    shares = [len(material.learnt) / (len(counts) * max(1, counts[label])) for label in sorted(set(labels))]

    def loss(logits: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        weights = torch.tensor(shares).to(logits) if class_weights == "balanced" else None
        return functional.cross_entropy(logits, numbers, weights, label_smoothing=label_smoothing)

    return classifying(material, loss)
