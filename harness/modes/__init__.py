"""Modes: how an encoder is put to use. Probe heads, fine-tuning, zero-shot, and the rows that need no encoder."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.core.registry import component

F = TypeVar("F", bound=Callable[..., Any])

#: `@mode(name, targets=(…), needs_train=(…))` above `(features, target, rng, *, …) -> Predictor` makes it a mode for
#: tasks of these targets (`tasks.kinds.Target`). It learns where the target is one of `needs_train`; elsewhere
#: it is called with None for features and target. Resources: `heads`, which gives the function of a head by what a
#: suite says; `held_out`, the (features, target) of a validation side, or None. `builds=True`: it trains a checkpoint.
mode = partial(component, "mode")
#: `@head(name, targets=(…))` above `(vectors (n, d), target (n,), rng, *, …) -> Predictor`: what a probe fits.
#: Resources: `held_out`, as a mode has it; `clusters`, (n,) names of what stays in one inner fold. `probability=True`:
#: its scores are probabilities. `work`: (n, d, n_classes, parameters) -> billions of operations; by default those of
#: Newton's method.
head = partial(component, "head")
#: `@baseline(name, targets=(…), needs_train=(…))`: a row without an encoder, called as a mode is: features are texts.
#: `timed`: where it takes time worth knowing, a function (training texts, labels or None) -> (features of texts,
#: prediction of features or None), what is timed of it.
baseline = partial(component, "baseline")


def protocol(
    name: str,
    *,
    targets: tuple[str, ...],
    instead_of: tuple[str, ...] = (),
    crosses: bool = False,
    is_seeded: bool = True,
    **facts: Any,
) -> Callable[[F], F]:
    """Above `(learnt: Learnt, rng, *, …) -> Predictor` (`modes/protocols.py`): what a probe is fitted on, and how.

    `instead_of`: parameters of the probe that it decides itself. `crosses`: where no test side is given, each text is
    tested by a head that was fitted on others. With a parameter `draws` it is called so often, with the number of the
    draw; `is_seeded`: numbers go on from the suite's seed, else from 0. `work` and `probability` as of a head.
    """
    facts |= {"targets": targets, "instead_of": instead_of, "crosses": crosses, "is_seeded": is_seeded}
    return component("protocol", name, **facts)


@dataclass(frozen=True)
class Predictor:
    """What was fitted, or needs no fit: each does what it can.

    predict: features -> (predicted values (n,), scores (n,)); where an item has several of `labels`, which of these it
    has (n, k), and how sure it is of each (n, k). compare: (one side, the other) of n pairs -> similarity
    (n,). rank: (queries, documents, depth, sought) -> (order, similarity), both (n_queries, depth), best first; with
    the places of documents that are `sought` for each query, not None, a third: their ranks among all, from 1. Where
    each query has its own documents their places are a fifth argument, `among`; see `zero_shot.within`.
    group: (features, k) -> the cluster of each, (n, n_starts), of k.
    `facts` go into the cell (chosen C, converged …). `linear` is the same head as plain weights, where it has any,
    `written` the same as arrays with what to do with them, where it is something else.
    crossed: what `predict` does, for the very items that were learnt from, in their order, each by a head that has not
    learnt from it.
    """

    predict: Callable[[Any], tuple[Any, Any]] | None = None
    compare: Callable[[Any, Any], Any] | None = None
    rank: Callable[..., tuple[Any, ...]] | None = None
    group: Callable[[Any, int], Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    linear: "LinearHead | None" = None
    written: "Written | None" = None
    crossed: Callable[[Any], tuple[Any, Any]] | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A head as it is exported: arrays by name, classes in order (none: a number), and lines of numpy that use them.

    The lines find `vectors` (n, d) in float64, `head`, the arrays by name, and `classes`, an array; `says` (n,) is what
    they leave: what `predict` gives.
    """

    arrays: Mapping[str, Any]
    classes: tuple[str, ...]
    lines: str


@dataclass(frozen=True)
class LinearHead:
    """Logits of `classes`, in order: vectors (n, d) times `weight` (k, d) transposed, plus `bias` (k,).

    Without classes there is one output, which is a number. With `several` an item may have any of the classes: each is
    said above a probability of 1/2.
    """

    weight: Any
    bias: Any
    classes: tuple[str, ...]
    several: bool = False

    def predictor(self) -> Predictor:
        """The head at work: the likeliest class, and its probability by softmax; or the number. In float64.

        Of several classes an item: which it has (n, k), and the probability of each (n, k).
        """
        names = np.array(self.classes)

        def predict(vectors: Any) -> tuple[Any, Any]:
            logits = np.asarray(vectors, np.float64) @ np.asarray(self.weight, np.float64).T + self.bias
            if not self.classes:
                return logits[:, 0], logits[:, 0]
            if self.several:
                return logits > 0, 1 / (1 + np.exp(-np.maximum(logits, -500)))
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            return names[logits.argmax(axis=1)], shares.max(axis=1) / shares.sum(axis=1)

        return Predictor(predict, linear=self, labels=self.classes if self.several else ())

    @property
    def written(self) -> Written:
        """As it is exported, in float32."""
        logits = 'vectors @ head["weight"].T + head["bias"]'
        lines = f"says = classes[({logits}).argmax(axis=1)]"
        if not self.classes:
            lines = f"says = ({logits})[:, 0]"
        elif self.several:
            lines = f"says = [classes[one > 0] for one in {logits}]"
        arrays = {"weight": np.asarray(self.weight, np.float32), "bias": np.asarray(self.bias, np.float32)}
        return Written(arrays, self.classes, lines)

    @classmethod
    def read(cls, folder: Path) -> "LinearHead":
        """The head that a fine-tuned checkpoint carries: `head.safetensors`, and its classes in `head.json`."""
        from safetensors.numpy import load_file

        tensors = load_file(folder / "head.safetensors")
        told = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        return cls(tensors["weight"], tensors["bias"], tuple(told["classes"]), bool(told.get("several")))
