"""Published architectures with random weights: their sizes, how they read, what their weights hang on."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.catalogue import catalogue
from harness.encoders import EncoderFolder, EncoderSpec, builtin, checkpoints, resolve
from harness.encoders.architectures import RandomWeights, published
from harness.encoders.backends import pytorch
from tests.fakes.stores import MEAN, encoded

SIZES = {
    "google-bert/bert-base-uncased": ("BertModel", 109_482_240),
    "FacebookAI/roberta-base": ("RobertaModel", 124_645_632),
    "distilbert/distilbert-base-uncased": ("DistilBertModel", 66_362_880),
    "microsoft/mpnet-base": ("MPNetModel", 109_486_464),
    "microsoft/deberta-v3-base": ("DebertaV2Model", 183_831_552),
}
TINY = {
    "model_type": "roberta",
    "vocab_size": 30522,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 42,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
RANDOM = [name for name, row in builtin().items() if "architecture" in row]
TEXTS = ["a man is eating food", "ok", "the plan of the government " * 20]


def found(name: str, **given: Any) -> EncoderFolder:
    return resolve(EncoderSpec(name, name, **given), Path(), partial(catalogue().get, "step"))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> EncoderFolder:
    """`roberta-base-random` as if its architecture were tiny."""
    rows = {name: RandomWeights(TINY, 1_000) for name in published()}
    monkeypatch.setattr(checkpoints, "published", lambda: rows)
    return found("roberta-base-random")


@pytest.mark.parametrize("name", SIZES)
def test_the_published_sizes(name: str) -> None:
    """Counted on the model itself, made without memory; and transformers would not have guessed them."""
    import torch
    from transformers import AutoConfig, AutoModel

    random = published()[name]
    with torch.device("meta"):
        model = AutoModel.from_config(AutoConfig.for_model(**random.config))
    counted = sum(weight.numel() for weight in model.parameters())
    assert (type(model).__name__, counted) == SIZES[name]
    assert random.n_parameters == counted
    assert random.disk_mb == pytest.approx(counted * 4e-6, abs=0.1)


def test_what_of_the_shapes_is_easily_mistaken() -> None:
    configs = {name: random.config for name, random in published().items()}
    assert set(configs) == set(SIZES)
    assert [config["vocab_size"] for config in configs.values()] == [30522, 50265, 30522, 30527, 128100]
    assert [config["max_position_embeddings"] for config in configs.values()] == [512, 514, 512, 514, 512]
    assert [config.get("layer_norm_eps") for config in configs.values()] == [1e-12, 1e-5, None, 1e-5, 1e-7]
    assert all(random.room == 512 for random in published().values())
    deberta = configs["microsoft/deberta-v3-base"]
    assert (deberta["position_buckets"], deberta["pos_att_type"]) == (256, "p2c|c2p")
    assert (deberta["norm_rel_ebd"], deberta["type_vocab_size"]) == ("layer_norm", 0)
    assert deberta["relative_attention"]
    assert deberta["share_att_key"]
    assert not deberta["position_biased_input"]


@pytest.mark.assets
@pytest.mark.parametrize("name", RANDOM)
def test_a_row_tells_architecture_tokenizer_and_weights_apart(name: str) -> None:
    folder, row = found(name), builtin()[name]
    random = published()[row["architecture"]]
    assert folder.is_random
    assert folder.family == random.config["model_type"]
    assert (folder.tokenization.max_length, folder.pooler, folder.disk_mb) == (512, "mean", random.disk_mb)
    assert folder.n_layers == (6 if "distilbert" in name else 12)
    assert row["architecture"].split("/")[1] in folder.weights
    assert folder.weights.startswith("random")
    assert "minilm's WordPiece tokenizer" in folder.weights


@pytest.mark.assets
def test_each_architecture_is_a_checkpoint_of_its_own() -> None:
    """Decided by its config and the seed; how much is read is no part of it."""
    folders = [found(name) for name in RANDOM]
    assert len({folder.checkpoint.key for folder in folders}) == len(RANDOM) == 5
    assert found(RANDOM[0], max_length=64).checkpoint == folders[0].checkpoint


@pytest.mark.assets
def test_the_seed_is_in_the_key(tiny: EncoderFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {name: RandomWeights(TINY, 1_000, seed=1) for name in published()}
    monkeypatch.setattr(checkpoints, "published", lambda: rows)
    assert found("roberta-base-random").checkpoint != tiny.checkpoint


@pytest.mark.assets
def test_weights_are_drawn_from_the_seed_alone(tiny: EncoderFolder) -> None:
    import torch

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, again = (encoded(TEXTS, pytorch.load(tiny, "cpu"), tiny.tokenization).vectors[MEAN.key] for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert np.array_equal(one, again)
    other = replace(tiny, random=RandomWeights(TINY, 1_000, seed=1))
    vectors = encoded(TEXTS, pytorch.load(other, "cpu"), tiny.tokenization).vectors[MEAN.key]
    assert not np.allclose(one, vectors, atol=1e-3)


@pytest.mark.assets
def test_it_reads_with_the_ids_of_the_tokenizer_that_is_there(tiny: EncoderFolder) -> None:
    """Though its own family has other special ids; and no more than its positions allow."""
    minilm = found("minilm")
    model, theirs = pytorch.load(tiny, "cpu"), pytorch.load(minilm, "cpu").tokenizer
    ours = [tokens.ids for tokens in model.tokenizer(TEXTS, tiny.tokenization)]
    assert tiny.tokenization.max_length == 40
    assert ours == [tokens.ids for tokens in theirs(TEXTS, tiny.tokenization)]
    assert len(ours[-1]) == 40


@pytest.mark.assets
def test_it_may_be_cut(tiny: EncoderFolder) -> None:
    cut = catalogue().get("step", "cut")(tiny, layers=[0])
    assert cut.is_random
    assert pytorch.load(cut, "cpu").n_parameters < pytorch.load(tiny, "cpu").n_parameters
