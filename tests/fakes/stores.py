"""A store of vectors in memory, and the way through `encode` to its result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.inputs import Input, keys_of
from harness.core.records import Pooling, Tokenization
from harness.encoders import Encoded, encode
from harness.encoders.encode import VectorStore
from harness.encoders.encoded import Row, Rows
from harness.poolers.means import mean
from harness.poolers.picks import cls, max_

CLS, MEAN, MAX = Pooling("cls"), Pooling("mean"), Pooling("max")
POOLINGS = ((CLS, cls), (MEAN, mean), (MAX, max_))


class MemoryStore:
    """Keeps rows by pooling and key of the input, and gives them two at a time."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, bytes], Row] = {}

    def get(self, pooling: Pooling, keys: Any) -> Iterator[tuple[Any, Rows]]:
        found = [(place, row) for place, key in enumerate(keys) if (row := self.rows.get((pooling.key, key.tobytes())))]
        for some in (found[start : start + 2] for start in range(0, len(found), 2)):
            yield np.array([place for place, _ in some]), Rows.of([row for _, row in some])

    def put(self, pooling: Pooling, keys: Any, rows: Rows) -> None:
        for key, row in zip(keys, one_by_one(rows), strict=True):
            self.rows[pooling.key, key.tobytes()] = row

    def known(self, inputs: Sequence[Input]) -> set[Input]:
        """Those of the inputs that have rows; no other has."""
        by_key = {key.tobytes(): one for key, one in zip(keys_of(inputs), inputs, strict=True)}
        return {by_key[key] for _, key in self.rows}


def one_by_one(rows: Rows) -> list[Row]:
    """Rows as one each."""
    parts = np.split(rows.vectors, np.cumsum(rows.counts)[:-1])
    return [Row(*one) for one in zip(parts, rows.n_tokens.tolist(), rows.digests.tolist(), strict=True)]


def found(store: VectorStore, pooling: Pooling, inputs: Sequence[Input]) -> dict[Input, Row]:
    """What a store has of these inputs."""
    got: dict[Input, Row] = {}
    for places, rows in store.get(pooling, keys_of(inputs)):
        got |= zip([inputs[place] for place in places], one_by_one(rows), strict=True)
    return got


def keep(store: VectorStore, pooling: Pooling, rows: Mapping[Input, Row]) -> None:
    """Put rows by input."""
    store.put(pooling, keys_of(rows), Rows.of(list(rows.values())))


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
