"""What the doctor finds of encoders: sound ones of every family, and ones that were spoilt in one way each."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from harness.assets import cache_root
from harness.core.fingerprint import seal
from harness.core.records import Step
from harness.doctor import Finding, encoder_parts
from harness.doctor.cost import flops_a_token
from harness.doctor.loaded import Loaded, find, load
from harness.doctor.texts import SAMPLES, long_text
from harness.encoders.checkpoints import Made
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import TorchEncoder
from harness.suite.model import Choice
from tests.encoders.test_sound_folders import made
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, N_DIMENSIONS, N_LAYERS, tiny_encoder

pytestmark = pytest.mark.usefixtures("own_cache")

TOKENIZERS = {
    "bert": "WordPiece, 300 tokens, not cased",
    "roberta": "byte-level BPE, 400 tokens, cased",
    "distilbert": "WordPiece, 300 tokens, not cased",
    "mpnet": "WordPiece, 300 tokens, not cased",
    "deberta-v2": "Unigram, 300 tokens, cased",
}


def findings(path: Path) -> dict[str, Finding]:
    """All that is found, checks and facts, by what was looked at; a fact of the same name as a check is the last."""
    found = [one for part in encoder_parts(str(path), "cpu") for one in part.findings]
    return {(one.what if one.status else f"is {one.what}"): one for one in found}


def failed(path: Path) -> dict[str, str]:
    return {what: one.said for what, one in findings(path).items() if one.status == "failed"}


def loaded(path: Path) -> Loaded:
    return load(find(str(path)), "cpu")


def spoil(path: Path, change: Callable[[str, Any], Any]) -> None:
    """Change weights by name."""
    file = path / "model.safetensors"
    weights = {name: change(name, np.array(value)) for name, value in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sound_encoder_of_each_family(family: str, tmp_path: Path) -> None:
    """Every check passes, whatever the vocabulary of a tiny one knows; every fact has a figure."""
    found = findings(tiny_encoder(family, tmp_path))
    bad = {w: one.said for w, one in found.items() if one.status not in ("ok", "") and not w.startswith("tokens of")}
    assert bad == {}
    assert found["family"].said == f"{family}: tested here"
    assert found["is tokenizer"].said == TOKENIZERS[family]
    assert found["longer than is read"].said.startswith(f"{MAX_LENGTH} of ")
    assert found["is longest reading"].said == f"{MAX_LENGTH} tokens"
    assert found["is own pooling"].said == f"mean, {N_DIMENSIONS} dimensions"
    assert "in embeddings" in found["is parameters"].said
    assert "MB of weights" in found["is memory"].said
    assert "a first look" in found["is milliseconds"].said
    assert found["is licence"].said == "not said"


def test_flops_are_those_of_the_formula(tiny: Path) -> None:
    """Of each layer 2·(4d² + 2df) + 4nd a token, and the pooler layer once a text."""
    n, flops = flops_a_token(loaded(tiny), long_text(MAX_LENGTH))
    d, f = N_DIMENSIONS, 64
    assert n == MAX_LENGTH
    assert flops == pytest.approx(N_LAYERS * (2 * (4 * d * d + 2 * d * f) + 4 * n * d) + 2 * d * d / n)


def test_parameters_are_told_apart(tiny: Path) -> None:
    weights = load_file(tiny / "model.safetensors")
    total = sum(v.size for v in weights.values())
    embedding = sum(v.size for name, v in weights.items() if name.endswith("_embeddings.weight"))
    said = findings(tiny)["is parameters"].said
    assert said.startswith(f"{total / 1e3:.1f}k: {embedding / 1e3:.1f}k in embeddings")


def test_what_is_read_beside_a_text_must_not_change_it(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = TorchEncoder.hidden_states

    def beside(self: TorchEncoder, batch: Any, layers: Any = (-1,)) -> Any:
        states = plain(self, batch, layers)
        return type(states)(**{**vars(states), "layers": {k: v + 0.01 * len(batch) for k, v in states.layers.items()}})

    monkeypatch.setattr(TorchEncoder, "hidden_states", beside)
    said = failed(tiny)
    assert set(said) == {"in a batch = alone", "padded = unpadded"}
    assert "hangs on what is read beside it" in said["in a batch = alone"]


def test_padding_must_not_change_a_text(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = TorchEncoder.hidden_states

    def padded(self: TorchEncoder, batch: Any, layers: Any = (-1,)) -> Any:
        states = plain(self, batch, layers)
        n_padding = (~states.mask).sum(dim=1)[:, None, None]
        return type(states)(**{**vars(states), "layers": {k: v + 0.01 * n_padding for k, v in states.layers.items()}})

    monkeypatch.setattr(TorchEncoder, "hidden_states", padded)
    said = failed(tiny)
    assert set(said) == {"padded = unpadded"}
    assert "it is filled up with" in said["padded = unpadded"]


def test_what_is_no_number_is_found(tiny: Path) -> None:
    spoil(tiny, lambda name, value: value * np.nan if "layer.1.output.dense.weight" in name else value)
    said = failed(tiny)
    assert "holds NaN or infinity: the weights are damaged" in said["values"]


def test_one_vector_for_all_texts_is_found(tiny: Path) -> None:
    spoil(tiny, lambda name, value: value * 0 if name.endswith("layer.1.output.LayerNorm.weight") else value)
    assert "different texts have the same vector" in failed(tiny)["texts told apart"]


def test_fewer_bits_that_lose_much_are_a_warning(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = TorchEncoder.hidden_states

    def rough(self: TorchEncoder, batch: Any, layers: Any = (-1,)) -> Any:
        states = plain(self, batch, layers)
        sign = -1 if str(self.model.dtype) == "torch.bfloat16" else 1
        return type(states)(**{**vars(states), "layers": {k: sign * v for k, v in states.layers.items()}})

    monkeypatch.setattr(TorchEncoder, "hidden_states", rough)
    found = findings(tiny)["bf16 against fp32"]
    assert found.status == "warning"
    assert re.search(r"least cosine −(0\.9|1\.0)", found.said)
    assert "leave it at fp32" in found.said


def test_a_tokenizer_of_other_weights_ends_the_look(tiny: Path, tmp_path: Path) -> None:
    other = tiny_encoder("roberta", tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tiny / name).write_bytes((other / name).read_bytes())
    found = findings(tiny)
    assert list(found) == ["loading"]
    assert "the tokenizer does not belong to these weights" in found["loading"].said


def test_a_precision_that_it_cannot_compute_in_is_a_warning(tiny: Path) -> None:
    found = findings(made("fnet", tiny))["bf16 against fp32"]
    assert found.status == "warning"
    assert "not to be had in bf16; fp32, which is what is used, is: a fnet model" in found.said


def test_a_prefix_longer_than_what_is_compared_is_left_out(tiny: Path) -> None:
    """Else all texts would be the same few tokens."""
    plain = loaded(tiny)
    tokenization = replace(plain.folder.tokenization, prefix="the service was slow and the food was ")
    prefixed = replace(plain, folder=replace(plain.folder, tokenization=tokenization))
    texts = ["the food was good", "kind and slow"]
    assert (prefixed.vectors(texts, max_length=6) == plain.vectors(texts, max_length=6)).all()
    assert not np.allclose(prefixed.vectors(texts), plain.vectors(texts))


def test_a_family_that_no_test_holds_is_told(tiny: Path) -> None:
    found = findings(made("ernie", tiny))
    assert found["family"].status == "warning"
    assert "ernie: family untested here" in found["family"].said
    assert "failed" not in {one.status for one in found.values()}


def test_what_is_unknown_is_counted(tiny: Path) -> None:
    """Of each kind of text the share of tokens, and the texts that do not come back."""
    found, tokenizer = findings(tiny), loaded(tiny).encoder.tokenizer.library
    ids = [i for text in SAMPLES["CJK"] for i in tokenizer(text, add_special_tokens=False)["input_ids"]]
    share = ids.count(tokenizer.unk_token_id) / len(ids)
    assert found["tokens of CJK"].status == "warning"
    assert found["tokens of CJK"].said.startswith(f"{100 * share:.0f} % unknown, 0 of 3 texts come back whole")


def test_a_cut_that_is_not_where_it_should_be(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Tokenizer.__call__
    monkeypatch.setattr(
        Tokenizer, "__call__", lambda self, *given: (replace(t, n_full=len(t.ids)) for t in plain(self, *given))
    )
    assert "expected 24 of " in failed(tiny)["longer than is read"]


def test_the_licence_of_a_model_card(tiny: Path) -> None:
    (tiny / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\nlicense: none\n")
    assert findings(tiny)["is licence"].said == "apache-2.0"


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_file_that_is_missing_is_named(tiny: Path, file: str) -> None:
    (tiny / file).unlink()
    if file == "tokenizer.json":
        (tiny / "tokenizer_config.json").unlink()
    said = failed(tiny)
    assert list(said) == ["loading"]
    assert {"config.json": "no config.json", "model.safetensors": "no model.safetensors"}.get(
        file, "no tokenizer"
    ) in said["loading"]


def test_a_number_that_lies_is_found_before_it_is_loaded(tiny: Path) -> None:
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({**config, "vocab_size": 50}))
    assert "config.json says vocab_size 50, the weights have 300" in failed(tiny)["loading"]


def test_an_encoder_that_is_not_built_yet_and_one_that_is(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = find(str(tiny))
    last = Made(base, base.checkpoint.after(Step("taught", 1, {})), Choice("taught", "taught"))
    monkeypatch.setattr("harness.doctor.loaded.encoders.resolve", lambda *given: replace(base, made=last))
    assert "is not built yet. A run of a suite that names it builds it" in failed(tiny)["loading"]
    built = cache_root() / "checkpoints" / last.checkpoint.key
    shutil.copytree(tiny, built)
    seal(built)
    found = findings(tiny)
    assert found["loading"].said == f"from {built}"
    assert "failed" not in {one.status for one in found.values()}


def test_an_encoder_that_is_not_there(tmp_path: Path) -> None:
    assert "no folder " in failed(tmp_path / "gone")["loading"]
