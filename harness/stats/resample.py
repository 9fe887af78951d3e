"""The clustered bootstrap: clusters are drawn with replacement, and only their sums are ever touched.

A metric is a function of column sums (accuracy: right answers, items). So a resample needs no items, only
how often each cluster was drawn; and clusters with equal sums need not be told apart.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Column sums (..., k) to values (...,).
Finish = Callable[[Floats], Floats]

#: Cells of the largest array that one chunk of resamples makes: 128 kB of float64. Larger ones go back to the
#: system after each chunk, and fetching them anew takes twice the time of everything else.
CHUNK = 16_000
#: One number of a multinomial draw costs as much as drawing this many clusters one by one.
DRAWS_PER_MULTINOMIAL = 20


def cluster_codes(clusters: Sequence[str] | NDArray[Any]) -> tuple[NDArray[np.intp], int]:
    """The cluster of each item as a number (n_items,), and how many clusters there are."""
    names, codes = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    return codes.reshape(-1), len(names)


def cluster_sums(columns: NDArray[Any], codes: NDArray[np.intp], n_clusters: int) -> Floats:
    """Columns (n_items, k) added up within each cluster: (n_clusters, k)."""
    columns = np.asarray(columns, dtype=np.float64)
    if columns.ndim != 2 or len(columns) != len(codes):
        raise ValueError(f"expected columns (n_items, k) for {len(codes)} items, got {columns.shape}")
    sums = np.zeros((n_clusters, columns.shape[1]))
    np.add.at(sums, codes, columns)
    return sums


def resampled(sums: Floats, rng: np.random.Generator, n_resamples: int) -> Iterator[Floats]:
    """Column sums of bootstrap resamples of the clusters, in chunks (rows, k), n_resamples rows in all."""
    n_clusters = len(sums)
    kinds, counts = _distinct(sums)
    few = len(kinds) * DRAWS_PER_MULTINOMIAL <= n_clusters
    width = max(sums.shape[1], len(kinds) if few else n_clusters)
    n_left = n_resamples
    while n_left > 0:
        rows = min(n_left, max(1, CHUNK // width))
        n_left -= rows
        if few:
            yield rng.multinomial(n_clusters, counts / n_clusters, size=rows) @ kinds
        else:
            yield _drawn(n_clusters, rows, rng) @ sums


def _distinct(sums: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The different rows, and how often each occurs."""
    rows = np.ascontiguousarray(sums).view(np.dtype((np.void, sums.itemsize * sums.shape[1]))).reshape(-1)
    _, first, counts = np.unique(rows, return_index=True, return_counts=True)
    return sums[first], counts


def _drawn(n_clusters: int, rows: int, rng: np.random.Generator) -> Floats:
    """How often each cluster is drawn when n_clusters are: (rows, n_clusters), one row a resample."""
    small = np.uint16 if n_clusters <= 2**16 else np.uint32
    draws = rng.integers(0, n_clusters, size=(rows, n_clusters), dtype=small)
    places = draws + np.arange(rows)[:, None] * n_clusters
    counts = np.bincount(places.reshape(-1), minlength=rows * n_clusters)
    return counts.reshape(rows, n_clusters).astype(np.float64)
