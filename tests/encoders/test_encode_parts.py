"""An encode in parts: disjoint, all of it, and to the byte what one job gives."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.inputs import Input, Pair, Words
from harness.core.records import Pooling, Tokenization
from harness.core.truncation import Windows
from harness.encoders import encode
from harness.encoders.backends import pytorch
from harness.encoders.parts import Part, inputs_of
from tests.encoders.test_encode import FakeEncoder
from tests.fakes.broken import found
from tests.fakes.encoders import corpus, tiny_encoder
from tests.fakes.stores import CLS, MEAN, POOLINGS, MemoryStore, encoded, finish

READING = Tokenization(12)
TEXTS: list[Input] = [f"{' '.join(text.split()[:n])} {n}" for text in corpus() for n in range(1, 14)]
SIDES: list[Input] = [Pair("the food", "was good"), Pair("the waiter", ""), Words(("slow", "service", "but"))]
LONG: list[Input] = [f"{text} {number} " * 4 for number, text in enumerate(corpus() * 3)]


def in_parts(
    inputs: Sequence[Input], model: Any, n: int, tokenization: Tokenization = READING
) -> tuple[list[list[Input]], MemoryStore]:
    """The inputs of each part, and the store after all of them."""
    found, store = [], MemoryStore()
    for number in range(n):
        own, in_batches = inputs_of(Part(number, n), inputs, tokenization, model)
        finish(encode(own, tokenization, POOLINGS, lambda: model, store, in_batches))
        found.append(own)
    return found, store


def listed(parts: Sequence[Sequence[Input]]) -> list[str]:
    return sorted(map(str, chain.from_iterable(parts)))


@pytest.fixture
def model(tmp_path: Path) -> Any:
    loaded = pytorch.load(found(tiny_encoder("bert", tmp_path)), "cpu")
    loaded.token_budget = 64
    return loaded


@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_vectors_are_to_the_byte_those_of_one_job(model: Any, n: int) -> None:
    """More parts than batches leave some without any."""
    inputs = [*TEXTS, *SIDES, *TEXTS[:9]]
    whole = MemoryStore()
    encoded(inputs, model, READING, store=whole)
    parts, store = in_parts(inputs, model, n)
    assert listed(parts) == sorted(map(str, set(inputs)))
    assert whole.rows.keys() == store.rows.keys()
    assert all(row.vectors.tobytes() == store.rows[key].vectors.tobytes() for key, row in whole.rows.items())
    assert max(map(len, parts)) < len(inputs) / n * 1.5 or n == 40


def test_all_windows_of_a_text_are_of_one_part(model: Any) -> None:
    tokenization = Tokenization(12, truncation=Windows("mean", 0.5))
    inputs = [*LONG, *TEXTS]
    one = encoded(inputs, model, tokenization)
    parts, store = in_parts(inputs, model, 3, tokenization)
    assert listed(parts) == sorted(map(str, inputs))
    assert all(set(own) & set(LONG) for own in parts)
    assert store.known(inputs) == set(inputs)
    again, _ = finish(encode(inputs, tokenization, POOLINGS, lambda: model, store))
    assert again.n_hits == len(inputs)
    np.testing.assert_allclose(again.of(MEAN, inputs), one.of(MEAN, inputs), atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab \n", max_size=30), max_size=40), st.integers(1, 6), st.integers(4, 80))
def test_parts_are_disjoint_and_all_of_it(texts: list[str], n: int, budget: int) -> None:
    model = FakeEncoder()
    model.token_budget = budget
    parts, store = in_parts(texts, model, n)
    assert listed(parts) == sorted(set(texts)) == sorted(map(str, store.known(list(set(texts)))))


def test_what_another_reading_reads_whole_is_left_to_it(model: Any) -> None:
    """Only longer texts are read once more."""
    short, long = TEXTS[:4], LONG[:4]
    own, _ = inputs_of(Part(0, 1), [*short, *long], Tokenization(12, truncation="tail"), model, {*short, *long})
    assert set(own) == set(long)


def test_what_is_stored_is_not_read_again(model: Any) -> None:
    """As after a kill: a part goes on, whoever stored what it finds."""
    store, reads = MemoryStore(), list[int]()
    encoded(TEXTS[:20], model, READING, ((CLS, POOLINGS[0][1]),), store)
    for number in range(2):
        own, in_batches = inputs_of(Part(number, 2), TEXTS, READING, model)
        steps = encode(own, READING, ((CLS, POOLINGS[0][1]),), lambda: model, store, in_batches)
        result, _ = finish(steps)
        reads.append(len(own) - result.n_hits)
    assert sum(reads) == len(TEXTS) - 20
    assert store.known(TEXTS) == set(TEXTS)
    assert {key for key, _ in store.rows} == {Pooling("cls").key}
