"""Settings, modules and tokenizers that lie: what is said, before and after loading."""

import json
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.encoders.backends import pytorch
from harness.encoders.settings import is_known
from harness.encoders.tokenizer import count_tokens
from tests.fakes.broken import edit, failed, found, matches, read, refused
from tests.fakes.encoders import tiny_encoder
from tests.fakes.stores import encoded

pytestmark = pytest.mark.usefixtures("own_cache")

LENGTHS: Sequence[Any] = (
    *(0, 1, 2, -1, -(10**400), 10**400, "a word", "512", [512]),
    *({}, True, float("nan"), float("inf")),
)


@pytest.mark.parametrize("value", LENGTHS, ids=lambda value: str(value)[:9])
def test_a_maximum_length_that_is_none(tiny: Path, value: Any) -> None:
    edit(tiny / "tokenizer_config.json", model_max_length=value)
    assert matches("tokenizer_config.json: model_max_length is .*; expected a whole number, 3 or more", refused(tiny))
    assert found(tiny, max_length=12).tokenization.max_length == 12  # what is said in the suite needs no other


@pytest.mark.parametrize("value", [10**30, 1e30, None, 12.0])
def test_a_maximum_length_that_is_none_stated(tiny: Path, value: Any) -> None:
    edit(tiny / "tokenizer_config.json", model_max_length=value)
    assert found(tiny).tokenization.max_length == (12 if value == 12.0 else 24)


@pytest.mark.parametrize("key", ["vocab_size", "hidden_size", "num_hidden_layers", "max_position_embeddings"])
@pytest.mark.parametrize("value", ["a word", -3, 0, 1.5, True, [], {}, 10**400, float("nan")], ids=str)
def test_a_number_of_the_config_that_is_none(tiny: Path, key: str, value: Any) -> None:
    edit(tiny / "config.json", **{key: value})
    assert matches(f"config.json: {key} is .*; expected a whole number from 1 to ", refused(tiny))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vocab_size": 999}, "config.json says vocab_size 999, the weights have 300 .*not of one model"),
        ({"max_position_embeddings": 10**7}, "max_position_embeddings 10000000, the weights have 24"),
        ({"hidden_size": 99_999}, "config.json says it is 99999 wide; .* too few"),
        ({"num_hidden_layers": 10**7}, "num_hidden_layers is 10000000; expected a whole number from 1 to 1,000"),
        ({"model_type": ["bert"]}, "model_type is a list of 1; expected a word"),
        ({"model_type": "brandnew", "transformers_version": "6.1.0"}, r"'brandnew' is not known .*saved with 6\.1\.0"),
        ({"quantization_config": {"quant_method": "gptq"}}, r"weights are quantized \('gptq'\)"),
    ],
)
def test_a_config_of_another_model(tiny: Path, changes: dict[str, Any], said: str) -> None:
    edit(tiny / "config.json", **changes)
    assert matches(said, refused(tiny))


def test_code_of_its_own_is_not_run_and_nothing_is_advised_that_cannot_be_done(tiny: Path) -> None:
    edit(tiny / "config.json", model_type="acme", auto_map={"AutoModel": "modeling_acme.AcmeModel"})
    said = refused(tiny)
    assert matches("needs code of its own .auto_map names 'modeling_acme.AcmeModel'., and the harness runs no", said)


def test_a_known_model_type_is_read_by_transformers_and_its_own_code_is_said_to_be_left(tiny: Path) -> None:
    edit(tiny / "config.json", auto_map={"AutoModel": "modeling_acme.AcmeModel"})
    assert (
        found(tiny).weights == "pretrained (its own code, modeling_acme.AcmeModel, is not run: transformers' bert is)"
    )
    read(tiny)


def test_every_model_type_of_transformers_is_known() -> None:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    assert [kind for kind in CONFIG_MAPPING_NAMES if not is_known(kind)] == []
    assert not is_known("acme")


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ([{"type": "a.Transformer", "path": "../../other"}], "leads out of the folder"),
        ([{"type": "a.Transformer", "path": "/etc"}], "leads out of the folder"),
        ([{"type": "a.Transformer", "path": "..\\other"}], "leads out of the folder"),
        ([{"path": ""}], "lists a table of 1; expected entries with a type and a path"),
        ([3], "lists 3; expected entries"),
        ([{"type": "a.Transformer", "path": 3}], "expected entries with a type and a path"),
        ({}, "holds a dict; expected a list"),
    ],
)
def test_modules_that_lead_elsewhere(tiny: Path, modules: Any, said: str) -> None:
    (tiny / "modules.json").write_text(json.dumps(modules))
    assert matches(said, refused(tiny))


def test_json_too_deep_to_be_read_is_no_json(tiny: Path) -> None:
    for file in ("config.json", "tokenizer_config.json", "modules.json"):
        before = (tiny / file).read_bytes() if (tiny / file).exists() else None
        (tiny / file).write_text("[" * 100_000 + "]" * 100_000)
        assert matches(f"{file} is not JSON", refused(tiny))
        (tiny / file).write_bytes(before) if before else (tiny / file).unlink()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layer_norm_eps": "a word"}, r"config.json holds what no such model has \(.*'layer_norm_eps'"),
        ({"hidden_act": "banana"}, r"cannot be loaded \(transformers .* says KeyError: .banana"),
        ({"num_attention_heads": 3}, r"cannot be loaded \(.* says ValueError: The hidden size .32. is not a multiple"),
        ({"num_hidden_layers": 3}, r"16 weights are not in the file, or not in this shape \(first: encoder.layer.2"),
        (
            {"intermediate_size": 65},
            r"6 weights .* \(first: encoder.layer.0.intermediate.dense.bias, 64 in the file for 65\)",
        ),
        (
            {"auto_map": {"AutoModel": "a.B"}, "num_hidden_layers": 3},
            r"has code of its own \(a.B\), which the harness does",
        ),
        ({"dtype": "banana"}, "config.json holds what no such model has .*banana"),
    ],
)
def test_a_config_that_only_loading_shows_to_be_another(tiny: Path, changes: dict[str, Any], said: str) -> None:
    edit(tiny / "config.json", **changes)
    assert matches(said, failed(tiny))


# tokenizers that lie


@pytest.mark.parametrize("content", ["[]", "3", '"a word"', "{}", "[" * 10_000, '{"model": {"type": "Unheard"}}'])
def test_a_tokenizer_of_another_shape(tiny: Path, content: str) -> None:
    (tiny / "tokenizer.json").write_text(content)
    said = "encoder 'mine': its tokenizer cannot be loaded .*saved with these weights"
    assert matches(said, failed(tiny))
    with pytest.raises(HarnessError, match=said):
        count_tokens(found(tiny), ["good food"])


def test_a_regular_expression_that_runs_away(tiny: Path) -> None:
    split = {"type": "Split", "pattern": {"Regex": "(g+)+$"}, "behavior": "Isolated", "invert": False}
    edit(tiny / "tokenizer.json", pre_tokenizer=split, normalizer=None)
    with pytest.raises(HarnessError, match=r"loads, but fails on the texts \(PanicException: a regular .* runs away"):
        count_tokens(found(tiny), ["g" * 60 + "!"])


def test_a_tokenizer_that_does_not_end_is_given_up(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is loaded, and while it reads texts, by either library."""
    never = threading.Event()
    said = r"encoder 'mine': (loading|reading 2 texts with) its tokenizer.* took over 0 seconds and was given up"
    folder, encoder = found(tiny), pytorch.load(found(tiny), "cpu")
    monkeypatch.setattr("harness.encoders.loading.LOADING_S", 0.05)
    monkeypatch.setattr("harness.encoders.loading.READING_S", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr("tokenizers.Tokenizer.from_file", lambda file: never.wait())
        with pytest.raises(HarnessError, match=said):
            count_tokens(found(tiny), ["good food"])
        patched.setattr("transformers.AutoTokenizer.from_pretrained", lambda *_, **__: never.wait())
        with pytest.raises(HarnessError, match=said):
            pytorch.load(folder, "cpu")
        patched.setattr(encoder.tokenizer, "_tokenizer", lambda *_, **__: never.wait())
        encoder.tokenizer._tokenizer.is_fast = True
        with pytest.raises(HarnessError, match=said):
            list(encoder.tokenizer(["good food", "slow service"], folder.tokenization))
    never.set()


def test_a_tokenizer_of_another_model(tiny: Path, tmp_path: Path) -> None:
    other = tiny_encoder("roberta", tmp_path)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(other / file, tiny / file)
    assert "the tokenizer does not belong to these weights" in failed(tiny)


def test_a_model_that_fails_on_texts_is_the_encoders_fault(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = found(tiny)
    encoder = pytorch.load(folder, "cpu")

    def broken(**given: Any) -> Any:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(encoder, "_model", broken)
    with pytest.raises(HarnessError, match=r"it loads, but computes no vectors of texts .*mat1 and mat2") as caught:
        encoded(["good food"], encoder, folder.tokenization)
    assert caught.value.reason == "bad-encoder"
