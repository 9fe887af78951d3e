"""The finished checkpoint is the trained module, and any loader of encoders reads it."""

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from harness.catalogue import catalogue
from harness.core.data import TokenStates
from harness.core.fingerprint import is_whole
from harness.core.records import Pooling
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.encoders.backends import pytorch
from harness.encoders.forward import batch_of, token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.modes import LinearHead
from harness.poolers.picks import max_
from harness.training import TrainingJob, loop
from tests.encoders.test_sound_folders import T5, made
from tests.fakes.components import predicted
from tests.fakes.encoders import FAMILIES, N_DIMENSIONS, OTHER_FAMILIES, tiny_encoder
from tests.fakes.trainings import built, tiny, trained, training_job

TEXT = "the food was good, and the battery dies"


@pytest.fixture(params=[*FAMILIES, *OTHER_FAMILIES])
def family(request: pytest.FixtureRequest, tmp_path: Path) -> EncoderFolder:
    return tiny(tmp_path, request.param)


def modules_trained(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The modules that are trained from now on, as training leaves them."""
    modules: list[Any] = []
    train = loop.train

    def remember(objective: Any, *arguments: Any) -> Any:
        modules.append(objective.module)
        return train(objective, *arguments)

    monkeypatch.setattr("harness.training.session.train", remember)
    return modules


def vector(folder: EncoderFolder) -> Any:
    encoder = pytorch.load(folder, "cpu")
    return max_(encoder.hidden_states(list(encoder.tokenizer([TEXT], folder.tokenization)))).numpy()


def test_it_gives_the_vectors_and_predictions_of_the_trained_module(
    family: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every family, with a pooler that is not the usual one: loaded by the harness, and by transformers alone."""
    from transformers import AutoModel

    modules = modules_trained(monkeypatch)
    what = replace(training_job(family, epochs=1.0, encoder_lr=1e-2), pool=max_)
    trained(what, tmp_path / "out")
    (read,) = Tokenizer(family)([TEXT], family.tokenization)
    module, batch = modules[0], batch_of([read], pad_id=0)
    ids, mask = batch["input_ids"], batch["attention_mask"]
    with torch.no_grad():
        states = module.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        logits = module(**batch)["logits"][0]
        alone = AutoModel.from_pretrained(tmp_path / "out")(input_ids=ids).last_hidden_state
    found = vector(built(family, tmp_path / "out"))
    np.testing.assert_allclose(
        found, max_(TokenStates({-1: states}, mask.bool(), batch["special_tokens_mask"])), atol=1e-6
    )
    torch.testing.assert_close(alone, states, atol=1e-6, rtol=0)
    head = LinearHead.read(tmp_path / "out")
    labels, shares = predicted(head.predictor(), found)
    assert labels[0] == head.classes[int(logits.argmax())]
    assert shares[0] == pytest.approx(float(logits.double().softmax(0).max()), abs=1e-6)
    assert np.abs(found - vector(family)).max() > 1e-3  # it did learn something


SENTENCE_POOLERS = [
    (name, given)
    for name, component in catalogue().of("pooler").items()
    for given in ({}, {"special_tokens": False})
    if component.facts.get("per") != "word" and given.keys() <= component.parameters.keys()
]


@pytest.mark.parametrize(("name", "given"), SENTENCE_POOLERS)
def test_it_trains_through_every_pooler_of_texts(
    name: str, given: dict[str, Any], base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The layers that it reads, the tokens that it leaves out and its width included: what is served is what learnt."""
    component = catalogue().get("pooler", name)
    pooling = Pooling(name, parameters=component.filled(given))
    ((_, pool),) = base.poolings([pooling], partial(catalogue().function, "pooler"))
    modules = modules_trained(monkeypatch)
    what = replace(training_job(base, epochs=1.0, encoder_lr=1e-2), pool=pool, layers=pooling.layers)
    trained(what, tmp_path / "out")
    served = pytorch.load(built(base, tmp_path / "out"), "cpu")
    read = list(served.tokenizer([TEXT], base.tokenization))
    found = pool(served.hidden_states(read, pooling.layers)).numpy()
    with torch.no_grad():
        logits = modules[0](**batch_of(read, pad_id=0))["logits"][0]
    _, shares = predicted(LinearHead.read(tmp_path / "out").predictor(), found)
    assert shares[0] == pytest.approx(float(logits.double().softmax(0).max()), abs=1e-6)
    before = pool(pytorch.load(base, "cpu").hidden_states(read, pooling.layers)).numpy()
    assert np.abs(found - before).max() > 1e-3


def test_a_model_that_lets_padding_through_is_trained_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is read later: a text has the same logits beside a longer one."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    base = resolve(EncoderSpec("mine", str(made("fnet", tiny_encoder("bert", tmp_path)))), tmp_path)
    modules, texts = modules_trained(monkeypatch), ["the food", "the food was good, and the battery dies"]
    trained(training_job(base, epochs=1.0), tmp_path / "out")
    read = list(Tokenizer(base)(texts, base.tokenization))
    with torch.no_grad():
        together, alone = (modules[0](**batch_of(some, pad_id=0))["logits"][0] for some in (read, read[:1]))
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("lora_family", FAMILIES)
def test_low_rank_updates_are_added_to_the_weights_that_are_saved(
    lora_family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few weights are trained; what is served needs no adapter, and gives the vectors that were trained."""
    base = tiny(tmp_path, lora_family)
    before = vector(base)
    modules = modules_trained(monkeypatch)
    told = trained(training_job(base, epochs=1.0, encoder_lr=1e-2, lora=2), tmp_path / "out")
    after = vector(built(base, tmp_path / "out"))
    (read,) = Tokenizer(base)([TEXT], base.tokenization)
    with torch.no_grad():
        states = token_states(modules[0].encoder, batch_of([read], pad_id=0))
    np.testing.assert_allclose(after, max_(states), atol=1e-5)
    assert np.abs(after - before).max() > 1e-3
    assert told["facts"]["n_trained"] < 0.2 * told["facts"]["n_parameters"]
    names = set(load_file(tmp_path / "out" / "model.safetensors"))
    assert names == set(load_file(Path(base.path) / "model.safetensors"))


def test_weights_that_a_model_shares_are_trained_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T5 reads its embeddings by two names; the best epoch is taken from what was saved on the way."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    path = made("t5", tiny_encoder("bert", tmp_path), of="T5EncoderModel", **T5)
    base = resolve(EncoderSpec("mine", str(path)), tmp_path)
    modules = modules_trained(monkeypatch)
    trained(training_job(base, epochs=2.0, encoder_lr=1e-2), tmp_path / "out")
    read = list(Tokenizer(base)([TEXT], base.tokenization))
    with torch.no_grad():
        expected = max_(token_states(modules[0].encoder, batch_of(read, pad_id=0)))
    np.testing.assert_allclose(vector(built(base, tmp_path / "out")), expected, atol=1e-6)


def test_the_folder_holds_what_it_was_made_of(base: EncoderFolder, tmp_path: Path) -> None:
    """Tokenizer files byte for byte, classes, lineage, what training told; sealed, and nothing left beside it."""
    out = tmp_path / "out"
    told = trained(training_job(base), out)
    copied = [f.name for f in Path(base.path).iterdir() if f.name.startswith(("tokenizer", "vocab", "special"))]
    assert copied
    assert all((out / name).read_bytes() == (Path(base.path) / name).read_bytes() for name in copied)
    assert json.loads((out / "head.json").read_text()) == {"classes": ["bad", "good"]}
    assert json.loads((out / "lineage.json").read_text()) == {"source": base.checkpoint.source}
    assert json.loads((out / "training.json").read_text()) == told
    assert told["facts"]["weights"] == hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()
    assert LinearHead.read(out).weight.shape == (2, N_DIMENSIONS)
    assert is_whole(out)
    assert [folder.name for folder in tmp_path.iterdir()] == ["out"]


def test_a_cut_encoder_is_written_with_the_layers_it_has(base: EncoderFolder, tmp_path: Path) -> None:
    trained(training_job(replace(base, layers=(1,))), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["num_hidden_layers"] == 1
    n_layers = len(load_model(built(base, tmp_path / "out")).encoder.layer)
    assert n_layers == 1


def test_a_damaged_result_of_an_earlier_training_is_replaced(base: EncoderFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "model.safetensors").write_bytes(b"half")
    trained(training_job(base, epochs=1.0), out)
    assert is_whole(out)
    assert (out / "model.safetensors").stat().st_size > 1000


def test_what_cannot_be_replaced_is_named(base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that stays and why, not that the folder is not empty."""
    import os

    out, unlink = tmp_path / "out", os.unlink
    out.mkdir()
    (out / "stuck").write_bytes(b"")

    def refuse(path: Any, **named: Any) -> None:
        if str(path).endswith("stuck"):
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, **named)

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(PermissionError, match="stuck"):
        trained(training_job(base, epochs=0.2), out)


def test_an_encoder_with_weights_missing_is_refused(base: EncoderFolder, tmp_path: Path) -> None:
    """Like where it is only encoded with: random numbers would be trained on."""
    import shutil

    from safetensors.torch import load_file, save_file

    from harness.core.errors import EncoderError

    folder = Path(shutil.copytree(base.path, tmp_path / "broken"))
    weights = {k: v for k, v in load_file(folder / "model.safetensors").items() if "layer.1.output.dense" not in k}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    what: TrainingJob = training_job(replace(base, path=str(folder)))
    with pytest.raises(EncoderError, match="2 weights are not in the file"):
        trained(what, tmp_path / "out")
