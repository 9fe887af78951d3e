"""Several labels an item as questions of their own, yes or no: what a head for two classes makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.core.errors import DataError
from harness.modes import LinearHead, Predictor

#: The logit of a label that every item has.
_SURE = 40.0


def are(target: Any) -> bool:
    """Whether items (n,) have tuples of labels."""
    return len(target) > 0 and isinstance(target[0], tuple)


def names_of(target: Any) -> list[str]:
    """Every label of items (n,), each a tuple of them, in order. DataError where all items have the same ones."""
    if len(distinct := set(target)) < 2:
        told = ", ".join(map(repr, *distinct)) or "none"
        raise DataError(
            f"all {len(target)} training texts have the same labels ({told}), so there is nothing to tell apart. Raise "
            "max_samples.train, or leave the domain out."
        )
    return sorted({label for own in distinct for label in own})


def indicators(target: Any, names: Sequence[str]) -> Any:
    """(n, k): whether each item has each of these labels."""
    return np.array([[name in own for name in names] for own in map(set, target)], dtype=bool)


def columns(target: Any, names: Sequence[str]) -> Any:
    """The same as scikit-learn takes it: 0 and 1, (n, k), or (n,) of one label."""
    found = indicators(target, names).astype(int)
    return found[:, 0] if len(names) == 1 else found


def one_vs_rest(
    head: Callable[..., Predictor],
    vectors: Any,
    target: Any,
    rng: np.random.Generator,
    held_out: Any,
    clusters: Any = None,
) -> Predictor:
    """Each label by a linear head of two classes, `no` and `yes`, of its own; it is said above a probability of 1/2.

    A label that all items have is said of all. Arguments as `modes.head` says.
    """
    names, fits, is_converged = names_of(target), list[tuple[Any, Any]](), True
    beside = None if held_out is None else indicators(held_out[1], names)
    for place, column in enumerate(indicators(target, names).T):
        if column.all():
            fits.append((np.zeros(np.shape(vectors)[1]), _SURE))
            continue
        chosen_by = None if beside is None else (held_out[0], _said(beside[:, place]))
        made = head(vectors, _said(column), rng, held_out=chosen_by, clusters=clusters)
        assert isinstance(made.linear, LinearHead)
        fits.append((np.diff(made.linear.weight, axis=0)[0], np.diff(made.linear.bias)[0]))
        is_converged &= bool(made.facts["converged"])
    weights, bias = (np.array(part) for part in zip(*fits, strict=True))
    made = LinearHead(weights, bias, tuple(names), several=True).predictor()
    return replace(made, facts={"converged": is_converged})


def _said(column: Any) -> Any:
    return np.where(column, "yes", "no")
