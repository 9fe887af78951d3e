"""What encoding gives: vectors and facts in arrays, a row an input, filled in whatever order they come."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.core.errors import HarnessError
from harness.core.inputs import Input, Words
from harness.core.records import Pooling
from harness.encoders.tokens import Tokens

#: Vectors of a pooling that take more bytes lie in a file that the system may take out of memory.
MAPPED_ABOVE = 2**30


@dataclass(frozen=True)
class Row:
    """What is stored of one input: its vectors (k, d), how long it was, and which ids were read.

    k is 1, or where the pooling gives a vector a word the number of words.
    """

    vectors: Any
    n_tokens: int
    digest: int


@dataclass(frozen=True)
class Encoded:
    """Vectors by pooling key, and what reading the inputs showed, for distinct inputs in order of first mention.

    `ends` says, of a pooling that gives a vector a word, where in its vectors each input's end. `bad` holds the
    inputs that have no vector and why; asking for one of them raises that error.
    """

    index: Mapping[Input, int]
    n_tokens: Any
    digests: Any
    vectors: Mapping[str, Any]
    ends: Mapping[str, Any]
    bad: Mapping[Input, HarnessError]
    n_hits: int = 0
    n_halvings: int = 0

    def of(self, pooling: Pooling, inputs: Sequence[Input]) -> Any:
        """(n_inputs, d) float32, a row an input; of a pooling per word (vectors, offsets): see `_ragged`.

        NotFiniteError or OutOfMemoryError if one of them has none.
        """
        for one in inputs if self.bad else ():
            if one in self.bad:
                raise self.bad[one]
        rows, vectors = self.rows(inputs), self.vectors[pooling.key]
        return vectors[rows] if pooling.per == "text" else _ragged(vectors, self.ends[pooling.key], rows)

    def rows(self, inputs: Sequence[Input]) -> Any:
        """Row numbers of these inputs."""
        return np.fromiter((self.index[one] for one in inputs), dtype=np.int64, count=len(inputs))


def _ragged(vectors: Any, ends: Any, rows: Any) -> tuple[Any, Any]:
    """Vectors (n_words of all, d) of these rows, and offsets (n_rows + 1,): row i has those from offset i to i + 1."""
    counts = np.diff(ends, prepend=0)[rows]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    places = np.repeat(ends[rows] - counts - offsets[:-1], counts) + np.arange(offsets[-1])
    return vectors[places], offsets


def pooled_by(pooling: Pooling, inputs: Sequence[Input]) -> list[Input]:
    """Those of the inputs that the pooling has vectors of: of words only lists of words have any."""
    return [one for one in inputs if pooling.per == "text" or isinstance(one, Words)]


class Table:
    """Vectors and facts of distinct inputs, each with a row; `lacking` has those that some pooling has nothing of."""

    def __init__(self, distinct: Sequence[Input], poolings: Sequence[Pooling]) -> None:
        self.distinct, self.index = distinct, {one: row for row, one in enumerate(distinct)}
        n = len(distinct)
        self._n_tokens, self._digests = (np.zeros(n, np.int64) for _ in range(2))
        self._lines: dict[str, Any] = {}
        self._ragged: dict[str, dict[int, Any]] = {p.key: {} for p in poolings if p.per != "text"}
        self._lacks = {pooling.key: np.ones(n, np.bool_) for pooling in poolings}
        for key in self._ragged:
            self._lacks[key] = np.fromiter((isinstance(one, Words) for one in distinct), np.bool_, n)

    def put(self, key: str, rows: Mapping[Input, Row]) -> None:
        """Rows of the pooling of this key."""
        lacks = self._lacks[key]
        for one, row in rows.items():
            place = self.index[one]
            self._vectors(key, row.vectors.shape[1], place, row.vectors)
            self._n_tokens[place], self._digests[place], lacks[place] = row.n_tokens, row.digest, False

    def _vectors(self, key: str, d: int, place: int, vectors: Any) -> None:
        if key in self._ragged:
            self._ragged[key][place] = vectors
            return
        if key not in self._lines:
            self._lines[key] = _empty((len(self.distinct), d))
        self._lines[key][place] = vectors[0]

    def lacking(self) -> list[Input]:
        """The inputs that have no row yet under some pooling, in order."""
        lacks = np.zeros(len(self.distinct), np.bool_)
        for own in self._lacks.values():
            lacks |= own
        return [self.distinct[int(place)] for place in np.flatnonzero(lacks)]

    def add_bad(self, bad: Mapping[Input, HarnessError], read: Callable[[Input], Tokens]) -> None:
        """Add what was read of inputs that have no vector, with one of NaN."""
        for key in self._lacks:
            known = self._lines[key] if key in self._lines else next(iter(self._ragged.get(key, {}).values()), None)
            nothing = np.full((1, 1 if known is None else known.shape[1]), np.nan, np.float32)
            self.put(key, {one: Row(nothing, read(one).n_tokens, read(one).digest) for one in bad})

    def encoded(self, bad: Mapping[Input, HarnessError], n_hits: int, n_halvings: int) -> "Encoded":
        """All of it, when nothing is lacking any more."""
        vectors, ends = dict(self._lines), {}
        for key, found in self._ragged.items():
            places = [found[place] for place in sorted(found)]
            ends[key] = np.cumsum([len(found[place]) if place in found else 0 for place in range(len(self.distinct))])
            vectors |= {key: np.concatenate(places)} if places else {}
        return Encoded(self.index, self._n_tokens, self._digests, vectors, ends, bad, n_hits, n_halvings)


def _empty(shape: tuple[int, int]) -> Any:
    """(n, d) float32, in memory, or where it is large in a file that is gone with it."""
    if shape[0] * shape[1] * 4 <= MAPPED_ABOVE:
        return np.zeros(shape, np.float32)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float32, mode="w+", shape=shape)
