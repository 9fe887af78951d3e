"""How well a linear model tells two sets of vectors apart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_FOLDS = 5
#: The weight of the ridge, in units of the mean squared length of a standardised vector.
_RIDGE = 1.0


#: Vectors (n, d), and the cluster of each.
Set = tuple[NDArray[Any], Sequence[str]]


def told_apart(left: Set, right: Set, rng: np.random.Generator) -> float | None:
    """The share of the vectors of two sets that a linear model of the others puts on the right side; chance is 0.5.

    Cross-validated ridge regression on the side, over all vectors standardised. A cluster of a set is in one fold as a
    whole, so that nothing is told by texts of the same document. None where a set has fewer clusters than folds.
    From it follows the proxy A-distance, 2 (1 − 2 error) (Ben-David et al. 2007, Analysis of representations for domain
    adaptation).
    """
    if min(len(set(clusters)) for _, clusters in (left, right)) < N_FOLDS:
        return None
    vectors = np.concatenate([left[0], right[0]]).astype(np.float64)
    vectors -= vectors.mean(axis=0)
    vectors /= np.where((spread := vectors.std(axis=0)) > 0, spread, 1)
    side = np.repeat([-1.0, 1.0], [len(left[1]), len(right[1])])
    folds = np.concatenate([_folds(clusters, rng) for _, clusters in (left, right)])
    products = vectors @ vectors.T
    right_side = [_right(products, side, folds == fold) for fold in range(N_FOLDS)]
    return float(np.mean(np.concatenate(right_side)))


def _folds(clusters: Sequence[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,) the fold of each, clusters dealt out in a random order."""
    names, places = np.unique(np.array(clusters), return_inverse=True)
    return rng.permutation(np.arange(len(names)) % N_FOLDS)[places]


def _right(products: NDArray[np.float64], side: NDArray[np.float64], out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether those that are `out` fall on their side, by a ridge fitted on the others (in its dual form)."""
    learnt = products[np.ix_(~out, ~out)]
    learnt[np.diag_indices_from(learnt)] += _RIDGE * products.diagonal().mean() or 1.0
    middle = side[~out].mean()
    found = products[np.ix_(out, ~out)] @ np.linalg.solve(learnt, side[~out] - middle) + middle
    return np.asarray((found > 0) == (side[out] > 0))
