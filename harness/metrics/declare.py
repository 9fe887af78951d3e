"""The decorator that makes a function a metric."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.core.data import Outcomes
from harness.core.registry import component

Floats = NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., Floats])


def metric(
    name: str,
    *,
    version: int = 1,
    label: str,
    columns: Callable[[Outcomes], Floats],
    form: Literal["sums", "items"] = "sums",
    higher_is_better: bool = True,
    unit: str,
    range: tuple[float, float] = (0.0, 1.0),
    chance: Callable[..., float],
    test: Literal["sign-flip", "bootstrap"] = "bootstrap",
    targets: tuple[str, ...],
    **facts: Any,
) -> Callable[[F], F]:
    """Make a function a metric. `columns` gives what it looks at, (n_items, k): one bootstrap serves all metrics.

    `form` says what the function takes. `sums`: sums of the columns, (..., k) to values (...,). `items`, for what is no
    function of sums: the columns and weights (R, n_items) to values (R,); an item of weight 2 counts as two.
    `chance` is the score of a predictor that knows nothing: `(outcomes)` of one that always says the commonest class,
    for a search `(grades of each query's answers, n_documents)` of one that puts documents in a random order. `test` is
    the paired test that fits: `sign-flip` where the metric is the mean of column 0, else `bootstrap`. A fact `biased`
    says of a metric of items that an item drawn twice raises or lowers it (`stats.OfItems`).
    """
    facts |= {"label": label, "columns": columns, "form": form, "higher_is_better": higher_is_better, "unit": unit}
    facts |= {"range": range, "chance": chance, "test": test, "targets": targets}
    return component("metric", name, version=version, **facts)


def ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, elementwise; NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))
