"""Search in an index that takes less memory: fewer bits a number, fewer numbers a document."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Interval

from harness.core.errors import EncoderError
from harness.modes import Predictor, mode
from harness.modes.zero_shot import in_turns, unit, within

Kept = Literal["fp32", "int8", "binary"]
_LEVELS = 255


@mode("compressed-search", targets=("relevant",), needs_train=())
def compressed_search(
    features: Any,
    target: Any,
    rng: Any,
    *,
    embeddings: Kept = "int8",
    dimensions: Annotated[int, Interval(ge=1)] | None = None,
    rescore: Annotated[int, Interval(ge=1, le=1000)] = 4,
) -> Predictor:
    """Search by cosine among documents of which less is kept: `int8` or `binary` numbers, the first `dimensions`.

    Queries stay as they are. int8: each dimension is cut into 255 steps from its least to its largest value. binary: a
    bit a dimension, its sign; the `rescore` times as many documents as are asked for whose bits differ least from the
    query's are compared by its product with their bits (Shakir et al. 2024, Embedding quantization). `dimensions`: the
    first ones, at length 1 again (Kusupati et al. 2022, arXiv:2205.13147, for encoders trained so).
    """
    return Predictor(rank=partial(search, embeddings=embeddings, dimensions=dimensions, rescore=rescore))


def search(
    queries: Any,
    documents: Any,
    depth: int,
    sought: Sequence[Any] | None = None,
    among: Sequence[Any] | None = None,
    *,
    embeddings: Kept,
    dimensions: int | None,
    rescore: int,
) -> tuple[Any, ...]:
    """What `zero_shot.search` gives, from documents as they are kept.

    EncoderError where vectors have no such number of dimensions.
    """
    if dimensions is not None and dimensions > documents.shape[1]:
        raise EncoderError(
            f"compressed-search: dimensions: {dimensions} of vectors that have {documents.shape[1]}; expected fewer."
        )
    queries, documents = unit(queries[:, :dimensions]), unit(documents[:, :dimensions])
    kept = _KEPT[embeddings](documents)
    if among is not None:
        return within([kept[own] @ query for query, own in zip(queries, among, strict=True)], among)
    shape, n = (len(queries), len(documents)), min(len(documents), rescore * depth)
    if embeddings != "binary":
        return in_turns(lambda some: queries[some] @ kept.T, shape, depth, sought)
    return in_turns(lambda some: _in_two_steps(queries[some], kept, n), shape, depth, sought)


def _in_two_steps(queries: Any, bits: Any, n: int) -> Any:
    """Values by which documents are ordered: the `n` whose bits are nearest by similarity, behind them the others."""
    similarity = queries @ bits.T
    near = np.where(queries > 0, 1.0, -1.0).astype(np.float32) @ np.sign(bits).T / queries.shape[1]
    first = np.argsort(-near, axis=1, kind="stable")[:, :n]
    found = near - 3.0  # below all similarities, which are from -1 to 1
    np.put_along_axis(found, first, np.take_along_axis(similarity, first, axis=1), axis=1)
    return found


def int8(documents: Any) -> Any:
    """(n, d) vectors as int8 numbers give them back, each dimension from its least to its largest value."""
    least = documents.min(axis=0, keepdims=True)
    width = np.maximum(documents.max(axis=0, keepdims=True) - least, 1e-12) / _LEVELS
    codes = np.round((documents - least) / width - 128).astype(np.int8)
    return ((codes.astype(np.float32) + 128) * width + least).astype(np.float32)


def binary(documents: Any) -> Any:
    """(n, d) vectors of length 1 with the signs of these: what is left of a number in one bit."""
    return np.where(documents > 0, 1.0, -1.0).astype(np.float32) / np.sqrt(np.float32(documents.shape[1]))


_KEPT: dict[str, Callable[[Any], Any]] = {"fp32": lambda documents: documents, "int8": int8, "binary": binary}
