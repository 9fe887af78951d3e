"""Tokenizers without a fast (Rust) form: read more slowly, cut and counted alike."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from harness.core.records import Tokenization
from harness.core.truncation import Windows
from harness.encoders.tokenizer import Tokenizer, count_tokens
from tests.encoders.test_sound_folders import TEXTS, made, vectors
from tests.fakes.broken import edit, found
from tests.fakes.encoders import MAX_LENGTH, tiny_encoder

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def bertweet(tmp_path: Path) -> Path:
    """BERTweet's tokenizer: words and merges in files of its own, and no Rust form."""
    path = made(
        "roberta", tiny_encoder("bert", tmp_path), max_position_embeddings=MAX_LENGTH + 2, pad_token_id=1, vocab_size=64
    )
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (path / name).unlink(missing_ok=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [f"{letter}@@" for letter in letters] + [*letters, "th@@", "the"]
    (path / "vocab.txt").write_text("".join(f"{piece} 1\n" for piece in pieces))
    (path / "bpe.codes").write_text("t h 9\nth e</w> 8\n")
    (path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertweetTokenizer", "model_max_length": 20}')
    edit(path / "config.json", bos_token_id=0, eos_token_id=2)
    return path


def test_a_tokenizer_without_a_fast_form_reads_and_counts_alike(bertweet: Path) -> None:
    from transformers import AutoTokenizer

    folder = found(bertweet)
    assert folder.tokenization.max_length == 20
    theirs = AutoTokenizer.from_pretrained(bertweet)
    assert not theirs.is_fast
    whole = [theirs(text)["input_ids"] for text in TEXTS]
    cut = [tuple(theirs(text, truncation=True, max_length=20)["input_ids"]) for text in TEXTS]
    read = list(Tokenizer(folder)(TEXTS, folder.tokenization))
    assert [t.ids for t in read] == cut
    assert [t.n_full for t in read] == [len(ids) for ids in whole]
    assert max(t.n_full for t in read) > 20
    assert count_tokens(folder, TEXTS) == [len(ids) for ids in whole]
    assert np.isfinite(vectors(folder)).all()


def test_the_files_of_such_a_tokenizer_are_in_the_key_and_go_along_with_a_pickle(bertweet: Path) -> None:
    import torch

    before, expected = found(bertweet), vectors(found(bertweet))
    weights = {name: torch.from_numpy(value) for name, value in load_file(bertweet / "model.safetensors").items()}
    torch.save(weights, bertweet / "pytorch_model.bin")
    (bertweet / "model.safetensors").unlink()
    np.testing.assert_array_equal(vectors(found(bertweet)), expected)
    (bertweet / "bpe.codes").write_text("t h 9\n")
    assert found(bertweet).checkpoint != before.checkpoint


def test_such_a_tokenizer_reads_tails_and_windows_alike(bertweet: Path) -> None:
    """As transformers cuts at the left; and in windows, of which no token is left out."""
    from transformers import AutoTokenizer

    tokenizer, whole = Tokenizer(found(bertweet)), AutoTokenizer.from_pretrained(bertweet)
    theirs = AutoTokenizer.from_pretrained(bertweet, truncation_side="left")
    cut = [tuple(theirs(text, truncation=True, max_length=20)["input_ids"]) for text in TEXTS]
    assert [t.ids for t in tokenizer(TEXTS, Tokenization(20, truncation="tail"))] == cut
    for text, read in zip(TEXTS, tokenizer(TEXTS, Tokenization(20, truncation=Windows())), strict=True):
        assert all((window.ids[0], window.ids[-1]) == (0, 2) for window in read.windows)
        inner = [one for window in read.windows for one in window.ids[1:-1]]
        assert inner == whole(text)["input_ids"][1:-1]
