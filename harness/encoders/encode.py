"""The fast path: every distinct text once, tokenised once, one forward for all poolings.

Texts are sorted by token count and cut into batches by a budget of padded tokens, so that little of the
work is padding; that helps every family alike, where attention kernels do not.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from harness.core.errors import HarnessError, NotFiniteError, OutOfMemoryError, is_out_of_memory
from harness.core.events import Progress
from harness.core.records import Pooling, Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.tokenizer import Tokens


@dataclass(frozen=True)
class Row:
    """What is stored of one text: its vector, how long it was, and which ids were read."""

    vector: Any
    n_tokens: int
    digest: int


class VectorStore(Protocol):
    """Where rows are kept between runs."""

    def get(self, pooling: Pooling, texts: Sequence[str]) -> dict[str, Row]:
        """The rows that are there, by text."""

    def put(self, pooling: Pooling, rows: Mapping[str, Row]) -> None:
        """Keep these rows."""


#: A pooling and the function that does it, its parameters and the folder's own layers within (`own.bound`).
Poolings = Sequence[tuple[Pooling, Callable[..., Any]]]


@dataclass(frozen=True)
class Encoded:
    """Vectors by pooling key, and what reading the texts showed, for distinct texts in order of first mention.

    `bad` holds the texts that have no vector and why; asking for one of them raises that error.
    """

    index: Mapping[str, int]
    n_tokens: Any
    digests: Any
    vectors: Mapping[str, Any]
    bad: Mapping[str, HarnessError]
    n_hits: int = 0
    n_halvings: int = 0

    def of(self, pooling: Pooling, texts: Sequence[str]) -> Any:
        """(n_texts, d) float32, a row a text. NotFiniteError or OutOfMemoryError if one of them has none."""
        for text in texts if self.bad else ():
            if text in self.bad:
                raise self.bad[text]
        return self.vectors[pooling.key][self.rows(texts)]

    def rows(self, texts: Sequence[str]) -> Any:
        """Row numbers of these texts."""
        return np.fromiter((self.index[t] for t in texts), dtype=np.int64, count=len(texts))


def encode(
    texts: Sequence[str],
    tokenization: Tokenization,
    poolings: Poolings,
    encoder: Callable[[], Encoder],
    store: VectorStore,
) -> Generator[Progress, None, Encoded]:
    """Vectors of all distinct texts under all poolings; yields `Progress`, returns `Encoded`.

    `encoder` is only called if a text is missing from the store. A text whose vector is not finite, or
    that does not fit in memory alone, is kept out of the store and costs only the cells that need it.
    """
    distinct = list(dict.fromkeys(texts))
    known = {pooling.key: store.get(pooling, distinct) for pooling, _ in poolings}
    missing = [t for t in distinct if not all(t in rows for rows in known.values())]
    n_hits, n_halvings, bad = len(distinct) - len(missing), 0, dict[str, HarnessError]()
    yield Progress(n_hits, len(distinct), n_hits)
    if missing:
        model = encoder()
        tokens = dict(zip(missing, model.tokenizer(missing, tokenization), strict=True))
        n_done, n_read, n_tokens = n_hits, 0, sum(len(t.ids) for t in tokens.values())
        for batch in batches(tokens, model.token_budget):
            pooled, failed, halved = forward(model, batch, tokens, poolings)
            n_halvings += halved
            bad |= failed
            for pooling, _ in poolings:
                rows = pooled.get(pooling.key, {})
                store.put(pooling, {t: row for t, row in rows.items() if t not in bad})
                known[pooling.key].update(rows)
            n_done += len(batch)
            n_read += sum(len(tokens[t].ids) for t in batch)
            yield Progress(n_done, len(distinct), n_hits, n_read / max(1, n_tokens))
        for text in bad:
            for rows in known.values():
                size = next((len(r.vector) for r in rows.values()), 1)
                rows[text] = Row(np.full(size, np.nan, np.float32), tokens[text].n_full, tokens[text].digest)
    return _gather(distinct, known, bad, n_hits, n_halvings)


def batches(tokens: Mapping[str, Tokens], budget: int) -> Iterator[list[str]]:
    """Texts in batches of at most `budget` padded tokens, longest first; the order depends on the texts alone."""
    order = sorted(tokens, key=lambda t: (-len(tokens[t].ids), hashlib.sha256(t.encode()).digest()))
    batch: list[str] = []
    for text in order:
        if batch and (len(batch) + 1) * len(tokens[batch[0]].ids) > budget:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def forward(
    model: Encoder, batch: list[str], tokens: Mapping[str, Tokens], poolings: Poolings
) -> tuple[dict[str, dict[str, Row]], dict[str, HarnessError], int]:
    """One forward for all poolings: rows by pooling key, texts that have none and why, how often it was halved.

    On out-of-memory the batch is halved, down to a single text.
    """
    pooled = _pooled(model, [tokens[t] for t in batch], poolings)
    if pooled is None and len(batch) == 1:
        return {}, {batch[0]: _too_big(tokens[batch[0]])}, 0
    if pooled is None:
        half = len(batch) // 2
        first, second = (forward(model, part, tokens, poolings) for part in (batch[:half], batch[half:]))
        rows = {p.key: first[0].get(p.key, {}) | second[0].get(p.key, {}) for p, _ in poolings}
        return rows, first[1] | second[1], 1 + first[2] + second[2]
    bad: dict[str, HarnessError] = {}
    for pooling, _ in poolings:
        bad |= _not_finite(pooled[pooling.key], batch, pooling)
    return (
        {
            key: {t: Row(v, tokens[t].n_full, tokens[t].digest) for t, v in zip(batch, vectors, strict=True)}
            for key, vectors in pooled.items()
        },
        bad,
        0,
    )


def _pooled(model: Encoder, batch: list[Tokens], poolings: Poolings) -> dict[str, Any] | None:
    """Vectors of a batch by pooling key, None where memory was not enough.

    None rather than an error: while an error is handled its traceback keeps the batch's tensors alive.
    """
    try:
        states = model.hidden_states(batch)
        return {p.key: pool(states).float().cpu().numpy() for p, pool in poolings}
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None


def _too_big(tokens: Tokens) -> HarnessError:
    return OutOfMemoryError(
        f"one text of {len(tokens.ids)} tokens does not fit in memory. "
        "Set a smaller max_length for this encoder, or another device."
    )


def _not_finite(vectors: Any, batch: list[str], pooling: Pooling) -> dict[str, HarnessError]:
    return {
        batch[row]: NotFiniteError(
            f"the vector of {batch[row][:60]!r} under {pooling.pooler} pooling holds NaN or infinity: "
            "the weights are damaged, or overflow in the precision that it computes in (fp32 has most room)."
        )
        for row in map(int, np.flatnonzero(~np.isfinite(vectors).all(axis=1)))
    }


def _gather(
    distinct: list[str],
    known: Mapping[str, Mapping[str, Row]],
    bad: Mapping[str, HarnessError],
    n_hits: int,
    n_halvings: int,
) -> Encoded:
    rows = next(iter(known.values()))
    return Encoded(
        index={text: i for i, text in enumerate(distinct)},
        n_tokens=np.array([rows[t].n_tokens for t in distinct], dtype=np.int64),
        digests=np.array([rows[t].digest for t in distinct], dtype=np.int64),
        vectors={key: np.stack([r[t].vector for t in distinct]) for key, r in known.items()} if distinct else {},
        bad=bad,
        n_hits=n_hits,
        n_halvings=n_halvings,
    )
