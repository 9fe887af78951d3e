"""What encoding gives: vectors and facts in arrays, a row an input, filled in whatever order they come."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
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
class Rows:
    """What is stored of n inputs: vectors (sum of counts, d), one input's after the other's, and `counts` (n,) of them.

    `n_tokens` and `digests` (n,) as in `Row`.
    """

    vectors: Any
    counts: Any
    n_tokens: Any
    digests: Any

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Rows":
        """These rows together."""
        facts = np.array([(len(row.vectors), row.n_tokens, row.digest) for row in rows], np.int64).T
        return cls(np.concatenate([row.vectors for row in rows]), *facts)

    def take(self, which: Any) -> "Rows":
        """Some of them, by a mask or by numbers."""
        if (self.counts == 1).all():
            vectors = self.vectors[which]
        else:
            parts = np.split(self.vectors, np.cumsum(self.counts)[:-1])
            own = [parts[row] for row in np.arange(len(parts))[which]]
            vectors = np.concatenate(own) if own else self.vectors[:0]
        return Rows(vectors, self.counts[which], self.n_tokens[which], self.digests[which])


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


def pooled_by(pooling: Pooling, inputs: Sequence[Input]) -> Any:
    """(n,) which of the inputs the pooling has vectors of: of words only lists of words have any."""
    if pooling.per == "text":
        return np.ones(len(inputs), np.bool_)
    return np.fromiter((isinstance(one, Words) for one in inputs), np.bool_, len(inputs))


class Table:
    """Vectors and facts of distinct inputs, a row each; `lacking` has those that some pooling has nothing of."""

    def __init__(self, inputs: Iterable[Input], poolings: Sequence[Pooling]) -> None:
        self._index = {one: row for row, one in enumerate(dict.fromkeys(inputs))}
        self.distinct = list(self._index)
        n = len(self.distinct)
        self._n_tokens, self._digests = (np.zeros(n, np.int64) for _ in range(2))
        self._lines: dict[str, Any] = {}
        self._ragged: dict[str, dict[int, Any]] = {p.key: {} for p in poolings if p.per != "text"}
        self._lacks = {pooling.key: pooled_by(pooling, self.distinct) for pooling in poolings}

    def lacks(self, key: str) -> Any:
        """(n,) whose rows the pooling of this key has not yet."""
        return self._lacks[key]

    def put(self, key: str, places: Any, rows: Rows) -> None:
        """Rows of the pooling of this key, for the inputs at these places (n,)."""
        self._n_tokens[places], self._digests[places] = rows.n_tokens, rows.digests
        self._lacks[key][places] = False
        if key in self._ragged:
            parts = np.split(rows.vectors, np.cumsum(rows.counts)[:-1])
            self._ragged[key].update(zip(places.tolist(), parts, strict=True))
            return
        if key not in self._lines:
            self._lines[key] = _empty((len(self.distinct), rows.vectors.shape[1]))
        self._lines[key][places] = rows.vectors

    def lacking(self) -> Any:
        """The places of the inputs that have no row yet under some pooling, in order."""
        lacks = np.zeros(len(self.distinct), np.bool_)
        for own in self._lacks.values():
            lacks |= own
        return np.flatnonzero(lacks)

    def add_bad(self, bad: Mapping[int, Tokens]) -> None:
        """Add what was read of inputs that have no vector, by their places, with one of NaN."""
        for key in self._lacks if bad else ():
            known = self._lines[key] if key in self._lines else next(iter(self._ragged.get(key, {}).values()), None)
            nothing = np.full((1, 1 if known is None else known.shape[1]), np.nan, np.float32)
            rows = Rows.of([Row(nothing, read.n_tokens, read.digest) for read in bad.values()])
            self.put(key, np.array(list(bad)), rows)

    def encoded(self, bad: Mapping[Input, HarnessError], n_hits: int, n_halvings: int) -> "Encoded":
        """All of it, when nothing is lacking any more."""
        vectors, ends = dict(self._lines), {}
        for key, found in self._ragged.items():
            places = [found[place] for place in sorted(found)]
            ends[key] = np.cumsum([len(found[place]) if place in found else 0 for place in range(len(self.distinct))])
            vectors |= {key: np.concatenate(places)} if places else {}
        return Encoded(self._index, self._n_tokens, self._digests, vectors, ends, bad, n_hits, n_halvings)


def _empty(shape: tuple[int, int]) -> Any:
    """(n, d) float32, in memory, or where it is large in a file that is gone with it."""
    if shape[0] * shape[1] * 4 <= MAPPED_ABOVE:
        return np.zeros(shape, np.float32)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float32, mode="w+", shape=shape)
