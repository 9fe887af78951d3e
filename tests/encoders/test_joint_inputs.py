"""Pairs of texts and lists of words: read and encoded as transformers does, one at a time."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.catalogue import catalogue
from harness.core.errors import EncoderError
from harness.core.inputs import Input, Pair, Words
from harness.core.records import Pooling, Tokenization
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.encoders.backends import pytorch
from harness.encoders.forward import batch_of, token_states
from harness.encoders.tokenizer import Tokenizer
from tests.encoders.test_slow_tokenizers import bertweet  # noqa: F401
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, tiny_encoder
from tests.fakes.stores import CLS, MAX, MEAN, MemoryStore, encoded

PAIRS = [
    Pair("the food", "was good"),
    Pair("the food was", "good"),
    Pair("", "the waiter was kind"),
    Pair("the waiter was kind", ""),
    Pair("", ""),
    Pair("Naïve café – 日本語", "😀 שלום"),
    Pair("the service was slow but the food was good " * 3, "good"),
    Pair("good", "the service was slow but the food was good " * 3),
    Pair("the battery dies before noon " * 9, "and the waiter was kind " * 9),
    Pair("the [SEP] and </s> of it", "<s> and [CLS]"),
]
LISTS = [
    Words(("the", "food", "was", "good")),
    Words(("Naïve", "café", "–", "日本語", "😀")),
    Words(("the", "", "waiter")),
    Words(("phone!", "(again)")),
    Words(("good",) * 40),
    Words(("a",)),
]
WORD_FIRST, WORD_MEAN = (
    (Pooling(name, per="word"), catalogue().function("pooler", name)) for name in ("word-first", "word-mean")
)


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> EncoderFolder:
    return resolve(EncoderSpec("tiny", tiny_encoder(request.param, tmp_path).name), tmp_path)


def theirs(path: str, *columns: Any, max_length: int = MAX_LENGTH, **how: Any) -> tuple[Any, Any]:
    """What transformers reads of one input, and the hidden states (n_tokens, d) that it gives, by layer."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = (
        AutoTokenizer.from_pretrained(path, add_prefix_space=True) if how else AutoTokenizer.from_pretrained(path)
    )
    read = tokenizer(*columns, truncation=True, max_length=max_length, return_tensors="pt", **how)
    with torch.no_grad():
        states = AutoModel.from_pretrained(path).eval()(**read, output_hidden_states=True).hidden_states
    return read, [layer[0].numpy() for layer in states]


@pytest.mark.parametrize("budget", [1, 10_000], ids=["alone", "padded"])
def test_pairs_are_read_and_encoded_as_by_transformers(folder: EncoderFolder, budget: int) -> None:
    model = pytorch.load(folder, "cpu")
    model.token_budget = budget
    result = encoded(PAIRS, model, folder.tokenization)
    for pair in PAIRS:
        read, layers = theirs(folder.path, [pair.a], [pair.b])
        (tokens,) = model.tokenizer([pair], folder.tokenization)
        assert list(tokens.ids) == read["input_ids"][0].tolist()
        assert tokens.words is None
        expected = {CLS: layers[-1][0], MEAN: layers[-1].mean(axis=0), MAX: layers[-1].max(axis=0)}
        for pooling, vector in expected.items():
            np.testing.assert_allclose(result.of(pooling, [pair])[0], vector, atol=1e-5, rtol=0)


def test_the_second_text_of_a_pair_is_another_segment_where_a_family_has_them(folder: EncoderFolder) -> None:
    tokenizer = Tokenizer(folder)
    (tokens,) = tokenizer([Pair("the food", "was good")], folder.tokenization)
    read, _ = theirs(folder.path, "the food", "was good")
    assert (tokens.types is not None) == ("token_type_ids" in read)
    assert (tokens.types is not None) == (folder.family in ("bert", "deberta-v2"))
    if tokens.types is not None:
        assert list(tokens.types) == read["token_type_ids"][0].tolist()
        assert set(tokens.types) == {0, 1}
    n_between = 2 if folder.family in ("roberta", "mpnet") else 1
    assert len(tokens.special) == 2 + n_between
    assert tokens.special[0] == 0
    assert tokens.special[-1] == len(tokens.ids) - 1


def test_the_longer_text_is_cut_first_and_the_full_length_is_told(folder: EncoderFolder) -> None:
    from transformers import AutoTokenizer

    whole = AutoTokenizer.from_pretrained(folder.path)
    for max_length in (8, 15, MAX_LENGTH):
        for pair, tokens in zip(PAIRS, Tokenizer(folder)(PAIRS, Tokenization(max_length)), strict=True):
            columns = [pair.a], [pair.b]  # an empty second text counts as one only in a batch
            read = whole(*columns, truncation="longest_first", max_length=max_length)
            assert list(tokens.ids) == read["input_ids"][0]
            assert tokens.n_full == len(whole(*columns, verbose=False)["input_ids"][0])


def test_a_prefix_stands_before_the_first_text(folder: EncoderFolder) -> None:
    tokenizer = Tokenizer(folder)
    (with_prefix,) = tokenizer([Pair("the food", "was good")], Tokenization(20, prefix="a phone: "))
    assert with_prefix == next(tokenizer([Pair("a phone: the food", "was good")], Tokenization(20)))
    assert with_prefix.n_prompt == next(tokenizer(["x"], Tokenization(20, prefix="a phone: "))).n_prompt > 1


def test_a_length_without_room_for_a_pair_is_refused(folder: EncoderFolder) -> None:
    n = 4 if folder.family in ("roberta", "mpnet") else 3
    with pytest.raises(EncoderError, match=rf"encoder 'tiny': max_length {n} leaves no room.*expected {n + 1} or more"):
        list(Tokenizer(folder)(PAIRS, Tokenization(n)))


# words


def test_words_are_read_and_encoded_as_by_transformers(folder: EncoderFolder) -> None:
    """Their first tokens and the means over them; zeros for words that have no token or were cut off."""
    model = pytorch.load(folder, "cpu")
    result = encoded(
        LISTS, model, folder.tokenization, [WORD_FIRST, WORD_MEAN, (MEAN, catalogue().function("pooler", "mean"))]
    )
    for one in (one for one in LISTS if len(one.words) < MAX_LENGTH):
        read, layers = theirs(folder.path, list(one.words), is_split_into_words=True)
        (tokens,) = model.tokenizer([one], folder.tokenization)
        assert list(tokens.ids) == read["input_ids"][0].tolist()
        assert tokens.words == tuple(-1 if word is None else word for word in read.word_ids())
        places = [[p for p, word in enumerate(read.word_ids()) if word == number] for number in range(len(one.words))]
        nothing = np.zeros_like(layers[-1][0])
        first = [layers[-1][p[0]] if p else nothing for p in places]
        means = [layers[-1][p].mean(axis=0) if p else nothing for p in places]
        for (pooling, _), expected in ((WORD_FIRST, first), (WORD_MEAN, means)):
            vectors, offsets = result.of(pooling, [one])
            np.testing.assert_allclose(vectors, expected, atol=1e-5, rtol=0)
            assert offsets.tolist() == [0, len(one.words)]
        np.testing.assert_allclose(result.of(MEAN, [one])[0], layers[-1].mean(axis=0), atol=1e-5, rtol=0)


@pytest.mark.parametrize("budget", [1, 10_000], ids=["alone", "beside texts"])
def test_words_of_several_lists_come_flat_in_the_order_asked_for(folder: EncoderFolder, budget: int) -> None:
    model, store = pytorch.load(folder, "cpu"), MemoryStore()
    model.token_budget = budget
    inputs: list[Input] = [*LISTS, "a text", Pair("a", "b")]
    poolings = [WORD_MEAN, (MEAN, catalogue().function("pooler", "mean"))]
    for _ in range(2):  # the second time from the store
        result = encoded(inputs, model, folder.tokenization, poolings, store)
        asked = [LISTS[3], LISTS[0], LISTS[3]]
        vectors, offsets = result.of(WORD_MEAN[0], asked)
        assert offsets.tolist() == [0, 2, 6, 8]
        assert np.array_equal(vectors[0:2], vectors[6:8])
        for place, one in enumerate(asked):
            alone, _ = result.of(WORD_MEAN[0], [one])
            assert np.array_equal(vectors[offsets[place] : offsets[place + 1]], alone)
        assert result.of(MEAN, inputs).shape == (len(inputs), 32)
    assert result.n_hits == len(inputs)


def test_a_prefix_is_of_no_word(folder: EncoderFolder) -> None:
    (tokens,) = Tokenizer(folder)([LISTS[0]], Tokenization(MAX_LENGTH, prefix="a phone: "))
    (bare,) = Tokenizer(folder)([LISTS[0]], Tokenization(MAX_LENGTH))
    assert tokens.words is not None
    assert bare.words is not None
    assert [w for w in tokens.words if w >= 0] == [w for w in bare.words if w >= 0]
    assert tokens.ids[-len(bare.ids) + 1 :] == bare.ids[1:]
    assert set(tokens.words[: tokens.n_prompt]) == {-1}
    assert tokens.words[tokens.n_prompt] == 0


@pytest.mark.parametrize("words", [(), ("", ""), (" ", "\t")])
def test_words_that_become_no_token_have_vectors_of_zeros(words: tuple[str, ...], tmp_path: Path) -> None:
    folder = resolve(EncoderSpec("tiny", str(tiny_encoder("bert", tmp_path))), tmp_path)
    for others in ([], [LISTS[0]]):
        result = encoded(
            [*others, Words(words)], pytorch.load(folder, "cpu"), folder.tokenization, [WORD_MEAN, WORD_FIRST]
        )
        for pooling, _ in (WORD_MEAN, WORD_FIRST):
            vectors, offsets = result.of(pooling, [Words(words)])
            assert vectors.shape == (len(words), 32)
            assert not vectors.any()
            assert offsets.tolist() == [0, len(words)]


def test_a_long_list_is_read_in_windows_and_each_word_where_it_is_farthest_from_an_edge(folder: EncoderFolder) -> None:
    """Windows are of whole words and overlap; a vector is that of its window, read alone."""
    one = Words(tuple(f"{word} {number}" for number in range(9) for word in ("the", "waiter", "was", "kind")))
    model = pytorch.load(folder, "cpu")
    (tokens,) = model.tokenizer([one], folder.tokenization)
    assert len(tokens.windows) > 2
    numbers = [sorted({word for word in window.words or () if word >= 0}) for window in tokens.windows]
    assert all(len(window.ids) <= MAX_LENGTH for window in tokens.windows)
    assert all(set(before) & set(after) for before, after in pairwise(numbers))
    assert sorted(set().union(*numbers)) == list(range(36))
    vectors, _ = encoded([one], model, folder.tokenization, [WORD_MEAN]).of(WORD_MEAN[0], [one])
    for word in (0, numbers[0][-1], 17, 35):
        depths = [
            min(
                word - own[0] if number else 99, own[-1] - word if number < len(numbers) - 1 else 99
            ) if word in own else -1
            for number, own in enumerate(numbers)
        ]  # fmt: skip
        near = [number for number, depth in enumerate(depths) if depth >= max(depths) - 1]
        read = [model.hidden_states([tokens.windows[number]]) for number in near]
        found = [WORD_MEAN[1](states)[0, word].numpy() for states in read]
        assert min(np.abs(vectors[word] - own).max() for own in found) < 1e-5


def test_a_tokenizer_without_a_fast_form_reads_pairs_and_words(bertweet: Path) -> None:  # noqa: F811
    from transformers import AutoTokenizer

    folder, whole = resolve(EncoderSpec("mine", str(bertweet)), Path()), AutoTokenizer.from_pretrained(bertweet)
    read = list(Tokenizer(folder)([*PAIRS, *LISTS], folder.tokenization))
    for pair, tokens in zip(PAIRS, read, strict=False):
        assert list(tokens.ids) == whole([pair.a], [pair.b], truncation=True, max_length=20)["input_ids"][0]
        assert {0, len(tokens.ids) - 1} <= set(tokens.special)
    for one, tokens in zip(LISTS, read[len(PAIRS) :], strict=True):
        if tokens.later:
            continue
        how = {"is_split_into_words": True, "truncation": True, "max_length": 20}
        assert list(tokens.ids) == whole(list(one.words), **how)["input_ids"]
        pieces = [number for number, word in enumerate(one.words) for _ in whole.tokenize(word)]
        assert tokens.words is not None
        inner = [word for place, word in enumerate(tokens.words) if place not in tokens.special]
        assert inner == pieces[: len(inner)]
        assert {tokens.words[place] for place in tokens.special} == {-1}


# what all inputs share


def test_special_tokens_are_those_that_the_tokenizer_puts_around(folder: EncoderFolder) -> None:
    """Not those that a text writes itself."""
    from transformers import AutoTokenizer

    whole, texts = AutoTokenizer.from_pretrained(folder.path), ["the [SEP] and </s> of it", "", "good " * 40]
    for text, tokens in zip(texts, Tokenizer(folder)(texts, folder.tokenization), strict=True):
        read = whole(text, truncation=True, max_length=MAX_LENGTH, return_special_tokens_mask=True)
        assert list(tokens.special) == [p for p, special in enumerate(read["special_tokens_mask"]) if special]


def test_layers_are_those_of_transformers(folder: EncoderFolder) -> None:
    """In one padded batch, by number from the embeddings and from the end."""
    model, texts = pytorch.load(folder, "cpu"), ["the food was good", "a", "the waiter was kind and slow"]
    states = model.hidden_states(list(model.tokenizer(texts, folder.tokenization)), (0, 1, -2, 2))
    assert set(states.layers) == {-1, 0, 1, -2, 2}
    for row, text in enumerate(texts):
        _, layers = theirs(folder.path, text)
        for number, found in states.layers.items():
            np.testing.assert_allclose(found[row][: len(layers[0])], layers[number], atol=1e-5, rtol=0)
    with pytest.raises(EncoderError, match=r"encoder 'tiny': layer 3 is asked for, and this encoder has 2: expected 0"):
        model.hidden_states(list(model.tokenizer(texts, folder.tokenization)), (3,))


def test_a_batch_without_padding_gives_the_layers_too(folder: EncoderFolder) -> None:
    """The way of models that mix padding into states: one length at a time."""
    from harness.encoders.torch_encoder import load_model

    model, tokenizer = load_model(folder), Tokenizer(folder)
    inputs: list[Input] = ["the food was good", "a", PAIRS[0], LISTS[0], "b"]
    batch = batch_of(list(tokenizer(inputs, folder.tokenization)), tokenizer.pad_id)
    together, apart = (token_states(model, batch, (0, 1), apart=way) for way in (False, True))
    mask = together.mask
    for layer, states in together.layers.items():
        np.testing.assert_allclose(apart.layers[layer][mask].detach(), states[mask].detach(), atol=1e-5, rtol=0)
