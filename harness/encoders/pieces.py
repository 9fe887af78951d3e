"""What is read at a time, which of it together, and what becomes of the vectors of a text that is read in windows."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from harness.core.inputs import Input, input_bytes
from harness.core.records import Tokenization
from harness.core.truncation import Windows
from harness.encoders.tokens import Tokens


class Piece(NamedTuple):
    """What is read at a time: an input, or one of the windows that it is read in."""

    of: Input
    number: int = 0


def pieces_of(tokens: Mapping[Input, Tokens]) -> dict[Piece, Tokens]:
    """All that has to be read of these inputs."""
    return {Piece(one, i): window for one, read in tokens.items() for i, window in enumerate(read.windows)}


def batches(pieces: Mapping[Piece, Tokens], budget: int) -> Iterator[list[Piece]]:
    """Pieces in batches of at most `budget` padded tokens, longest first; the order depends on them alone.

    The last window of an input comes after its others.
    """

    def order(piece: Piece) -> tuple[int, bytes, int]:
        return -len(pieces[piece].ids), hashlib.sha256(input_bytes(piece.of)).digest(), piece.number

    batch: list[Piece] = []
    for piece in sorted(pieces, key=order):
        if batch and (len(batch) + 1) * len(pieces[batch[0]].ids) > budget:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def together(vectors: Sequence[Any], read: Tokens, tokenization: Tokenization) -> Any:
    """The vectors (k, d) of an input, of those of its windows, in order: of a list of words see `_of_words`."""
    how = tokenization.truncation
    if read.words is not None and len(vectors) > 1:
        return _of_words(vectors, read)
    if len(vectors) == 1 or not isinstance(how, Windows):
        return vectors[0]
    if how.aggregate == "max":
        return np.max(vectors, axis=0)
    lengths = [len(window.ids) for window in read.windows]
    return np.average(np.asarray(vectors, np.float64), axis=0, weights=lengths).astype(np.float32)


def _of_words(vectors: Sequence[Any], read: Tokens) -> Any:
    """Each word's vector of the window in which it is farthest from an edge; of a pooling per text (1, d) the mean.

    The beginning and the end of the list are no edges. Of windows that are as good the first counts.
    """
    if len(vectors[0]) != read.n_words or read.n_words == 1:
        return np.mean(vectors, axis=0)
    found, best = np.zeros_like(vectors[0]), np.full(read.n_words, -np.inf)
    for number, window in enumerate(read.windows):
        words = np.array(window.words)
        places = np.flatnonzero(words >= 0)
        left = np.full(len(words), np.inf) if number == 0 else np.arange(len(words)) - places[0]
        right = np.full(len(words), np.inf) if number == len(read.later) else places[-1] - np.arange(len(words))
        for word in np.unique(words[places]).tolist():
            own = np.flatnonzero(words == word)
            depth = min(left[own[0]], right[own[-1]])
            if depth > best[word]:
                found[word], best[word] = vectors[number][word], depth
    return found
