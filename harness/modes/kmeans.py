"""K-means from several starts, the same for every row."""

import warnings
from typing import Any

import numpy as np

#: How often k-means begins anew.
N_STARTS = 10


def kmeans(vectors: Any, k: int) -> Any:
    """(n, N_STARTS) the cluster of each of n vectors (n, d), k of them (all where there are fewer vectors), each start.

    Scikit-learn's KMeans as it comes (k-means++, one start, up to 300 rounds), once for each seed from 0 on. Fewer
    clusters where fewer vectors differ. BLAS is held to one thread.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    vectors, k = np.asarray(vectors, dtype=np.float32), min(k, len(vectors))
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of vectors that are alike
        starts = [KMeans(k, n_init=1, random_state=seed).fit(vectors).labels_ for seed in range(N_STARTS)]
    return np.stack(starts, axis=1)
