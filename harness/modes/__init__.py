"""Modes: how an encoder is put to use. Probe heads, fine-tuning, zero-shot, and the rows that need no encoder."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.registry import component

#: `@mode(name, targets=(…), needs_train=(…))` above `(features, target, rng, *, …) -> Predictor` makes it a mode for
#: tasks of these targets (`class`, `number`, `relevant`, `tags`). It learns where the target is one of `needs_train`;
#: elsewhere it is called with None for features and target. Resources: `heads`, which gives the function of a head by
#: what a suite says; `held_out`, the (features, target) of a validation side, or None. `builds=True`: it trains a
#: checkpoint.
mode = partial(component, "mode")
#: `@head(name, targets=(…))` above `(vectors (n, d), target (n,), rng, *, …) -> Predictor`: what a probe fits.
head = partial(component, "head")
#: `@baseline(name, targets=(…), needs_train=(…))`: a row without an encoder, called as a mode is: features are texts.
#: `timed`: where it takes time worth knowing, a function (training texts, labels or None) -> (features of texts,
#: prediction of features or None), what is timed of it.
baseline = partial(component, "baseline")


@dataclass(frozen=True)
class Predictor:
    """What was fitted, or needs no fit: each does what it can.

    predict: features -> (predicted values (n,), scores (n,)). compare: (one side, the other) of n pairs -> similarity
    (n,). rank: (queries, documents, depth, sought) -> (order, similarity), both (n_queries, depth), best first; with
    the places of documents that are `sought` for each query, not None, a third: their ranks among all, from 1.
    `facts` go into the cell (chosen C, converged …). `linear` is the same head as plain weights, where it has any.
    """

    predict: Callable[[Any], tuple[Any, Any]] | None = None
    compare: Callable[[Any, Any], Any] | None = None
    rank: Callable[[Any, Any, int, Any], tuple[Any, ...]] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    linear: "LinearHead | None" = None


@dataclass(frozen=True)
class LinearHead:
    """Logits of `classes`, in order: vectors (n, d) times `weight` (k, d) transposed, plus `bias` (k,).

    Without classes there is one output, which is a number.
    """

    weight: Any
    bias: Any
    classes: tuple[str, ...]

    def predictor(self) -> Predictor:
        """The head at work: the likeliest class, and its probability by softmax; or the number. In float64."""
        names = np.array(self.classes)

        def predict(vectors: Any) -> tuple[Any, Any]:
            logits = np.asarray(vectors, np.float64) @ np.asarray(self.weight, np.float64).T + self.bias
            if not self.classes:
                return logits[:, 0], logits[:, 0]
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
