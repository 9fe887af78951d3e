"""A store of vectors in memory, and the way through `encode` to its result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.core.inputs import Input
from harness.core.records import Pooling, Tokenization
from harness.encoders import Encoded, encode
from harness.encoders.encoded import Row
from harness.poolers.means import mean
from harness.poolers.picks import cls, max_

CLS, MEAN, MAX = Pooling("cls"), Pooling("mean"), Pooling("max")
POOLINGS = ((CLS, cls), (MEAN, mean), (MAX, max_))


class MemoryStore:
    """Keeps rows by pooling and input."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, Input], Row] = {}

    def get(self, pooling: Pooling, inputs: Sequence[Input]) -> dict[Input, Row]:
        return {one: self.rows[pooling.key, one] for one in inputs if (pooling.key, one) in self.rows}

    def put(self, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
        self.rows.update({(pooling.key, one): row for one, row in rows.items()})


def finish(generator: Iterator[Any]) -> tuple[Any, list[Any]]:
    """What a generator returns, and what it yielded."""
    events = []
    while True:
        try:
            events.append(next(generator))
        except StopIteration as stop:
            return stop.value, events


def encoded(
    inputs: Sequence[Input],
    model: Any,
    tokenization: Tokenization,
    poolings: Sequence[tuple[Pooling, Callable[..., Any]]] = POOLINGS,
    store: MemoryStore | None = None,
) -> Encoded:
    """Vectors of these inputs under a loaded model."""
    result, _ = finish(encode(inputs, tokenization, poolings, lambda: model, store or MemoryStore()))
    assert isinstance(result, Encoded)
    return result
