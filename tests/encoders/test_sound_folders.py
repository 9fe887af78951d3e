"""Sound folders of many kinds run, with the vectors that transformers or sentence-transformers give of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from harness.core.errors import EncoderError
from harness.encoders import EncoderFolder
from harness.encoders.backends import pytorch
from harness.encoders.tokenizer import Tokenizer, count_tokens
from tests.encoders.test_families import pooled_by_hand
from tests.fakes.broken import edit, found
from tests.fakes.encoders import MAX_LENGTH
from tests.fakes.stores import MEAN, encoded

pytestmark = pytest.mark.usefixtures("own_cache")

TEXTS = ["the food was good", "a", "", "I would not buy this phone again, the battery dies before noon! " * 3]


def vectors(folder: EncoderFolder) -> Any:
    return encoded(TEXTS, pytorch.load(folder, "cpu"), folder.tokenization).vectors[MEAN.key]


def made(family: str, tiny: Path, *, of: str = "AutoModel", **sizes: Any) -> Path:
    """A folder with a small random model of this family, beside the tokenizer of `tiny`."""
    import torch
    import transformers

    n_words = json.loads((tiny / "config.json").read_text())["vocab_size"]
    usual = {"vocab_size": n_words, "pad_token_id": 0, "max_position_embeddings": MAX_LENGTH}
    layers = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    given = usual | (sizes if "d_model" in sizes or "n_embd" in sizes else layers | sizes)
    config = transformers.AutoConfig.for_model(family, **{k: v for k, v in given.items() if v is not None})
    path = tiny.parent / f"a-{family}"
    shutil.copytree(tiny, path)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = getattr(transformers, of)
        made_ = model.from_config(config) if of.startswith("Auto") else model(config)
        for name, weight in made_.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(weight, std=0.3)
    made_.save_pretrained(path)
    return path


def alone(folder: EncoderFolder, model: Any) -> Any:
    """Mean vectors of one text at a time, by transformers."""
    import torch
    from transformers import AutoTokenizer

    tokenizer, states = AutoTokenizer.from_pretrained(folder.path), []
    for text in TEXTS:
        read = tokenizer(text, truncation=True, max_length=folder.tokenization.max_length, return_tensors="pt")
        with torch.no_grad():
            given = {"input_ids": read["input_ids"], "attention_mask": read["attention_mask"]}
            states.append(model.eval()(**given).last_hidden_state[0].numpy())
    return pooled_by_hand(states)[MEAN.key]


# encoder halves, and what is no encoder

T5 = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2, "max_position_embeddings": None}
KINDS = [("t5", "T5EncoderModel"), ("t5", "T5Model"), ("t5", "T5ForConditionalGeneration"), ("mt5", "MT5Model")]
KINDS += [("umt5", "UMT5EncoderModel"), ("longt5", "LongT5Model")]


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_the_encoder_half_is_read_whatever_else_is_in_the_file(family: str, kind: str, tiny: Path) -> None:
    import transformers

    path = made(family, tiny, of=kind, **T5, local_radius=4 if family == "longt5" else None)
    half = getattr(
        transformers, {"t5": "T5", "mt5": "MT5", "umt5": "UMT5", "longt5": "LongT5"}[family] + "EncoderModel"
    )
    folder = found(path)
    expected = alone(folder, half.from_pretrained(path))
    np.testing.assert_allclose(vectors(folder), expected, atol=1e-5, rtol=0)


def test_an_encoder_decoder_without_a_half_of_its_own_is_refused_as_such(tiny: Path) -> None:
    heads: dict[str, Any] = {f"{side}_attention_heads": 2 for side in ("encoder", "decoder")}
    sizes: dict[str, Any] = {
        f"{side}_{size}": n for side in ("encoder", "decoder") for size, n in (("layers", 1), ("ffn_dim", 32))
    }
    path = made("marian", tiny, d_model=32, decoder_start_token_id=0, **heads, **sizes)
    with pytest.raises(EncoderError, match=r"'mine': a marian model .*it is an encoder-decoder"):
        vectors(found(path))


def test_a_model_that_continues_texts_is_read_by_its_last_token(tiny: Path) -> None:
    """As sentence-transformers reads a plain folder of that kind."""
    path = made("llama", tiny, of="AutoModelForCausalLM", num_key_value_heads=2)
    folder = found(path)
    assert folder.pooler == "last-token"
    assert folder.weights == "pretrained to continue texts, so read by its last token; family untested here (llama)"
    edit(path / "config.json", is_causal=False)
    assert found(path).pooler == "mean"


def test_a_model_that_mixes_padding_in_is_given_none(tiny: Path) -> None:
    """FNet's Fourier transform runs over all places of a batch: its vectors are those of a text alone."""
    import transformers

    folder = found(made("fnet", tiny))
    assert folder.weights == "pretrained; family untested here (fnet)"
    expected = alone(folder, transformers.AutoModel.from_pretrained(folder.path))
    np.testing.assert_allclose(vectors(folder), expected, atol=1e-5, rtol=0)


def test_a_model_of_pictures_is_refused(tiny: Path) -> None:
    with pytest.raises(EncoderError, match=r"a vit model \(ViTModel\) cannot be read as a text encoder"):
        vectors(found(made("vit", tiny)))


# how many tokens an encoder reads

OFFSET = {"max_position_embeddings": MAX_LENGTH + 2, "pad_token_id": 1}
READS = [
    ("bert", {}, MAX_LENGTH, False),
    ("roberta", OFFSET, MAX_LENGTH, False),
    ("camembert", OFFSET, MAX_LENGTH, False),
    ("data2vec-text", OFFSET, MAX_LENGTH, False),
    ("mpnet", OFFSET, MAX_LENGTH, False),
    ("longformer", {**OFFSET, "attention_window": [4, 4]}, MAX_LENGTH, False),
    ("albert", {"embedding_size": 16}, MAX_LENGTH, False),
    ("gpt2", {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 16, "max_position_embeddings": None}, 16, False),
    ("deberta-v2", {"relative_attention": True, "position_biased_input": False}, MAX_LENGTH, True),
    ("modernbert", {}, MAX_LENGTH, True),
    ("t5", T5, 512, True),
]


@pytest.mark.parametrize(("family", "sizes", "length", "reads_more"), READS, ids=[family for family, *_ in READS])
def test_an_encoder_reads_as_many_tokens_as_its_positions_allow(
    family: str, sizes: Any, length: int, reads_more: bool, tiny: Path
) -> None:
    """On both sides of the maximum; where positions are relative, the configuration or a default ends it."""
    import torch

    from harness.encoders.torch_encoder import load_model

    path = made(family, tiny, **sizes)
    edit(path / "tokenizer_config.json", model_max_length=...)
    folder = found(path)
    assert folder.tokenization.max_length == length
    model = load_model(folder)

    def reads(n_tokens: int) -> bool:
        ids = torch.full((1, n_tokens), 6)
        try:
            with torch.no_grad():
                model(input_ids=ids, attention_mask=torch.ones_like(ids))
        except (IndexError, RuntimeError):
            return False
        return True

    assert reads(length)
    assert reads(length + 1) is reads_more


def test_the_table_tells_the_length_where_the_configuration_does_not(tiny: Path) -> None:
    edit(tiny / "config.json", max_position_embeddings=...)
    assert found(tiny).tokenization.max_length == MAX_LENGTH


@pytest.mark.parametrize("stated", [0, 1, -5, "many", True])
def test_a_length_that_is_none_is_named(stated: Any, tiny: Path) -> None:
    edit(tiny / "tokenizer_config.json", model_max_length=stated)
    with pytest.raises(EncoderError, match=f"model_max_length is {stated!r}; expected a whole number, 3 or more"):
        found(tiny)
    assert found(tiny, max_length=8).tokenization.max_length == 8


# weights in other clothes


def rewritten(path: Path, change: Any) -> None:
    file = path / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


def test_weights_under_a_prefix_and_with_a_head(tiny: Path) -> None:
    """As AutoModelForMaskedLM and others save them."""
    expected = vectors(found(tiny))
    head = {"cls.predictions.bias": np.zeros(3, np.float32)}
    rewritten(tiny, lambda weights: {**{f"bert.{k}": v for k, v in weights.items()}, **head})
    np.testing.assert_array_equal(vectors(found(tiny)), expected)


def test_weights_in_several_files(tiny: Path) -> None:
    from transformers import AutoModel

    expected = vectors(found(tiny))
    model = AutoModel.from_pretrained(tiny)
    (tiny / "model.safetensors").unlink()
    model.save_pretrained(tiny, max_shard_size="20KB")
    assert len(list(tiny.glob("model-*.safetensors"))) > 1
    np.testing.assert_array_equal(vectors(found(tiny)), expected)


def test_weights_in_half_precision_are_computed_with_in_full(tiny: Path) -> None:
    rewritten(tiny, lambda weights: {k: v.astype(np.float16) for k, v in weights.items()})
    halves = vectors(found(tiny))
    rewritten(tiny, lambda weights: {k: v.astype(np.float32) for k, v in weights.items()})
    np.testing.assert_array_equal(halves, vectors(found(tiny)))


@pytest.mark.parametrize("prefix", ["bert.", ""])
@pytest.mark.parametrize("tokenizer", ["vocab.txt", "tokenizer.json"])
def test_an_old_upload_whose_config_names_no_family(prefix: str, tokenizer: str, tiny: Path) -> None:
    """Weights tell it; the tokenizer is BERT's too."""
    expected = vectors(found(tiny))
    rewritten(tiny, lambda weights: {prefix + k: v for k, v in weights.items()})
    edit(tiny / "config.json", model_type=..., architectures=...)
    (tiny / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    if tokenizer == "vocab.txt":
        words = json.loads((tiny / "tokenizer.json").read_text())["model"]["vocab"]
        (tiny / "vocab.txt").write_text("\n".join(sorted(words, key=words.__getitem__)) + "\n")
        (tiny / "tokenizer.json").unlink()
    folder = found(tiny)
    assert folder.family == "bert"
    np.testing.assert_allclose(vectors(folder), expected, atol=1e-6)
    assert count_tokens(folder, TEXTS) == [t.n_full for t in Tokenizer(folder)(TEXTS, folder.tokenization)]


def test_a_family_that_nothing_tells_is_asked_for(tiny: Path) -> None:
    rewritten(tiny, lambda weights: {f"net.{k}": v for k, v in weights.items()})
    edit(tiny / "config.json", model_type=...)
    with pytest.raises(EncoderError, match=r"config.json has no `model_type`.*the first is 'net\..*Add it to config"):
        found(tiny)


def test_segments_that_a_tokenizer_tells_are_read(tiny: Path) -> None:
    """XLNet's <cls> stands at the end, in a segment of its own."""
    import torch
    from transformers import AutoModel, AutoTokenizer, XLNetConfig, XLNetModel, XLNetTokenizer

    special = ["<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"]
    letters = [f"▁{letter}" for letter in "abcdefgh"] + list("abcdefghijklmnopqrstuvwxyz")
    tokenizer = XLNetTokenizer(vocab=[(piece, -float(i)) for i, piece in enumerate([*special, *letters])])
    sizes = {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64, "initializer_range": 0.3}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = XLNetModel(XLNetConfig(vocab_size=len(tokenizer), pad_token_id=5, **sizes))
    path = tiny.parent / "xlnet"
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    names = ["input_ids", "token_type_ids", "attention_mask"]
    edit(path / "tokenizer_config.json", model_input_names=names)
    folder = found(path, max_length=20)
    expected = []
    for text in TEXTS:
        read = AutoTokenizer.from_pretrained(path)(text, truncation=True, max_length=20, return_tensors="pt")
        assert read["token_type_ids"][0, -1] == 2
        with torch.no_grad():
            expected.append(AutoModel.from_pretrained(path).eval()(**read).last_hidden_state[0].mean(dim=0).numpy())
    np.testing.assert_allclose(vectors(folder), np.stack(expected), atol=1e-5, rtol=0)
