"""The fast path: every distinct input once, tokenised once, one forward for all poolings.

Inputs (texts, pairs of texts, lists of words) are sorted by token count and cut into batches by a budget of
padded tokens, so that little of the work is padding; that helps every family alike, where attention kernels do not.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from harness.core.errors import HarnessError, NotFiniteError, OutOfMemoryError, is_out_of_memory
from harness.core.events import Progress
from harness.core.inputs import Input, as_text, keys_of
from harness.core.records import Pooling, Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.encoded import Encoded, Row, Rows, Table
from harness.encoders.pieces import InBatches, Piece, Pieces, batches, together
from harness.encoders.tokens import Tokens

#: How many inputs wait to be stored, and for how long.
_WAITING, _WAITING_S = 4_096, 1.0


class VectorStore(Protocol):
    """Where rows are kept between runs, by the keys (n, 2) of their inputs (`core.inputs.keys_of`)."""

    def get(self, pooling: Pooling, keys: Any) -> Iterable[tuple[Any, Rows]]:
        """The rows that are there, some at a time: their places among the keys, and they."""

    def put(self, pooling: Pooling, keys: Any, rows: Rows) -> None:
        """Keep these rows, in step with their keys."""


#: A pooling and the function that does it, its parameters and the folder's own layers within (`own.bound`).
Poolings = Sequence[tuple[Pooling, Callable[..., Any]]]


def encode(
    inputs: Sequence[Input],
    tokenization: Tokenization,
    poolings: Poolings,
    encoder: Callable[[], Encoder],
    store: VectorStore,
    in_batches: InBatches = batches,
) -> Generator[Progress, None, Encoded]:
    """Vectors of all distinct inputs under all poolings; yields `Progress`, returns `Encoded`.

    `encoder` is only called if an input is missing from the store. One whose vector is not finite, or that does not fit
    in memory alone, is kept out of it and costs only the cells that need it. `in_batches` says what is read together.
    """
    table = Table(inputs, [pooling for pooling, _ in poolings])
    distinct, keys = table.distinct, keys_of(table.distinct)
    for pooling, _ in poolings:
        own = np.flatnonzero(table.lacks(pooling.key))
        for places, rows in store.get(pooling, keys[own]):
            table.put(pooling.key, own[places], rows)
    missing = table.lacking()
    n_hits, n_halvings, bad = len(distinct) - len(missing), 0, dict[int, HarnessError]()
    yield Progress(n_hits, len(distinct), n_hits)
    if len(missing):
        model, asked = encoder(), [distinct[place] for place in missing.tolist()]
        pieces = Pieces(asked, model.tokenizer(asked, tokenization))
        new = _New(table, missing, store, keys, poolings)
        n_done, n_read, n_tokens = n_hits, 0, int(pieces.lengths().sum())
        with new:
            for batch in in_batches(pieces, model.token_budget):
                pooled, failed, halved = forward(model, batch, pieces, poolings)
                n_halvings += halved
                bad |= failed
                whole = {row: pieces.whole(row) for row, _ in batch}
                for pooling, _ in poolings:
                    new.take(pooling, pooled.get(pooling.key, {}), whole, tokenization, bad)
                n_done += sum(number == len(whole[row].later) for row, number in batch)
                n_read += sum(len(whole[row].windows[number].ids) for row, number in batch)
                yield Progress(n_done, len(distinct), n_hits, n_read / max(1, n_tokens))
        table.add_bad({int(missing[row]): pieces.whole(row) for row in bad})
    return table.encoded({distinct[missing[row]]: error for row, error in bad.items()}, n_hits, n_halvings)


class _New:
    """Rows on their way into the table and a store, which take many at a time; what waits when the block ends goes too.

    `missing`: the places in the table of the inputs that are read, in their order. What the store has stays as it is.
    """

    def __init__(self, table: Table, missing: Any, store: VectorStore, keys: Any, poolings: Poolings) -> None:
        self._table, self._missing, self._store, self._keys = table, missing, store, keys
        self._last = time.monotonic()
        self._poolings = {pooling.key: pooling for pooling, _ in poolings}
        self._lacks = {key: table.lacks(key)[missing] for key in self._poolings}
        self._rows: dict[str, dict[int, Row]] = {key: {} for key in self._poolings}
        self._parts: dict[str, dict[int, dict[int, Any]]] = {key: {} for key in self._poolings}

    def take(
        self,
        pooling: Pooling,
        found: Mapping[Piece, Any],
        tokens: Mapping[int, Tokens],
        tokenization: Tokenization,
        bad: Mapping[int, HarnessError],
    ) -> None:
        """Keep the rows of inputs all of whose pieces are there, at the latest a second after the last ones were."""
        rows = _whole(self._parts[pooling.key], found, tokens, tokenization)
        lacks, own = self._lacks[pooling.key], self._rows[pooling.key]
        own.update((row, one) for row, one in rows.items() if lacks[row] and row not in bad)
        if len(own) >= _WAITING or time.monotonic() - self._last > _WAITING_S:
            self._keep_all()

    def _keep_all(self) -> None:
        for key, waiting in self._rows.items():
            if waiting:
                rows, places = Rows.of(list(waiting.values())), self._missing[list(waiting)]
                self._table.put(key, places, rows)
                self._store.put(self._poolings[key], self._keys[places], rows)
                self._rows[key] = {}
        self._last = time.monotonic()

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, *_: object) -> None:
        self._keep_all()


def _whole(
    parts: dict[int, dict[int, Any]], found: Mapping[Piece, Any], tokens: Mapping[int, Tokens], how: Tokenization
) -> dict[int, Row]:
    """The rows of inputs all of whose pieces are there; what is found of others waits in `parts`."""
    rows: dict[int, Row] = {}
    for (of, number), vectors in found.items():
        read = tokens[of]
        if not read.later:
            rows[of] = Row(vectors, read.n_tokens, read.digest)
            continue
        own = parts.setdefault(of, {})
        own[number] = vectors
        if len(own) > len(read.later):
            in_order = [own[place] for place in range(len(parts.pop(of)))]
            rows[of] = Row(together(in_order, read, how), read.n_tokens, read.digest)
    return rows


def forward(
    model: Encoder, batch: Sequence[Piece], pieces: Pieces, poolings: Poolings
) -> tuple[dict[str, dict[Piece, Any]], dict[int, HarnessError], int]:
    """One forward for all poolings: (k, d) by pooling key and piece, inputs that have none and why, how often halved.

    On out-of-memory the batch is halved, down to a single piece.
    """
    tokens = [pieces[piece] for piece in batch]
    pooled = _pooled(model, tokens, poolings)
    if pooled is None and len(batch) == 1:
        too_big = OutOfMemoryError(
            f"one text of {len(tokens[0].ids)} tokens does not fit in memory. "
            "Set a smaller max_length for this encoder, or another device."
        )
        return {}, {batch[0].of: too_big}, 0
    if pooled is None:
        half = len(batch) // 2
        first, second = (forward(model, part, pieces, poolings) for part in (batch[:half], batch[half:]))
        vectors = {p.key: first[0].get(p.key, {}) | second[0].get(p.key, {}) for p, _ in poolings}
        return vectors, first[1] | second[1], 1 + first[2] + second[2]
    found: dict[str, dict[Piece, Any]] = {}
    bad: dict[int, HarnessError] = {}
    for pooling in (p for p, _ in poolings if p.key in pooled):
        found[pooling.key] = _by_piece(pooling, batch, tokens, pooled[pooling.key])
        if not np.isfinite(pooled[pooling.key]).all():
            bad |= _not_finite(found[pooling.key], pooling, pieces.inputs)
    return found, bad, 0


def _by_piece(pooling: Pooling, batch: Sequence[Piece], tokens: Sequence[Tokens], vectors: Any) -> dict[Piece, Any]:
    """What a pooler gave for a batch, (batch, d) or (batch, n_words, d), as (k, d) by piece.

    Of words that have no token, or none in this piece, there are zeros.
    """
    if pooling.per == "text":
        return dict(zip(batch, vectors[:, None], strict=True))
    found: dict[Piece, Any] = {}
    for piece, read, rows in zip(batch, tokens, vectors, strict=True):
        if read.words is not None:
            found[piece] = np.zeros((read.n_words, rows.shape[-1]), np.float32)
            found[piece][: len(rows)] = rows[: read.n_words]
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


def _not_finite(vectors: Mapping[Piece, Any], pooling: Pooling, inputs: Sequence[Input]) -> dict[int, HarnessError]:
    return {
        one.of: NotFiniteError(
            f"the vector of {as_text(inputs[one.of])[:60]!r} under {pooling.pooler} pooling holds NaN or infinity: "
            "the weights are damaged, or overflow in the precision that it computes in (fp32 has most room)."
        )
        for one, rows in vectors.items()
        if not np.isfinite(rows).all()
    }
