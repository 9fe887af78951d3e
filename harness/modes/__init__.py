"""Modes: how an encoder is put to use. Probe heads, zero-shot, and the rows that need no encoder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

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

    `facts` go into the cell (chosen C, converged …).
    """

    predict: Callable[[Any], tuple[Any, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
