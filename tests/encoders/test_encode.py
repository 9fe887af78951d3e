"""The fast path with a fake encoder: batches, memory, bad vectors, and what is asked of the store."""

import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.data import TokenStates
from harness.core.errors import NotFiniteError, OutOfMemoryError
from harness.core.events import Progress
from harness.core.inputs import Input
from harness.core.records import Tokenization
from harness.encoders import encode
from harness.encoders.pieces import Piece, batches, pieces_of
from harness.encoders.tokens import Tokens
from tests.fakes.stores import CLS, MAX, MEAN, POOLINGS, MemoryStore, encoded, finish

READING = Tokenization(64)
TEXTS = ["one", "two words", "and three words", "four words in all", "one", "", "five words in this one"]


class FakeEncoder:
    """One token a word, its state a function of its id. `refuse` raises for a batch, or changes its states."""

    def __init__(self, refuse: Callable[[list[Tokens], Any], Any] = lambda batch, hidden: hidden) -> None:
        self.n_parameters, self.token_budget = 0, 64
        self.refuse = refuse
        self.batches: list[int] = []

    def tokenizer(self, texts: Sequence[str], tokenization: Tokenization) -> Iterator[Tokens]:
        for text in texts:
            ids = (1, *(sum(map(ord, word)) for word in text.split()))
            yield Tokens(ids[: tokenization.max_length], len(ids))

    def hidden_states(self, batch: Sequence[Tokens], layers: Sequence[int] = (-1,)) -> TokenStates:
        self.batches.append(len(batch))
        longest = max(len(t.ids) for t in batch)
        ids = torch.tensor([[*t.ids, *[0] * (longest - len(t.ids))] for t in batch], dtype=torch.float32)
        hidden = torch.sin(ids.unsqueeze(-1) * torch.arange(1, 5))
        return TokenStates({-1: self.refuse(list(batch), hidden)}, mask=ids > 0, special=ids == 1)

    def synchronize(self) -> None:
        """Nothing to wait for."""


def over(n: int, error: type[Exception] | Exception = torch.OutOfMemoryError) -> Callable[..., Any]:
    """Too little memory for more than n texts at a time."""

    def refuse(batch: list[Tokens], hidden: Any) -> Any:
        if len(batch) > n:
            raise error
        return hidden

    return refuse


def test_vectors_stand_in_the_order_asked_for_and_repeats_cost_nothing() -> None:
    model = FakeEncoder()
    result = encoded(TEXTS, model, READING)
    assert sum(model.batches) == len(set(TEXTS))
    rows = result.of(MEAN, ["four words in all", "one", "one"])
    alone = encoded(["four words in all"], FakeEncoder(), READING)
    np.testing.assert_allclose(rows[0], alone.of(MEAN, ["four words in all"])[0], atol=1e-6)
    assert np.array_equal(rows[1], rows[2])
    assert result.n_tokens.tolist() == [2, 3, 4, 5, 1, 6]


def test_one_forward_serves_all_poolings() -> None:
    model = FakeEncoder()
    result = encoded(TEXTS, model, READING, POOLINGS)
    assert set(result.vectors) == {CLS.key, MEAN.key, MAX.key}
    assert sum(model.batches) == len(set(TEXTS))


def test_progress_is_told_up_to_all_texts() -> None:
    model: Any = FakeEncoder()
    store = MemoryStore()
    encoded(TEXTS[:2], model, READING, store=store)
    model.token_budget = 1
    result, events = finish(encode(TEXTS, READING, POOLINGS, lambda: model, store))
    assert [replace(event, share=0.0) for event in events] == [Progress(2 + done, 6, 2) for done in range(5)]
    assert [event.share for event in events] == pytest.approx([0.0, 6 / 16, 11 / 16, 15 / 16, 1.0])  # longest first
    assert result.n_hits == 2


def test_what_is_in_the_store_is_not_computed_again() -> None:
    """A run from the store needs no model at all; one more text, or one more pooling, computes that alone."""
    store = MemoryStore()
    first = encoded(TEXTS, FakeEncoder(), READING, POOLINGS[:2], store)

    def no_model() -> Any:
        raise AssertionError("the model was asked for")

    second, _ = finish(encode(TEXTS, READING, POOLINGS[:2], no_model, store))
    assert second.n_hits == len(set(TEXTS))
    for key, vectors in first.vectors.items():
        assert np.array_equal(second.vectors[key], vectors)
    assert second.n_tokens.tolist() == first.n_tokens.tolist()
    assert second.digests.tolist() == first.digests.tolist()
    model = FakeEncoder()
    encoded([*TEXTS, "new"], model, READING, POOLINGS[:2], store)
    assert model.batches == [1]
    model = FakeEncoder()
    third = encoded(TEXTS, model, READING, POOLINGS, store)
    assert sum(model.batches) == len(set(TEXTS))
    np.testing.assert_allclose(third.vectors[CLS.key], first.vectors[CLS.key], atol=1e-6)


@given(st.lists(st.text(alphabet="ab ", max_size=30), unique=True), st.integers(1, 40), st.randoms())
@settings(deadline=None)
def test_batches_hold_every_text_once_within_the_budget(texts: list[str], budget: int, order: Any) -> None:
    """Longest first; only a single text may be over the budget; the order of the texts does not matter."""
    tokens: dict[Input, Tokens] = dict(zip(texts, FakeEncoder().tokenizer(texts, READING), strict=True))
    pieces = pieces_of(tokens)
    made = list(batches(pieces, budget))
    assert Counter(piece for batch in made for piece in batch) == Counter(map(Piece, range(len(texts))))
    lengths = [len(pieces[piece].ids) for batch in made for piece in batch]
    assert lengths == sorted(lengths, reverse=True)
    assert all(len(b) == 1 or len(b) * len(pieces[b[0]].ids) <= budget for b in made)
    shuffled = order.sample(texts, len(texts))
    again = list(batches(pieces_of({t: tokens[t] for t in shuffled}), budget))
    assert [[shuffled[one] for one, _ in b] for b in again] == [[texts[one] for one, _ in b] for b in made]


# memory


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("no sign of it in this text"),
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
    ids=["torch", "python", "cuda", "cpu", "cublas"],
)
def test_a_batch_too_big_for_memory_is_halved_until_it_fits(error: Exception) -> None:
    model, expected = FakeEncoder(over(2, error)), encoded(TEXTS, FakeEncoder(), READING)
    model.token_budget = 10_000
    result = encoded(TEXTS, model, READING)
    assert model.batches == [6, 3, 1, 2, 3, 1, 2]
    assert result.n_halvings == 3
    assert expected.n_halvings == 0
    assert not result.bad
    for pooling, _ in POOLINGS:
        np.testing.assert_allclose(result.of(pooling, TEXTS), expected.of(pooling, TEXTS), atol=1e-6)


def test_another_error_is_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        encoded(TEXTS, FakeEncoder(over(2, RuntimeError("shapes cannot be multiplied"))), READING)


def test_what_a_failed_batch_held_is_free_before_the_next_try() -> None:
    """While an error is being handled, its traceback keeps alive the very tensors that were too many."""
    held: list[weakref.ref[Any]] = []

    def refuse(batch: list[Tokens], hidden: Any) -> Any:
        assert all(ref() is None for ref in held), "the failed batch is still in memory"
        activations = hidden * 2
        held.append(weakref.ref(activations))
        if len(batch) > 1:
            raise torch.OutOfMemoryError
        return hidden

    model = FakeEncoder(refuse)
    model.token_budget = 10_000
    assert encoded(TEXTS, model, READING).n_halvings == 5


def test_a_text_too_big_alone_costs_only_itself() -> None:
    """Its error is kept, and raised only when its vector is asked for."""
    big, store = "five words in this one", MemoryStore()

    def refuse(batch: list[Tokens], hidden: Any) -> Any:
        if any(len(t.ids) == 6 for t in batch):
            raise torch.OutOfMemoryError
        return hidden

    result = encoded(TEXTS, FakeEncoder(refuse), READING, store=store)
    others = [t for t in TEXTS if t != big]
    expected = encoded(others, FakeEncoder(), READING)
    assert set(result.bad) == {big}
    np.testing.assert_allclose(result.of(MAX, others), expected.of(MAX, others), atol=1e-6)
    with pytest.raises(OutOfMemoryError, match=r"one text of 6 tokens does not fit in memory.*max_length"):
        result.of(MAX, TEXTS)
    assert result.n_tokens[result.rows([big])].tolist() == [6]  # how it was read is known all the same
    assert store.known(TEXTS) == set(others)


def test_no_text_fits() -> None:
    result = encoded(TEXTS, FakeEncoder(over(0)), READING)
    assert set(result.bad) == set(TEXTS)
    with pytest.raises(OutOfMemoryError):
        result.of(CLS, TEXTS)


# vectors that are not finite


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_vector_that_is_not_finite_costs_only_its_text(value: float) -> None:
    """It is not stored, and raises only when asked for."""
    bad, store = "two words", MemoryStore()

    def spoil(batch: list[Tokens], hidden: Any) -> Any:
        for row, tokens in enumerate(batch):
            if len(tokens.ids) == 3:
                hidden[row, 1, 2] = value
        return hidden

    result = encoded(TEXTS, FakeEncoder(spoil), READING, store=store)
    others = [t for t in TEXTS if t != bad]
    assert set(result.bad) == {bad}
    assert np.isfinite(result.of(MEAN, others)).all()
    with pytest.raises(
        NotFiniteError, match=r"the vector of 'two words' under (mean|max) pooling holds NaN or infinity"
    ):
        result.of(MEAN, TEXTS)
    assert store.known(TEXTS) == set(others)


def test_padding_may_hold_anything() -> None:
    """States of padding are no part of a text: even if they are not finite, its vectors are what they were."""

    def spoil(batch: list[Tokens], hidden: Any) -> Any:
        for row, tokens in enumerate(batch):
            hidden[row, len(tokens.ids) :] = float("nan")
        return hidden

    result, expected = (encoded(TEXTS, FakeEncoder(*how), READING) for how in ([spoil], []))
    for pooling, _ in POOLINGS:
        np.testing.assert_allclose(result.of(pooling, TEXTS), expected.of(pooling, TEXTS), atol=1e-6)


# many texts


def test_vectors_beyond_a_size_lie_in_a_file_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored two at a time, in memory that the system may take back."""
    expected = encoded(TEXTS, FakeEncoder(), READING)
    monkeypatch.setattr("harness.encoders.encoded.MAPPED_ABOVE", 10)
    module = sys.modules["harness.encoders.encode"]  # by name it is the function
    monkeypatch.setattr(module, "_WAITING", 2)
    store = MemoryStore()
    for _ in range(2):
        found = encoded(TEXTS, FakeEncoder(), READING, store=store)
        assert isinstance(found.vectors[MEAN.key], np.memmap)
        for pooling, _function in POOLINGS:
            assert np.array_equal(found.of(pooling, TEXTS), expected.of(pooling, TEXTS))
    assert found.n_hits == len(store.rows) // len(POOLINGS) == len(set(TEXTS))


def test_what_waits_to_be_stored_is_stored_where_a_later_batch_fails() -> None:
    store = MemoryStore()
    model: Any = FakeEncoder(lambda batch, hidden: 1 / 0 if len(batch[0].ids) == 1 else hidden)
    model.token_budget = 1
    with pytest.raises(ZeroDivisionError):
        encoded(TEXTS, model, READING, store=store)
    assert store.known(TEXTS) == set(TEXTS) - {""}
