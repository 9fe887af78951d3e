"""Do two scorings put systems in the same order? And what a curve of losses adds up to."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.stats.resample import Floats

#: Scores that differ by no more than rounding are ties.
_TIED = 1e-12


def kendall(a: Floats, b: Floats) -> Floats:
    """Kendall's tau-b of two scorings of k systems, (..., k) to (...,): 1 the same order, -1 the reverse.

    (C - D) / sqrt((P - A) (P - B)): of the P pairs of systems C stand in the same order in both, D in the other one, A
    are ties in a and B in b. NaN where one side has nothing but ties. Kendall 1945, doi:10.1093/biomet/33.3.239; equal
    to scipy's `kendalltau`.
    """
    i, j = np.triu_indices(np.shape(a)[-1], 1)
    first, second = (_signs(np.asarray(x, dtype=np.float64), i, j) for x in (a, b))
    rooms = np.sqrt(np.abs(first).sum(axis=-1) * np.abs(second).sum(axis=-1))
    agree = (first * second).sum(axis=-1)
    return np.asarray(np.divide(agree, rooms, out=np.full(np.shape(agree), np.nan), where=rooms > 0))


def _signs(scores: Floats, i: Any, j: Any) -> Floats:
    """Which of two systems is ahead, for all pairs: 1, -1, 0 for a tie, NaN where one has no score."""
    apart = scores[..., i] - scores[..., j]
    return np.asarray(np.where(np.abs(apart) <= _TIED, 0.0, np.sign(apart)))


def mean_height(places: Sequence[float], heights: Floats) -> Floats:
    """The area under a line through points, over the range of their places: (..., S) to (...,).

    `places` (S,) rise, at least two. By the trapezoidal rule: sum of (x[i + 1] - x[i]) (y[i] + y[i + 1]) / 2, over
    x[S] - x[1]. So it has the unit of the heights, and two curves over other ranges can be read side by side.
    """
    x, y = np.asarray(places, dtype=np.float64), np.asarray(heights, dtype=np.float64)
    return np.asarray((np.diff(x) * (y[..., :-1] + y[..., 1:]) / 2).sum(axis=-1) / (x[-1] - x[0]))
