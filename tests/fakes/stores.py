"""A store of vectors in memory, and the way through `encode` to its result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.core.records import Pooling, Tokenization
from harness.encoders import Encoded, encode
from harness.encoders.encode import Row
from harness.poolers.cls import cls
from harness.poolers.max import max_
from harness.poolers.mean import mean

CLS, MEAN, MAX = Pooling("cls"), Pooling("mean"), Pooling("max")
POOLINGS = ((CLS, cls), (MEAN, mean), (MAX, max_))


class MemoryStore:
    """Keeps rows by pooling and text."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def get(self, pooling: Pooling, texts: Sequence[str]) -> dict[str, Row]:
        return {t: self.rows[pooling.key, t] for t in texts if (pooling.key, t) in self.rows}

    def put(self, pooling: Pooling, rows: Mapping[str, Row]) -> None:
        self.rows.update({(pooling.key, t): row for t, row in rows.items()})


def finish(generator: Iterator[Any]) -> tuple[Any, list[Any]]:
    """What a generator returns, and what it yielded."""
    events = []
    while True:
        try:
            events.append(next(generator))
        except StopIteration as stop:
            return stop.value, events


def encoded(
    texts: Sequence[str],
    model: Any,
    tokenization: Tokenization,
    poolings: Sequence[tuple[Pooling, Callable[..., Any]]] = POOLINGS,
    store: MemoryStore | None = None,
) -> Encoded:
    """Vectors of these texts under a loaded model."""
    result, _ = finish(encode(texts, tokenization, poolings, lambda: model, store or MemoryStore()))
    assert isinstance(result, Encoded)
    return result
