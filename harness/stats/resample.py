"""The clustered bootstrap: clusters are drawn with replacement, and where that is enough only their sums are touched.

Most metrics are functions of column sums (accuracy: right answers, items). So a resample needs no items, only how often
each cluster was drawn; and clusters with equal sums need not be told apart. What hangs on the order of items (a rank
correlation) is a statistic of weighted items: an item weighs as much as its cluster was drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Clusters = Sequence[str] | NDArray[Any]
#: Columns (n_items, k) of what is scored, and the clusters (n_items,): what is drawn together.
Side = tuple[NDArray[Any], Clusters]


@dataclass(frozen=True)
class OfItems:
    """A statistic of weighted items: columns (n_items, k) and weights (R, n_items) to values (R,).

    `biased` where items that are drawn twice raise or lower it, as they do what hangs on how items fall together.
    """

    function: Callable[[Floats, Floats], Floats]
    biased: bool = False


#: What a metric makes of its columns: column sums (..., k) to values (...,), or a statistic of weighted items.
Finish = Callable[[Floats], Floats] | OfItems

#: Cells of the largest array that one chunk of resamples makes: 128 kB of float64. Larger ones go back to the
#: system after each chunk, and fetching them anew takes twice the time of everything else.
CHUNK = 16_000
#: The same for weights of items, which go through a dozen steps at once.
WEIGHTS = 250_000
#: One number of a multinomial draw costs as much as drawing this many clusters one by one.
DRAWS_PER_MULTINOMIAL = 20


def cluster_codes(sides: Sequence[Clusters]) -> tuple[list[NDArray[np.intp]], int]:
    """The cluster of each item of each side as a number (n_items,), and how many clusters there are in all."""
    if len(sides) > 1 and all(side is sides[0] for side in sides):  # of the same items: sorted once
        (codes,), n_clusters = cluster_codes(sides[:1])
        return [codes] * len(sides), n_clusters
    names, codes = np.unique(np.concatenate([np.asarray(c, dtype=str) for c in sides]), return_inverse=True)
    return np.split(codes.reshape(-1), np.cumsum([len(c) for c in sides])[:-1]), len(names)


def cluster_sums(columns: NDArray[Any], codes: NDArray[np.intp], n_clusters: int) -> Floats:
    """Columns (n_items, k) added up within each cluster: (n_clusters, k)."""
    columns = np.asarray(columns, dtype=np.float64)
    if columns.ndim != 2 or len(columns) != len(codes):
        raise ValueError(f"expected columns (n_items, k) for {len(codes)} items, got {columns.shape}")
    sums = np.zeros((n_clusters, columns.shape[1]))
    np.add.at(sums, codes, columns)
    return sums


@dataclass(frozen=True)
class Sums:
    """Sides whose clusters are drawn together: their sums side by side (n_clusters, all k), and where each begins."""

    finish: Callable[[Floats], Floats]
    sums: Floats
    starts: tuple[int, ...]

    @property
    def n_clusters(self) -> int:
        """Clusters that any side has."""
        return len(self.sums)

    @property
    def whole(self) -> list[Floats]:
        """The value of each side."""
        return self._values(self.sums.sum(axis=0))

    def resamples(self, rng: np.random.Generator, n_resamples: int) -> Iterator[list[Floats]]:
        """The values of each side in resamples, in chunks of (rows,)."""
        return map(self._values, resampled(self.sums, rng, n_resamples))

    def without(self) -> list[Floats]:
        """The value of each side without each cluster (n_clusters,)."""
        return self._values(self.sums.sum(axis=0) - self.sums)

    def n_changed(self) -> int:
        """The clusters in which two sides differ."""
        return int(np.any(np.not_equal(*self._sides(self.sums)), axis=1).sum())

    def _sides(self, sums: Floats) -> list[Floats]:
        ends = (*self.starts[1:], sums.shape[-1])
        return [sums[..., start:end] for start, end in zip(self.starts, ends, strict=True)]

    def _values(self, sums: Floats) -> list[Floats]:
        return [self.finish(side) for side in self._sides(sums)]


@dataclass(frozen=True)
class Items:
    """The same for a statistic of items: the columns (n_items, k) of each side, and the cluster of each item."""

    function: Callable[[Floats, Floats], Floats]
    sides: tuple[tuple[Floats, NDArray[np.intp]], ...]
    n_clusters: int
    biased: bool = False

    @property
    def whole(self) -> list[Floats]:
        """The value of each side."""
        return [value[0] for value in self._values(np.ones((1, self.n_clusters)))]

    def resamples(self, rng: np.random.Generator, n_resamples: int) -> Iterator[list[Floats]]:
        """The values of each side in resamples, in chunks of (rows,)."""
        return (self._values(_drawn(self.n_clusters, rows, rng)) for rows in self._chunks(n_resamples))

    def without(self) -> list[Floats]:
        """The value of each side without each cluster (n_clusters,)."""
        first, parts = 0, []
        for rows in self._chunks(self.n_clusters):
            out = np.arange(first, first + rows)
            parts.append(self._values((out[:, None] != np.arange(self.n_clusters)).astype(np.float64)))
            first += rows
        return [np.concatenate(values) for values in zip(*parts, strict=True)]

    def n_changed(self) -> int:
        """The clusters in which two sides, of the same items in step, differ."""
        (a, codes), (b, _) = self.sides
        return len(np.unique(codes[np.any((a != b) & ~(np.isnan(a) & np.isnan(b)), axis=1)]))

    def _chunks(self, n: int) -> Iterator[int]:
        return chunks(n, WEIGHTS // max(1, self.n_clusters, *(len(codes) for _, codes in self.sides)))

    def _values(self, drawn: Floats) -> list[Floats]:
        return [self.function(columns, drawn[:, codes]) for columns, codes in self.sides]


def joint(finish: Finish, *sides: Side) -> Sums | Items:
    """Sides over the union of their clusters."""
    own, n_clusters = cluster_codes([clusters for _, clusters in sides])
    return coded(finish, [(columns, c) for (columns, _), c in zip(sides, own, strict=True)], n_clusters)


def coded(finish: Finish, sides: Sequence[tuple[NDArray[Any], NDArray[np.intp]]], n_clusters: int) -> Sums | Items:
    """The same where the clusters of each side are numbers below `n_clusters`."""
    if isinstance(finish, OfItems):
        items = tuple((np.asarray(c, dtype=np.float64), own) for c, own in sides)
        return Items(finish.function, items, n_clusters, finish.biased)
    sums = [cluster_sums(columns, own, n_clusters) for columns, own in sides]
    starts = np.cumsum([0, *(part.shape[1] for part in sums[:-1])])
    return Sums(finish, np.concatenate(sums, axis=1), tuple(starts.tolist()))


def values_of(sides: Sums | Items, rng: np.random.Generator, n_resamples: int) -> Floats:
    """The values of all sides in resamples, (n_resamples, S). Those of a biased statistic have the sides' own as mean.

    What resampling adds to such a one is nothing that another choice of texts would add.
    """
    values = np.concatenate([np.stack(parts, axis=-1) for parts in sides.resamples(rng, n_resamples)])
    if isinstance(sides, Items) and sides.biased:
        known = np.isfinite(values)
        means = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        values += np.array([float(value) for value in sides.whole]) - means
    return values


def resampled(sums: Floats, rng: np.random.Generator, n_resamples: int) -> Iterator[Floats]:
    """Column sums of bootstrap resamples of the clusters, in chunks (rows, k), n_resamples rows in all."""
    n_clusters = len(sums)
    kinds, counts = _distinct(sums)
    few = len(kinds) * DRAWS_PER_MULTINOMIAL <= n_clusters
    width = max(sums.shape[1], len(kinds) if few else n_clusters)
    for rows in chunks(n_resamples, CHUNK // width):
        if few:
            yield rng.multinomial(n_clusters, counts / n_clusters, size=rows) @ kinds
        else:
            yield _drawn(n_clusters, rows, rng) @ sums


def chunks(n: int, most: int) -> Iterator[int]:
    """The sizes of parts of n, each of `most` or one, the last of what is left."""
    size = max(1, most)
    return (min(size, n - done) for done in range(0, n, size))


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
