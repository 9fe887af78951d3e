"""Modes: how an encoder is put to use. Probe heads, fine-tuning, zero-shot, and the rows that need no encoder."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.registry import component

#: `@mode(name, applies_to=(…), needs_train=…)` above a function makes it a mode.
mode = partial(component, "mode")
#: `@head(name)`: a probe head, `(vectors (n, d), labels, rng, *) -> Predictor`.
head = partial(component, "head")
#: `@baseline(name, applies_to=(…))`: a row without an encoder.
baseline = partial(component, "baseline")


@dataclass(frozen=True)
class Predictor:
    """A fitted head. `predict` maps inputs to (predicted labels, scores), one each an input.

    `facts` go into the cell (chosen C, converged …). `linear` is the same head as plain weights, where it has any.
    """

    predict: Callable[[Any], tuple[Any, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    linear: "LinearHead | None" = None


@dataclass(frozen=True)
class LinearHead:
    """Logits of `classes`, in order: vectors (n, d) times `weight` (k, d) transposed, plus `bias` (k,)."""

    weight: Any
    bias: Any
    classes: tuple[str, ...]

    def predictor(self) -> Predictor:
        """The head at work: the likeliest class, and its probability by softmax, in float64."""
        names = np.array(self.classes)

        def predict(vectors: Any) -> tuple[Any, Any]:
            logits = np.asarray(vectors, np.float64) @ np.asarray(self.weight, np.float64).T + self.bias
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            return names[logits.argmax(axis=1)], shares.max(axis=1) / shares.sum(axis=1)

        return Predictor(predict, linear=self)

    @classmethod
    def read(cls, folder: Path) -> "LinearHead":
        """The head that a fine-tuned checkpoint carries: `head.safetensors`, and its classes in `head.json`."""
        from safetensors.numpy import load_file

        tensors = load_file(folder / "head.safetensors")
        names = json.loads((folder / "head.json").read_text(encoding="utf-8"))["classes"]
        return cls(tensors["weight"], tensors["bias"], tuple(names))
