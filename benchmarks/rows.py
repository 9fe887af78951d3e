"""Rows of right and wrong answers to the same texts: what one gets wrong, others tend to get wrong too."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm


def correlated(
    rng: np.random.Generator, n: int, below: NDArray[np.float64], best: float = 0.8, alike: float = 0.8
) -> list[NDArray[np.float64]]:
    """For each of `below` a row (n,) of 1 and 0, right with probability best - below. `alike`: how correlated."""
    shared = np.sqrt(alike) * rng.standard_normal((n, 1))
    latent = shared + np.sqrt(1 - alike) * rng.standard_normal((n, len(below)))
    return list((latent < norm.ppf(best - below)).astype(float).T)
