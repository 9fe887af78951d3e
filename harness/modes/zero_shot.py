"""Retrieval by similarity of embeddings, nothing fitted."""

from functools import partial
from typing import Any

import numpy as np

from harness.modes import Predictor, mode

_CHUNK = 256


@mode("zero-shot", targets=("relevant", "number"), needs_train=())
def zero_shot(features: Any, target: Any, rng: Any, *, normalize: bool = True) -> Predictor:
    """Exact search and comparison: cosine similarity, or the raw dot product with `normalize: false`."""

    def compare(one: Any, other: Any) -> Any:
        one, other = (_unit(one), _unit(other)) if normalize else (one, other)
        return np.einsum("nd,nd->n", one, other)

    return Predictor(compare=compare, rank=partial(search, normalize=normalize))


def search(queries: Any, documents: Any, depth: int, *, normalize: bool) -> tuple[Any, Any]:
    """The `depth` best documents of each query: indices and similarities, both (n_queries, depth).

    queries (n_queries, d), documents (n_documents, d). Both sides go through the same normalisation.
    Equal similarities keep the order of the documents.
    """
    if normalize:
        queries, documents = _unit(queries), _unit(documents)
    parts = [rank(queries[start : start + _CHUNK] @ documents.T, depth) for start in range(0, len(queries), _CHUNK)]
    return np.concatenate([order for order, _ in parts]), np.concatenate([best for _, best in parts])


def rank(similarity: Any, depth: int) -> tuple[Any, Any]:
    """Columns of the `depth` largest values of each row, best first, and those values."""
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :depth]
    return order, np.take_along_axis(similarity, order, axis=1)


def _unit(vectors: Any) -> Any:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
