"""The fast path: every distinct input once, tokenised once, one forward for all poolings.

Inputs (texts, pairs of texts, lists of words) are sorted by token count and cut into batches by a budget of
padded tokens, so that little of the work is padding; that helps every family alike, where attention kernels do not.
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from harness.core.errors import HarnessError, NotFiniteError, OutOfMemoryError, is_out_of_memory
from harness.core.events import Progress
from harness.core.inputs import Input, as_text
from harness.core.records import Pooling, Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.encoded import Encoded, Row, Table, pooled_by
from harness.encoders.pieces import Piece, Pieces, batches, together
from harness.encoders.tokens import Tokens

#: How many inputs are looked up at a time; how many wait to be stored, and for how long.
_SHARD, _WAITING, _WAITING_S = 16_384, 4_096, 1.0


class VectorStore(Protocol):
    """Where rows are kept between runs."""

    def get(self, pooling: Pooling, inputs: Sequence[Input]) -> dict[Input, Row]:
        """The rows that are there, by input."""

    def put(self, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
        """Keep these rows."""


#: A pooling and the function that does it, its parameters and the folder's own layers within (`own.bound`).
Poolings = Sequence[tuple[Pooling, Callable[..., Any]]]


def encode(
    inputs: Sequence[Input],
    tokenization: Tokenization,
    poolings: Poolings,
    encoder: Callable[[], Encoder],
    store: VectorStore,
    in_batches: Callable[[Pieces, int], Iterator[list[Piece]]] = batches,
) -> Generator[Progress, None, Encoded]:
    """Vectors of all distinct inputs under all poolings; yields `Progress`, returns `Encoded`.

    `encoder` is only called if an input is missing from the store. One whose vector is not finite, or that does not fit
    in memory alone, is kept out of it and costs only the cells that need it. `in_batches` says what is read together.
    """
    distinct = list(dict.fromkeys(inputs))
    table = Table(distinct, [pooling for pooling, _ in poolings])
    for start in range(0, len(distinct), _SHARD):
        shard = distinct[start : start + _SHARD]
        for pooling, _ in poolings:
            table.put(pooling.key, store.get(pooling, pooled_by(pooling, shard)))
    missing = table.lacking()
    n_hits, n_halvings, bad = len(distinct) - len(missing), 0, dict[Input, HarnessError]()
    yield Progress(n_hits, len(distinct), n_hits)
    if missing:
        model, waiting = encoder(), _Waiting(store, [pooling for pooling, _ in poolings])
        pieces = Pieces(zip(missing, model.tokenizer(missing, tokenization), strict=True))
        parts: dict[str, dict[Input, dict[int, Any]]] = {pooling.key: {} for pooling, _ in poolings}
        n_done, n_read, n_tokens = n_hits, 0, int(pieces.lengths().sum())
        with waiting:
            for batch in in_batches(pieces, model.token_budget):
                whole = {one: pieces.whole(one) for one, _ in batch}
                read = {piece: whole[piece.of].windows[piece.number] for piece in batch}
                pooled, failed, halved = forward(model, batch, read, poolings)
                n_halvings += halved
                bad |= failed
                for pooling, _ in poolings:
                    rows = _whole(parts[pooling.key], pooled.get(pooling.key, {}), whole, tokenization)
                    waiting.put(pooling, {one: row for one, row in rows.items() if one not in bad})
                    table.put(pooling.key, rows)
                n_done += sum(number == len(whole[one].later) for one, number in batch)
                n_read += sum(len(tokens.ids) for tokens in read.values())
                yield Progress(n_done, len(distinct), n_hits, n_read / max(1, n_tokens))
        table.add_bad(bad, pieces.whole)
    return table.encoded(bad, n_hits, n_halvings)


class _Waiting:
    """Rows on their way to a store, which takes many at a time; what waits when the block ends goes there too."""

    def __init__(self, store: VectorStore, poolings: Sequence[Pooling]) -> None:
        self._store, self._last = store, time.monotonic()
        self._poolings = {pooling.key: pooling for pooling in poolings}
        self._rows: dict[str, dict[Input, Row]] = {pooling.key: {} for pooling in poolings}

    def put(self, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
        """Keep these rows, at the latest a second after the last ones were."""
        self._rows[pooling.key].update(rows)
        if len(self._rows[pooling.key]) >= _WAITING or time.monotonic() - self._last > _WAITING_S:
            self._store_all()

    def _store_all(self) -> None:
        for key, rows in self._rows.items():
            if rows:
                self._store.put(self._poolings[key], rows)
                self._rows[key] = {}
        self._last = time.monotonic()

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, *_: object) -> None:
        self._store_all()


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
