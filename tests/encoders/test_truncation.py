"""Texts longer than an encoder reads: their end, both ends, or windows; held against transformers' own."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import assets
from harness.core.errors import EncoderError, NotFiniteError, OutOfMemoryError
from harness.core.inputs import Input, Pair, Words
from harness.core.records import Tokenization
from harness.core.truncation import Aggregate, Truncation, Windows
from harness.encoders import EncoderSpec, resolve
from harness.encoders.backends import pytorch
from harness.encoders.encode import encode
from harness.encoders.pieces import batches, pieces_of
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens
from harness.encoders.truncation import shortened
from harness.latency.subjects import EncoderSubject
from harness.runner.vectors import NoCache
from tests.encoders.test_encode import FakeEncoder
from tests.fakes.broken import found
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, tiny_encoder
from tests.fakes.stores import CLS, MAX, MEAN, POOLINGS, MemoryStore, encoded, finish

TEXTS = [
    "the food was good",
    "",
    "Naïve café – 日本語 😀 שלום",
    "the service was slow but the food was good " * 9,
    "a [SEP] and </s> and the waiter was kind but the food was not",
    "word " * 3000,
    "x" * 2000,
]
SOME = [*TEXTS[:5], "word " * 60]
ALL: list[Truncation] = ["tail", "head+tail", Windows(), Windows("max", 0.5)]


@pytest.fixture(params=FAMILIES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tiny_encoder(request.param, tmp_path)


@cache
def theirs(path: Path, side: str = "right") -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(path, truncation_side=side)


def ours(path: Path, max_length: int, how: Truncation, texts: Sequence[str] = TEXTS, prefix: str = "") -> list[Tokens]:
    return list(Tokenizer(found(path))(texts, Tokenization(max_length, prefix, how)))


@pytest.mark.parametrize("max_length", [3, 8, 24])
def test_the_tail_is_what_transformers_keeps_when_it_cuts_at_the_left(path: Path, max_length: int) -> None:
    expected = theirs(path, "left")(TEXTS, truncation=True, max_length=max_length)["input_ids"]
    read = ours(path, max_length, "tail")
    assert [list(one.ids) for one in read] == expected
    assert [one.n_full for one in read] == [len(ids) for ids in theirs(path)(TEXTS, verbose=False)["input_ids"]]


@pytest.mark.parametrize("max_length", [3, 8, 9])
def test_half_of_the_budget_goes_to_each_end(path: Path, max_length: int) -> None:
    """Of an odd one the head has one more."""
    room = max_length - 2
    for text, one in zip(TEXTS, ours(path, max_length, "head+tail"), strict=True):
        first, *own, last = theirs(path)(text, verbose=False)["input_ids"]
        n_tail = room // 2
        kept = own if len(own) <= room else own[: room - n_tail] + own[len(own) - n_tail :]
        assert list(one.ids) == [first, *kept, last]
        assert one.special == (0, len(one.ids) - 1)


@pytest.mark.parametrize(("max_length", "stride"), [(3, 1.0), (8, 1.0), (8, 0.5), (24, 0.25)])
def test_windows_are_those_that_transformers_gives_as_overflow(path: Path, max_length: int, stride: float) -> None:
    """Whose `stride` is by how many tokens two of them overlap."""
    room = max_length - 2
    overlap = room - round(stride * room)
    how = {"return_overflowing_tokens": True, "stride": overlap, "truncation": True, "max_length": max_length}
    for text, one in zip(TEXTS, ours(path, max_length, Windows(stride=stride)), strict=True):
        expected = theirs(path)(text, **how)["input_ids"]
        assert [list(window.ids) for window in one.windows] == expected
        assert one.n_tokens == sum(map(len, expected))
        assert all(window.special == (0, len(window.ids) - 1) for window in one.windows)


@given(st.integers(1, 90), st.integers(4, 20), st.floats(0.1, 1.0), st.integers(0, 1))
@settings(deadline=None)
def test_windows_cover_a_text_and_none_is_too_many(n: int, max_length: int, stride: float, n_prompt: int) -> None:
    """Each holds the tokens around a text; no token of it is left out, none but the last is short."""
    body = [*range(10, 10 + n)]
    prompt = (1, 2)[: 1 + n_prompt]
    whole = Tokens((*prompt, *body, 3), len(prompt) + n + 1, special=(0, len(prompt) + n))
    if len(whole.ids) <= max_length:
        return
    read = shortened(whole, Tokenization(max_length, truncation=Windows(stride=stride)), prompt)
    inner = [window.ids[len(prompt) : -1] for window in read.windows]
    assert all((window.ids[: len(prompt)], window.ids[-1]) == (prompt, 3) for window in read.windows)
    assert {one for part in inner for one in part} == set(body)
    assert all(len(window.ids) == max_length for window in read.windows[:-1])
    assert all(set(inner[-1]) - set(part) for part in inner[:-1])  # the last brings something new


def test_a_text_that_fits_is_read_as_from_its_head(path: Path) -> None:
    short = [text for text, one in zip(TEXTS, ours(path, 24, "head"), strict=True) if one.n_full <= 24]
    assert len(short) >= 3
    head = encoded(short, pytorch.load(found(path), "cpu"), Tokenization(24))
    for how in ALL:
        assert ours(path, 24, how, short) == ours(path, 24, "head", short)
        other = encoded(short, pytorch.load(found(path), "cpu"), Tokenization(24, truncation=how))
        assert other.digests.tolist() == head.digests.tolist()
        assert other.n_tokens.tolist() == head.n_tokens.tolist()
        for key, vectors in head.vectors.items():
            assert other.vectors[key].tobytes() == vectors.tobytes()


def test_what_is_read_is_told_apart(path: Path) -> None:
    long = [text for text, one in zip(TEXTS, ours(path, 8, "head"), strict=True) if one.n_full > 8 and "x" not in text]
    for text in [one for one in long if not one.startswith("word ")]:  # of one word over and over all parts are alike
        digests = {ours(path, 8, how, [text])[0].digest for how in ("head", *ALL)}
        assert len(digests) == len(ALL) + 1


# the prefix


@pytest.mark.parametrize("prefix", ["the waiter: ", "so:"])
def test_the_prefix_stands_before_every_part(path: Path, prefix: str) -> None:
    """With the special token before it; the rest of the tokens are those of the text read with it."""
    text = TEXTS[3]
    whole = ours(path, 10_000, "head", [text], prefix)[0]
    alone = theirs(path)(prefix)["input_ids"][:-1]
    n = max(i for i in range(len(alone) + 1) if whole.ids[:i] == tuple(alone[:i]))
    body = whole.ids[n:-1]
    for how in ALL:
        read = ours(path, 20, how, [text], prefix)[0]
        for window in read.windows:
            assert window.ids[:n] == whole.ids[:n]
            assert window.ids[-1] == whole.ids[-1]
            assert len(window.ids) <= 20
            assert window.n_prompt == whole.n_prompt
    room = 20 - n - 1
    assert ours(path, 20, "tail", [text], prefix)[0].ids[n:-1] == body[-room:]
    inner = [one for window in ours(path, 20, Windows(), [text], prefix)[0].windows for one in window.ids[n:-1]]
    assert tuple(inner) == body


@pytest.mark.parametrize("how", ALL, ids=str)
def test_a_prefix_that_leaves_no_room_is_told(tmp_path: Path, how: Truncation) -> None:
    tokenizer = Tokenizer(found(tiny_encoder("bert", tmp_path)))
    with pytest.raises(EncoderError, match=r"max_length 6 leaves no room for a text .*expected \d+ or more"):
        list(tokenizer([TEXTS[3]], Tokenization(6, "the waiter was kind and the food was good: ", how)))


@pytest.mark.parametrize("how", ALL, ids=str)
def test_words_are_read_whole_whatever_is_said_of_texts(tmp_path: Path, how: Truncation) -> None:
    """In windows of their own."""
    tokenizer, one = Tokenizer(found(tiny_encoder("bert", tmp_path))), Words(("the", "food") * 30)
    (read,) = tokenizer([one], Tokenization(MAX_LENGTH, truncation=how))
    assert [read] == list(tokenizer([one], Tokenization(MAX_LENGTH)))
    assert {word for window in read.windows for word in window.words or ()} == {-1, *range(60)}


@pytest.mark.parametrize("one", [Pair("the food", "was good")], ids=["pair"])
@pytest.mark.parametrize("how", ALL, ids=str)
def test_only_single_texts_are_read_so(tmp_path: Path, one: Input, how: Truncation) -> None:
    tokenizer = Tokenizer(found(tiny_encoder("bert", tmp_path)))
    with pytest.raises(EncoderError, match="is for single texts"):
        list(tokenizer([one], Tokenization(8, truncation=how)))


# vectors


def by_hand(path: Path, text: str, max_length: int, aggregate: Aggregate, overlap: int) -> dict[str, Any]:
    """Vectors of a text by pooling: transformers' windows, one by one through its model, then mean or max of them."""
    from transformers import AutoModel

    how = {"return_overflowing_tokens": True, "stride": overlap, "truncation": True, "max_length": max_length}
    windows = theirs(path)(text, **how)["input_ids"]
    model = AutoModel.from_pretrained(path).eval()
    with torch.inference_mode():
        states = [model(torch.tensor([ids])).last_hidden_state[0].numpy() for ids in windows]
    pooled = {CLS: [s[0] for s in states], MEAN: [s.mean(0) for s in states], MAX: [s.max(0) for s in states]}
    if aggregate == "max":
        return {pooling.key: np.max(own, axis=0) for pooling, own in pooled.items()}
    weights = [len(ids) for ids in windows]
    return {pooling.key: np.average(own, axis=0, weights=weights) for pooling, own in pooled.items()}


@pytest.mark.parametrize("aggregate", ["mean", "max"])
@pytest.mark.parametrize("stride", [1.0, 0.5])
def test_the_vector_of_a_text_in_windows_is_made_of_theirs(path: Path, aggregate: Aggregate, stride: float) -> None:
    """To 1e-5 for each pooler, whatever else is read beside it."""
    texts = TEXTS[:5]
    reading = Tokenization(12, truncation=Windows(aggregate, stride))
    result = encoded(texts, pytorch.load(found(path), "cpu"), reading)
    for text in texts:
        expected = by_hand(path, text, 12, aggregate, 10 - round(stride * 10))
        for pooling, _ in POOLINGS:
            np.testing.assert_allclose(result.of(pooling, [text])[0], expected[pooling.key], atol=1e-5, rtol=0)


@pytest.mark.parametrize("how", ALL, ids=str)
def test_what_is_read_together_changes_no_vector(tmp_path: Path, how: Truncation) -> None:
    path, reading = tiny_encoder("mpnet", tmp_path), Tokenization(9, truncation=how)
    expected = encoded(SOME, pytorch.load(found(path), "cpu"), reading)
    for budget in (1, 50, 10_000):
        model: Any = pytorch.load(found(path), "cpu")
        model.token_budget = budget
        other = encoded(SOME[::-1], model, reading)
        for pooling, _ in POOLINGS:
            np.testing.assert_allclose(other.of(pooling, SOME), expected.of(pooling, SOME), atol=1e-5)

    def in_twos(pieces: Any, budget: int) -> Any:
        order = list(pieces)[::-1]  # the last window of a text first
        return (order[start : start + 2] for start in range(0, len(order), 2))

    model = pytorch.load(found(path), "cpu")
    other, _ = finish(encode(SOME, reading, POOLINGS, lambda: model, NoCache(), in_twos))
    for pooling, _ in POOLINGS:
        np.testing.assert_allclose(other.of(pooling, SOME), expected.of(pooling, SOME), atol=1e-5)


class Windowing(FakeEncoder):
    """Reads four tokens at a time, in windows."""

    def tokenizer(self, texts: Sequence[str], tokenization: Tokenization) -> Any:
        for one in super().tokenizer(texts, Tokenization(10_000)):
            whole = Tokens(one.ids, len(one.ids), special=(0,))
            yield whole if len(one.ids) <= 4 else shortened(whole, tokenization, ())


READING = Tokenization(4, truncation=Windows())
LONG = "one two three four five six seven eight"


def test_each_text_is_stored_once_all_its_windows_are_read() -> None:
    """Also where another batch holds its last one; progress counts texts."""
    store, model = MemoryStore(), cast(Any, Windowing())
    model.token_budget = 4
    result, events = finish(encode([LONG, "one two", LONG + " nine ten"], READING, POOLINGS, lambda: model, store))
    assert model.batches == [1] * 8  # of 8 words three windows, of 10 four, and the short text
    assert result.n_tokens.tolist() == [8 + 3, 3, 10 + 4]
    assert [event.n_done for event in events] == sorted(event.n_done for event in events)
    assert events[-1].n_done == 3
    every = [LONG, "one two", LONG + " nine ten"]
    assert store.known(every) == set(every)
    again, _ = finish(encode([LONG], READING, POOLINGS, no_model, store))
    np.testing.assert_array_equal(again.of(MEAN, [LONG]), result.of(MEAN, [LONG]))


def test_all_windows_of_a_text_are_timed() -> None:
    model: Any = Windowing()
    model.token_budget = 8
    subject = EncoderSubject(model, READING, POOLINGS, ("cls", "mean", "max"))
    *_, pooled, n_tokens = subject.one(LONG)
    assert n_tokens == 8 + 3
    assert set(pooled) == {"cls", "mean", "max"}
    assert model.batches == [2, 1]
    assert subject.many([LONG, "one two"]) == (8 + 3 + 3, 8 + 6)


def no_model() -> Any:
    raise AssertionError("the model was asked for")


@pytest.mark.parametrize("fault", ["memory", "nan"])
def test_a_window_without_a_vector_costs_its_text_alone(fault: str) -> None:
    def refuse(batch: list[Tokens], hidden: Any) -> Any:
        for row, one in enumerate(batch):
            if sum(map(ord, "seven")) in one.ids:
                if fault == "memory":
                    raise torch.OutOfMemoryError
                hidden[row] = float("nan")
        return hidden

    others, store = ["one two", "nine ten eleven twelve thirteen"], MemoryStore()
    result = encoded([LONG, *others], Windowing(refuse), READING, store=store)
    assert set(result.bad) == {LONG}
    np.testing.assert_allclose(
        result.of(MEAN, others), encoded(others, Windowing(), READING).of(MEAN, others), atol=1e-6
    )
    with pytest.raises((OutOfMemoryError, NotFiniteError)):
        result.of(MEAN, [LONG])
    assert store.known([LONG, *others]) == set(others)


def test_windows_of_a_text_need_not_fit_one_batch(tmp_path: Path) -> None:
    """A very long text is read within the budget like all others."""
    tokenizer = Tokenizer(found(tiny_encoder("bert", tmp_path)))
    texts: list[Input] = ["word " * 3000, "the food"]
    pieces = pieces_of(dict(zip(texts, tokenizer(texts, Tokenization(12, truncation=Windows())), strict=True)))
    made = list(batches(pieces, 60))
    assert sum(map(len, made)) == len(pieces) > 300
    assert all(sum(len(pieces[piece].ids) for piece in batch) <= 60 for batch in made)


@pytest.mark.assets
def test_minilm_reads_tails_and_windows_as_sentence_transformers_would() -> None:
    """Its own tokenizer told to cut at the left; and the windows of it, one by one through its modules."""
    from sentence_transformers import SentenceTransformer

    folder = resolve(EncoderSpec("minilm", "minilm", max_length=64, truncation="tail"), Path())
    text = " ".join(f"The government said on day {i} that it would look again at the plan." for i in range(40))
    texts = [text, "A man is eating food."]
    library = SentenceTransformer(
        str(assets.path("minilm")), device="cpu", tokenizer_kwargs={"truncation_side": "left"}
    )
    library.max_seq_length = 64
    expected = library.encode(texts, normalize_embeddings=False)
    read = encoded(texts, pytorch.load(folder, "cpu"), folder.tokenization).of(MEAN, texts)
    norms = np.linalg.norm(read, axis=1, keepdims=True)  # its folder ends with Normalize
    np.testing.assert_allclose(read / norms, expected, atol=1e-5, rtol=0)
    how = {"return_overflowing_tokens": True, "truncation": True, "max_length": 64}
    library.tokenizer.truncation_side = "right"
    windows = library.tokenizer(text, **how)["input_ids"]
    with torch.inference_mode():
        vectors = []
        for ids in windows:
            features = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
            vectors.append(library[1](library[0](features))["sentence_embedding"][0].numpy())
    weights = [len(ids) for ids in windows]
    for aggregate, by_their in (
        ("mean", np.average(vectors, axis=0, weights=weights)),
        ("max", np.max(vectors, axis=0)),
    ):
        reading = Tokenization(64, truncation=Windows(aggregate))  # type: ignore[arg-type]
        ours_ = encoded(texts, pytorch.load(folder, "cpu"), reading).of(MEAN, [text])[0]
        np.testing.assert_allclose(ours_, by_their, atol=1e-5, rtol=0)
