"""Search and comparison by similarity of embeddings, nothing fitted."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from harness.modes import Predictor, mode
from harness.modes.kmeans import kmeans

#: Queries that are searched for at a time, and similarities: of many documents fewer queries.
_CHUNK, _AT_ONCE = 256, 2**25
#: Where there are so many times as many documents as are wanted, the others are cut off before sorting.
_WORTH_CUTTING = 8


@mode("zero-shot", targets=("relevant", "number", "cluster"), needs_train=())
def zero_shot(features: Any, target: Any, rng: Any, *, normalize: bool = True) -> Predictor:
    """Exact search, comparison, clusters: by cosine similarity, or by the raw dot product with `normalize: false`.

    Clusters are those of k-means on vectors of length 1, or on raw ones.
    """

    def compare(one: Any, other: Any) -> Any:
        one, other = (unit(one), unit(other)) if normalize else (one, other)
        return np.einsum("nd,nd->n", one, other)

    def group(vectors: Any, k: int) -> Any:
        return kmeans(unit(vectors) if normalize else vectors, k)

    return Predictor(compare=compare, rank=partial(search, normalize=normalize), group=group)


def search(
    queries: Any,
    documents: Any,
    depth: int,
    sought: Sequence[Any] | None = None,
    among: Sequence[Any] | None = None,
    *,
    normalize: bool,
) -> tuple[Any, ...]:
    """The `depth` best documents of each query: indices and similarities, both (n_queries, depth).

    queries (n_queries, d), documents (n_documents, d). Both sides go through the same normalisation.
    Equal similarities keep the order of the documents. With the indices of documents that are `sought` for each query,
    the third is their ranks among all documents. With the indices of documents `among` which each query searches, as
    `within` says.
    """
    if normalize:
        queries, documents = unit(queries), unit(documents)
    if among is not None:
        return within([documents[own] @ query for query, own in zip(queries, among, strict=True)], among)
    return in_turns(lambda some: queries[some] @ documents.T, (len(queries), len(documents)), depth, sought)


def in_turns(
    similarity: Callable[[slice], Any], shape: tuple[int, int], depth: int, sought: Sequence[Any] | None = None
) -> tuple[Any, ...]:
    """What `rank` says of (n_queries, n_documents) similarities, of which only some rows are there at a time."""
    found, size = [], max(1, min(_CHUNK, _AT_ONCE // max(1, shape[1])))
    for start in range(0, shape[0], size):
        some = slice(start, start + size)
        found.append(rank(similarity(some), depth, sought if sought is None else sought[some]))
    orders, similarities, *ranks = zip(*found, strict=True)
    return np.concatenate(orders), np.concatenate(similarities), *(list(chain.from_iterable(own)) for own in ranks)


def rank(similarity: Any, depth: int, sought: Sequence[Any] | None = None) -> tuple[Any, ...]:
    """Columns of the `depth` largest values of each row, best first, and those values; ranks of what is `sought`.

    Equal values keep the order of the columns. Only those that may be among the best are sorted.
    """
    if 0 < depth < similarity.shape[1] // _WORTH_CUTTING:
        order = np.stack([_best(row, depth) for row in similarity])
    else:
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :depth]
    best = order, np.take_along_axis(similarity, order, axis=1)
    return best if sought is None else (*best, _ranks_of(similarity, sought))


def _best(values: Any, depth: int) -> Any:
    """Places of the `depth` largest of many values (n,), the largest first, equal ones in order."""
    least = np.partition(values, len(values) - depth)[len(values) - depth]
    places = np.flatnonzero(values >= least)
    return places[np.argsort(-values[places], kind="stable")[:depth]]


def within(similarity: Sequence[Any], among: Sequence[Any]) -> tuple[Any, Any]:
    """Of each query its own documents, best first, and their similarities: (n_queries, most documents of a query) both.

    `among` are their indices, in order, and `similarity` has that of each; equal ones keep this order. Behind the last
    document of a query stands -1, and -inf.
    """
    width = max(map(len, among))
    order, best = np.full((len(among), width), -1), np.full((len(among), width), -np.inf)
    for row, (own, values) in enumerate(zip(among, similarity, strict=True)):
        places = np.argsort(-np.asarray(values), kind="stable")
        order[row, : len(own)], best[row, : len(own)] = np.asarray(own)[places], np.asarray(values)[places]
    return order, best


def _ranks_of(similarity: Any, sought: Sequence[Any]) -> list[list[int]]:
    """The ranks, from 1, of the columns that are sought in each row, in the order that `rank` gives."""
    found = []
    for row, places in zip(similarity, sought, strict=True):
        own = row[list(places)]
        before = [int(np.sum(row > value) + np.sum(row[:at] == value)) for at, value in zip(places, own, strict=True)]
        found.append([1 + n for n in before])
    return found


def unit(vectors: Any) -> Any:
    """(n, d) vectors at length 1; one without length stays as it is."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
