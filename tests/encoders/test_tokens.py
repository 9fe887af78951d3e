"""Reading texts: what is cut, what is counted, and what tells two readings apart."""

import json
from pathlib import Path

import pytest

from harness.core.records import Tokenization
from harness.encoders.tokenizer import Tokenizer, count_tokens
from harness.encoders.tokens import Tokens
from tests.fakes.broken import found
from tests.fakes.encoders import FAMILIES, tiny_encoder

TEXTS = [
    "the food was good",
    "",
    " \n ",
    "Naïve café – 日本語 😀 שלום",
    "the service was slow but the food was good " * 9,
    "a [MASK] and <mask> and </s>",
    "word " * 5000,
    "x" * 5000,
    "tab\tnul\x00nbsp\u00a0zwj\u200d",
]


@pytest.fixture(params=FAMILIES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tiny_encoder(request.param, tmp_path)


def in_full(path: Path, text: str) -> list[int]:
    """The ids that transformers gives for the uncut text."""
    from transformers import AutoTokenizer

    ids: list[int] = AutoTokenizer.from_pretrained(path)(text, verbose=False)["input_ids"]
    return ids


@pytest.mark.parametrize("max_length", [3, 7, 24])
def test_the_full_length_is_that_of_the_uncut_text(path: Path, max_length: int) -> None:
    read = list(Tokenizer(found(path))(TEXTS, Tokenization(max_length)))
    full = [in_full(path, text) for text in TEXTS]
    assert [t.n_full for t in read] == [len(ids) for ids in full]
    assert [len(t.ids) for t in read] == [min(len(ids), max_length) for ids in full]
    for tokens, ids in zip(read, full, strict=True):
        assert tokens.ids[:-1] == tuple(ids[: len(tokens.ids) - 1])  # the beginning is kept …
        assert tokens.ids[-1] == ids[-1]  # … and the separator at the end


def test_the_beginning_is_kept_whatever_side_the_folder_asks_for(path: Path) -> None:
    file = path / "tokenizer_config.json"
    before = list(Tokenizer(found(path))(TEXTS, Tokenization(5)))
    file.write_text(json.dumps({**json.loads(file.read_text()), "truncation_side": "left"}))
    assert list(Tokenizer(found(path))(TEXTS, Tokenization(5))) == before


def test_counting_agrees_with_reading(path: Path) -> None:
    """The count without transformers, with `tokenizer.json` alone, is the one that reading gives."""
    expected = [t.n_full for t in Tokenizer(found(path))(TEXTS, Tokenization(7))]
    assert count_tokens(found(path), TEXTS) == expected


def test_counting_works_without_a_tokenizer_json(tmp_path: Path) -> None:
    path = tiny_encoder("bert", tmp_path)
    expected = count_tokens(found(path), TEXTS)
    vocabulary = json.loads((path / "tokenizer.json").read_text())["model"]["vocab"]
    (path / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.__getitem__)) + "\n")
    (path / "tokenizer.json").unlink()
    assert count_tokens(found(path), TEXTS) == expected


def test_truncation_and_padding_stored_in_tokenizer_json_are_not_counted(path: Path) -> None:
    from tokenizers import Tokenizer as Fast

    expected = count_tokens(found(path), TEXTS)
    fast = Fast.from_file(str(path / "tokenizer.json"))
    fast.enable_truncation(4)
    fast.enable_padding(length=64)
    fast.save(str(path / "tokenizer.json"))
    assert count_tokens(found(path), TEXTS) == expected
    assert [t.n_full for t in Tokenizer(found(path))(TEXTS, Tokenization(7))] == expected


def test_a_prefix_is_read_before_each_text(path: Path) -> None:
    tokenizer = Tokenizer(found(path))
    with_prefix = list(tokenizer(TEXTS, Tokenization(24, prefix="the waiter said: ")))
    by_hand = list(tokenizer([f"the waiter said: {t}" for t in TEXTS], Tokenization(24)))
    assert with_prefix == by_hand
    assert with_prefix != list(tokenizer(TEXTS, Tokenization(24)))


def test_many_texts_keep_their_order(tmp_path: Path) -> None:
    """More texts than are read at once, some of them long, so that pieces and texts do not pair one to one."""
    tokenizer = Tokenizer(found(tiny_encoder("bert", tmp_path)))
    texts = ["good " * (i % 11) for i in range(2500)]
    assert [t.n_full for t in tokenizer(texts, Tokenization(5))] == [i % 11 + 2 for i in range(2500)]


DIGESTS = {(101, 2023, 102): 216031547259492991, (101, 102): 8903510050525065077}


def test_a_digest_is_of_the_ids_alone_and_stays() -> None:
    """It is stored, so it must be the same in every process and version; it fits SQLite's integers."""
    assert Tokens((101, 2023, 102), 3).digest == DIGESTS[101, 2023, 102]
    assert Tokens((101, 102), 2).digest == DIGESTS[101, 102]
    assert Tokens((101, 102), 2).digest == Tokens((101, 102), 900).digest
    assert len({Tokens(ids, 3).digest for ids in [(1, 2, 3), (3, 2, 1), (1, 2), (1, 23), ()]}) == 5
    assert all(0 <= Tokens((i,), 1).digest < 2**63 for i in range(1000))
