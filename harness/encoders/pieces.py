"""What is read at a time, which of it together, and what becomes of the vectors of a text that is read in windows."""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from harness.core.inputs import Input, input_bytes
from harness.core.records import Tokenization
from harness.core.truncation import Windows
from harness.encoders.tokens import Tokens


class Piece(NamedTuple):
    """What is read at a time: an input, by its number, or one of the windows that it is read in."""

    of: int
    number: int = 0


class Pieces(Mapping[Piece, Tokens]):
    """All that has to be read of inputs, in their order: ids and places as int32, not as millions of numbers of Python.

    Of what is no plain text read at once (segments, words, windows) the tokens are kept as they came.
    """

    def __init__(self, inputs: Sequence[Input], read: Iterable[Tokens]) -> None:
        self.inputs = inputs
        self._ids, self._special, self._facts = array("i"), array("i"), array("q")
        self._whole: dict[int, Tokens] = {}
        for (row, _), tokens in zip(enumerate(inputs), read, strict=True):
            is_plain = tokens.types is None and tokens.words is None and not tokens.later
            if not is_plain:
                self._whole[row] = tokens
            for column, values in ((self._ids, tokens.ids), (self._special, tokens.special)):
                column.extend(values if is_plain else ())
            self._facts.extend((tokens.n_full, tokens.n_prompt, len(self._ids), len(self._special)))

    def __len__(self) -> int:
        return len(self.inputs) + sum(len(tokens.later) for tokens in self._whole.values())

    def __iter__(self) -> Iterator[Piece]:
        for row in range(len(self.inputs)):
            yield from (Piece(row, number) for number in range(self._n_windows(row)))

    def __getitem__(self, piece: Piece) -> Tokens:
        return self.whole(piece.of).windows[piece.number]

    def whole(self, row: int) -> Tokens:
        """The input of this number as it was read, with all its windows."""
        if row in self._whole:
            return self._whole[row]
        first = self._facts[4 * row - 2 : 4 * row] if row else (0, 0)
        n_full, n_prompt, *last = self._facts[4 * row : 4 * row + 4]
        ids, special = self._ids[first[0] : last[0]], self._special[first[1] : last[1]]
        return Tokens(tuple(ids), n_full, n_prompt, tuple(special))

    def _n_windows(self, row: int) -> int:
        return 1 + len(self._whole[row].later) if row in self._whole else 1

    def lengths(self) -> Any:
        """(n_pieces,) how many tokens each has, in order."""
        ends = np.asarray(self._facts, np.int64).reshape(-1, 4)[:, 2]
        found = np.diff(ends, prepend=0)
        if not self._whole:
            return found
        own = {row: [len(window.ids) for window in tokens.windows] for row, tokens in self._whole.items()}
        return np.array([n for row, plain in enumerate(found.tolist()) for n in own.get(row, (plain,))], np.int64)

    def longest_first(self) -> Iterator[tuple[Piece, int]]:
        """Each piece with its length, in an order that depends on what is read alone; windows of an input in theirs."""
        lengths, counts = self.lengths(), np.ones(len(self.inputs), np.int64)
        for row, tokens in self._whole.items():
            counts[row] += len(tokens.later)
        rows = np.repeat(np.arange(len(counts)), counts)
        numbers = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        hashes = np.fromiter((int.from_bytes(_hash(one)) for one in self.inputs), np.uint64, len(counts))
        for place in np.lexsort((numbers, hashes[rows], -lengths)):
            yield Piece(int(rows[place]), int(numbers[place])), int(lengths[place])


def _hash(one: Input) -> bytes:
    return hashlib.sha256(input_bytes(one)).digest()[:8]


#: What is read together: of these pieces, within a budget of padded tokens.
InBatches = Callable[[Pieces, int], Iterator[list[Piece]]]


def pieces_of(tokens: Mapping[Input, Tokens]) -> Pieces:
    """All that has to be read of these inputs."""
    return Pieces(list(tokens), tokens.values())


def batches(pieces: Pieces, budget: int) -> Iterator[list[Piece]]:
    """Pieces in batches of at most `budget` padded tokens, longest first; the order depends on them alone.

    The last window of an input comes after its others.
    """
    batch, longest = list[Piece](), 0
    for piece, length in pieces.longest_first():
        if batch and (len(batch) + 1) * longest > budget:
            yield batch
            batch = []
        longest = longest if batch else length
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
