"""The fast path: every distinct input once, tokenised once, one forward for all poolings.

Inputs (texts, pairs of texts, lists of words) are sorted by token count and cut into batches by a budget of
padded tokens, so that little of the work is padding; that helps every family alike, where attention kernels do not.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from harness.core.errors import HarnessError, NotFiniteError, OutOfMemoryError, is_out_of_memory
from harness.core.events import Progress
from harness.core.inputs import Input, Words, as_text
from harness.core.records import Pooling, Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.pieces import Piece, batches, pieces_of, together
from harness.encoders.tokens import Tokens


@dataclass(frozen=True)
class Row:
    """What is stored of one input: its vectors (k, d), how long it was, and which ids were read.

    k is 1, or where the pooling gives a vector a word the number of words.
    """

    vectors: Any
    n_tokens: int
    digest: int


class VectorStore(Protocol):
    """Where rows are kept between runs."""

    def get(self, pooling: Pooling, inputs: Sequence[Input]) -> dict[Input, Row]:
        """The rows that are there, by input."""

    def put(self, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
        """Keep these rows."""


#: A pooling and the function that does it, its parameters and the folder's own layers within (`own.bound`).
Poolings = Sequence[tuple[Pooling, Callable[..., Any]]]


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


def encode(
    inputs: Sequence[Input],
    tokenization: Tokenization,
    poolings: Poolings,
    encoder: Callable[[], Encoder],
    store: VectorStore,
    in_batches: Callable[[Mapping[Piece, Tokens], int], Iterator[list[Piece]]] = batches,
) -> Generator[Progress, None, Encoded]:
    """Vectors of all distinct inputs under all poolings; yields `Progress`, returns `Encoded`.

    `encoder` is only called if an input is missing from the store. One whose vector is not finite, or that does not fit
    in memory alone, is kept out of it and costs only the cells that need it. `in_batches` says what is read together.
    """
    distinct = list(dict.fromkeys(inputs))
    wanted = {pooling.key: pooled_by(pooling, distinct) for pooling, _ in poolings}
    known = {pooling.key: store.get(pooling, wanted[pooling.key]) for pooling, _ in poolings}
    lacking = {one for key, rows in known.items() for one in wanted[key] if one not in rows}
    missing = [one for one in distinct if one in lacking]
    n_hits, n_halvings, bad = len(distinct) - len(missing), 0, dict[Input, HarnessError]()
    yield Progress(n_hits, len(distinct), n_hits)
    if missing:
        model = encoder()
        tokens = dict(zip(missing, model.tokenizer(missing, tokenization), strict=True))
        pieces = pieces_of(tokens)
        parts: dict[str, dict[Input, dict[int, Any]]] = {pooling.key: {} for pooling, _ in poolings}
        n_done, n_read, n_tokens = n_hits, 0, sum(len(t.ids) for t in pieces.values())
        for batch in in_batches(pieces, model.token_budget):
            pooled, failed, halved = forward(model, batch, pieces, poolings)
            n_halvings += halved
            bad |= failed
            for pooling, _ in poolings:
                rows = _whole(parts[pooling.key], pooled.get(pooling.key, {}), tokens, tokenization)
                store.put(pooling, {one: row for one, row in rows.items() if one not in bad})
                known[pooling.key].update(rows)
            n_done += sum(number == len(tokens[one].later) for one, number in batch)
            n_read += sum(len(pieces[piece].ids) for piece in batch)
            yield Progress(n_done, len(distinct), n_hits, n_read / max(1, n_tokens))
        _add_bad(known, bad, tokens)
    return _gather(distinct, known, poolings, bad, n_hits, n_halvings)


def _add_bad(known: Mapping[str, dict[Input, Row]], bad: Iterable[Input], tokens: Mapping[Input, Tokens]) -> None:
    """Add what was read of inputs that have no vector, with one of NaN."""
    for rows in known.values():
        d = next((row.vectors.shape[1] for row in rows.values()), 1)
        nothing = np.full((1, d), np.nan, np.float32)
        rows.update({one: Row(nothing, tokens[one].n_tokens, tokens[one].digest) for one in bad})


def _whole(
    parts: dict[Input, dict[int, Any]],
    found: Mapping[Piece, Any],
    tokens: Mapping[Input, Tokens],
    tokenization: Tokenization,
) -> dict[Input, Row]:
    """The rows of inputs all of whose pieces are there; what is found of others waits in `parts`."""
    rows: dict[Input, Row] = {}
    for (one, number), vectors in found.items():
        read = tokens[one]
        own = parts.setdefault(one, {})
        own[number] = vectors
        if len(own) > len(read.later):
            in_order = [own[place] for place in range(len(parts.pop(one)))]
            rows[one] = Row(together(in_order, read, tokenization), read.n_tokens, read.digest)
    return rows


def forward(
    model: Encoder, batch: Sequence[Piece], tokens: Mapping[Piece, Tokens], poolings: Poolings
) -> tuple[dict[str, dict[Piece, Any]], dict[Input, HarnessError], int]:
    """One forward for all poolings: (k, d) by pooling key and piece, inputs that have none and why, how often halved.

    On out-of-memory the batch is halved, down to a single piece.
    """
    pooled = _pooled(model, [tokens[piece] for piece in batch], poolings)
    if pooled is None and len(batch) == 1:
        too_big = OutOfMemoryError(
            f"one text of {len(tokens[batch[0]].ids)} tokens does not fit in memory. "
            "Set a smaller max_length for this encoder, or another device."
        )
        return {}, {batch[0].of: too_big}, 0
    if pooled is None:
        half = len(batch) // 2
        first, second = (forward(model, part, tokens, poolings) for part in (batch[:half], batch[half:]))
        vectors = {p.key: first[0].get(p.key, {}) | second[0].get(p.key, {}) for p, _ in poolings}
        return vectors, first[1] | second[1], 1 + first[2] + second[2]
    found: dict[str, dict[Piece, Any]] = {}
    bad: dict[Input, HarnessError] = {}
    for pooling in (p for p, _ in poolings if p.key in pooled):
        found[pooling.key] = _by_piece(pooling, batch, tokens, pooled[pooling.key])
        if not np.isfinite(pooled[pooling.key]).all():
            bad |= _not_finite(found[pooling.key], pooling)
    return found, bad, 0


def _by_piece(
    pooling: Pooling, batch: Sequence[Piece], tokens: Mapping[Piece, Tokens], vectors: Any
) -> dict[Piece, Any]:
    """What a pooler gave for a batch, (batch, d) or (batch, n_words, d), as (k, d) by piece.

    Of words that have no token, or none in this piece, there are zeros.
    """
    if pooling.per == "text":
        return dict(zip(batch, vectors[:, None], strict=True))
    found: dict[Piece, Any] = {}
    for one, rows in zip(batch, vectors, strict=True):
        if tokens[one].words is not None:
            found[one] = np.zeros((tokens[one].n_words, rows.shape[-1]), np.float32)
            found[one][: len(rows)] = rows[: tokens[one].n_words]
    return found


def layers_of(poolings: Poolings) -> tuple[int, ...]:
    """The layers that these poolings read."""
    return tuple(dict.fromkeys(layer for pooling, _ in poolings for layer in pooling.layers))


def _pooled(model: Encoder, batch: list[Tokens], poolings: Poolings) -> dict[str, Any] | None:
    """Vectors of a batch by pooling key, of words where it holds lists of words; None where memory was not enough.

    None rather than an error: while an error is handled its traceback keeps the batch's tensors alive.
    """
    try:
        states = model.hidden_states(batch, layers_of(poolings))
        some = [(p, pool) for p, pool in poolings if p.per == "text" or states.words is not None]
        return {p.key: pool(states).float().cpu().numpy() for p, pool in some}
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None


def _not_finite(vectors: Mapping[Piece, Any], pooling: Pooling) -> dict[Input, HarnessError]:
    return {
        one.of: NotFiniteError(
            f"the vector of {as_text(one.of)[:60]!r} under {pooling.pooler} pooling holds NaN or infinity: "
            "the weights are damaged, or overflow in the precision that it computes in (fp32 has most room)."
        )
        for one, rows in vectors.items()
        if not np.isfinite(rows).all()
    }


def _gather(
    distinct: list[Input],
    known: Mapping[str, Mapping[Input, Row]],
    poolings: Poolings,
    bad: Mapping[Input, HarnessError],
    n_hits: int,
    n_halvings: int,
) -> Encoded:
    facts = [next(rows[one] for rows in known.values() if one in rows) for one in distinct]
    vectors = {key: [rows[one].vectors for one in distinct if one in rows] for key, rows in known.items()}
    return Encoded(
        index={one: i for i, one in enumerate(distinct)},
        n_tokens=np.array([row.n_tokens for row in facts], dtype=np.int64),
        digests=np.array([row.digest for row in facts], dtype=np.int64),
        vectors={key: np.concatenate(some) for key, some in vectors.items() if some},
        ends={
            p.key: np.cumsum([len(known[p.key][one].vectors) if one in known[p.key] else 0 for one in distinct])
            for p, _ in poolings
            if p.per != "text"
        },
        bad=bad,
        n_hits=n_hits,
        n_halvings=n_halvings,
    )
