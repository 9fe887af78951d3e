"""Folders that are broken, half, or lie: each message names the file, what it is, and what to do."""

import json
import os
import re
import shutil
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from harness.core.errors import HarnessError
from harness.encoders import EncoderFolder, EncoderSpec, backends, resolve
from harness.encoders.settings import is_known
from harness.encoders.tokenizer import count_tokens
from tests.fakes.encoders import tiny_encoder
from tests.fakes.stores import encoded

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 90868376\n"
XET = b"# xet version 0\nfilesize = 90868376\nhash = 'a1b2'\n"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_encoder("bert", tmp_path)


def found(path: Path, **given: Any) -> EncoderFolder:
    return resolve(EncoderSpec("mine", str(path), **given), Path())


def refused(path: Path) -> str:
    """What is said before anything is loaded; the encoder is named once."""
    with pytest.raises(HarnessError) as caught:
        found(path)
    said = str(caught.value)
    assert said.startswith("encoder 'mine': ")
    assert "trust_remote_code" not in said
    assert "hf.co" not in said
    return said


def read(path: Path) -> Any:
    folder = found(path)
    return encoded(["good food", "slow service"], backends.load(folder, "cpu"), folder.tokenization)


def failed(path: Path) -> str:
    """What is said once it is loaded or reads texts."""
    folder = found(path)
    with pytest.raises(HarnessError) as caught:
        encoded(["good food", "slow service"], backends.load(folder, "cpu"), folder.tokenization)
    assert str(path) not in str(caught.value)  # another encoder may share the files
    return str(caught.value)


def edit(path: Path, **changes: Any) -> None:
    kept = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in kept.items() if value is not ...}))


# files that are not what their names say

FILES = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")
IMPOSTORS = {
    LFS: r"is a git-lfs pointer to 90.9 MB, not the file itself. Run `git lfs install` and then `git lfs pull` in ",
    XET: "is a pointer of the hub's Xet storage, not the file itself. Download it again",
    PAGE: "is a web page: what was saved is an error or a login, not the file. Download it again",
    b"Entry not found": r"holds an answer of a server \(Entry not found\), not the file",
    b'{"error":"Repository not found"}': "holds an answer of a server .*Repository not found.*, not the file",
    b"": r"is empty \(0 bytes\): a download or copy of it did not finish",
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("content", IMPOSTORS)
def test_what_a_file_is_in_place_of_what_it_is_named(tiny: Path, file: str, content: bytes) -> None:
    (tiny / file).write_bytes(content)
    said = refused(tiny)
    assert f"{file} " in said
    assert matches(IMPOSTORS[content], said)


def matches(pattern: str, said: str) -> bool:
    assert re.search(pattern, said), said
    return True


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def header(entries: Any) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        data = json.dumps(entries).encode()
        file.write_bytes(struct.pack("<Q", len(data)) + data + b"\0" * 8)

    return write


WEIGHTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "cut": (cut, r"is cut short: [\d,]+ of [\d,]+ bytes are there. Download it again"),
    "longer": (lambda f: f.write_bytes(f.read_bytes() + b"x"), "has 1 bytes more than it should"),
    "json": (lambda f: f.write_bytes(b'{"a": 1}'), "holds JSON, not weights"),
    "torch": (lambda f: f.write_bytes(b"PK\x03\x04" + b"0" * 99), "is a PyTorch file by another name"),
    "gguf": (lambda f: f.write_bytes(b"GGUF" + b"0" * 99), "is a GGUF file by another name"),
    "noise": (lambda f: f.write_bytes(b"\xff" * 99), "is no safetensors file, or damaged .*header would be longer"),
    "list": (header([1, 2]), "its header is no table"),
    "numbers": (header({"a": 3}), "lists something else than tensors"),
    "negative": (header({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}), "something else than tensors"),
    "none": (lambda f: save_file({}, f), "holds no weights"),
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_weights_that_are_none(tiny: Path, what: str) -> None:
    spoil, said = WEIGHTS[what]
    spoil(tiny / "model.safetensors")
    assert matches(f"model.safetensors .*{said}", refused(tiny))


@pytest.mark.parametrize("file", FILES)
def test_links_to_nothing_devices_and_pipes_are_not_opened(tiny: Path, file: str) -> None:
    (tiny / file).unlink()
    (tiny / file).symlink_to("../blobs/4d7a2146")
    assert matches(rf"{file} is a link to ../blobs/4d7a2146, which is not there. .*`cp -rL`", refused(tiny))
    (tiny / file).unlink()
    (tiny / file).symlink_to(file)
    assert matches(rf"{file} is a link to {file}, which is not there", refused(tiny))
    (tiny / file).unlink()
    (tiny / file).symlink_to("/dev/zero")
    assert matches(f"{file} is a device or a pipe; expected a file", refused(tiny))
    (tiny / file).unlink()
    os.mkfifo(tiny / file)
    assert matches(f"{file} is a device or a pipe; expected a file", refused(tiny))
    (tiny / file).unlink()
    (tiny / file).mkdir()
    assert matches(f"{file} is a folder; expected a file", refused(tiny))


def test_a_stray_file_that_nobody_reads_costs_nothing(tiny: Path) -> None:
    before = found(tiny).checkpoint
    (tiny / "other.safetensors").symlink_to("/dev/zero")
    (tiny / "old.safetensors").symlink_to("gone")
    os.mkfifo(tiny / "notes.json")
    assert found(tiny).checkpoint == before


def test_weights_of_a_wrapped_model_are_told_by_their_names(tiny: Path) -> None:
    file = tiny / "model.safetensors"
    save_file({f"module.{key}": value for key, value in load_file(file).items()}, file, metadata={"format": "pt"})
    assert matches(r"The file has 39 that belong nowhere \(first: module.embeddings.LayerNorm.bias\)", failed(tiny))


def test_weights_in_whole_numbers_are_not_taken_for_numbers(tiny: Path) -> None:
    file = tiny / "model.safetensors"
    save_file({k: (v * 99).astype(np.int8) for k, v in load_file(file).items()}, file, metadata={"format": "pt"})
    assert matches(r"its weights are quantized \(.* is stored as I8\)", refused(tiny))


# what stands in a folder in place of an encoder


def move_into(name: str) -> Callable[[Path], Path]:
    def spoil(tiny: Path) -> Path:
        inner = tiny.parent / "outer" / name
        shutil.copytree(tiny, inner)
        return inner.parent if "/" not in name else tiny.parent / "outer"

    return spoil


def only(*files: str, remove: tuple[str, ...] = ("model.safetensors",)) -> Callable[[Path], Path]:
    """The folder with these files beside its config and tokenizer, in place of its weights."""

    def spoil(tiny: Path) -> Path:
        for file in remove:
            (tiny / file).unlink()
        for file in files:
            (tiny / file).parent.mkdir(exist_ok=True, parents=True)
            (tiny / file).write_bytes(b'{"base_model_name_or_path": "acme/base"}')
        return tiny

    return spoil


def below(tiny: Path) -> Path:
    (tiny / "1_Pooling").mkdir()
    return tiny / "1_Pooling"


def pieces(tiny: Path, lose: int, lie: bool = False) -> Path:
    """The weights in three files and an index."""
    weights = load_file(tiny / "model.safetensors")
    (tiny / "model.safetensors").unlink()
    index: dict[str, str] = {}
    for n in range(3):
        file = f"model-{n + 1:05}-of-00003.safetensors"
        part = {key: weights[key] for key in sorted(weights)[n::3]}
        index.update(dict.fromkeys(part, file))
        if lie and n == 1:
            part.pop(next(iter(part)))
        if n >= lose:
            save_file(part, tiny / file, metadata={"format": "pt"})
    (tiny / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    return tiny


LAYOUTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "adapter": (
        only("adapter_config.json", "adapter_model.safetensors"),
        "an adapter of the model 'acme/base', .* Merge the two .*merge_and_unload",
    ),
    "adapter beside": (only("adapter_config.json", remove=()), "an adapter of the model 'acme/base'"),
    "tensorflow": (only("tf_model.h5"), r"weights are those of TensorFlow \(tf_model.h5\)"),
    "flax": (only("flax_model.msgpack"), "weights are those of Flax"),
    "gguf": (only("model-q4.gguf"), r"weights are those of llama.cpp \(GGUF\) \(model-q4.gguf\)"),
    "onnx": (only("onnx/model.onnx"), r"weights are those of ONNX \(onnx/model.onnx\)"),
    "openvino": (only("openvino_model.xml", "openvino_model.bin"), "weights are those of OpenVINO"),
    "cut download": (only(".cache/huggingface/download/x.incomplete"), "A download did not finish"),
    "training": (
        only("optimizer.pt", "trainer_state.json"),
        r"the state of a training \(optimizer.pt\), not its model",
    ),
    "deepspeed": (only("zero_to_fp32.py"), "a checkpoint of DeepSpeed"),
    "bin pieces": (only("pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"), "in pieces of PyTorch's"),
    "other name": (only("bert.safetensors"), "There is bert.safetensors: if it holds the model's weights"),
    "one too high": (move_into("all-MiniLM"), "There is a model in its folder all-MiniLM: name that one"),
    "checkpoints": (move_into("checkpoint-500"), "There is a model in its folder checkpoint-500: name that one"),
    "hub cache": (move_into("snapshots/abc"), "There is a model in its folder snapshots/abc: name that one"),
    "one too deep": (below, "The folder above, tiny-bert, holds a model: name that one"),
    "archive": (only("model.tar.gz", remove=("config.json", "model.safetensors")), "There is an archive in it"),
    "a piece is missing": (
        lambda tiny: pieces(tiny, lose=1),
        "1 of the 3 files that .*index.json names are not there .model-00001-of-00003.safetensors.",
    ),
    "pieces of two": (lambda tiny: pieces(tiny, lose=0, lie=True), "which does not hold it .*different models"),
}


@pytest.mark.parametrize("what", LAYOUTS)
def test_a_folder_without_an_encoder_says_what_is_there_instead(tiny: Path, what: str) -> None:
    spoil, said = LAYOUTS[what]
    assert matches(said, refused(spoil(tiny)))


def test_whole_pieces_are_read_like_one_file(tiny: Path, tmp_path: Path) -> None:
    whole = read(shutil.copytree(tiny, tmp_path / "whole")).vectors
    parts = read(pieces(tiny, lose=0)).vectors
    assert all(np.array_equal(whole[key], parts[key]) for key in whole)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ({"metadata": {}, "weight_map": {"a": "../other/model.safetensors"}}, "points outside of its folder"),
        ({"metadata": {}, "weight_map": {"a": "/etc/passwd"}}, "points outside of its folder"),
        ({"metadata": {}, "weight_map": {}}, "names no files"),
        ({"weight_map": {"a": "model.safetensors"}}, "is no index of weights"),
        ({"weight_map": ["a"]}, "is no index of weights"),
        ([], "is no index of weights"),
    ],
)
def test_an_index_that_lies(tiny: Path, index: Any, said: str) -> None:
    (tiny / "model.safetensors").unlink()
    (tiny / "model.safetensors.index.json").write_text(json.dumps(index))
    assert matches(said, refused(tiny))


def test_the_tokenizer_of_a_half_saved_folder_is_looked_for(tiny: Path) -> None:
    """As Trainer leaves checkpoints: the tokenizer is one folder up, or with the model it was made from."""
    half = tiny / "checkpoint-500"
    half.mkdir()
    for file in ("config.json", "model.safetensors"):
        shutil.copy(tiny / file, half / file)
    assert matches(rf"no tokenizer in .*checkpoint-500; .* There is one in {tiny}: copy its files here", refused(half))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (tiny / file).unlink()
    edit(half / "config.json", _name_or_path="acme/base")
    assert matches("config.json says that the model was made from 'acme/base', whose tokenizer", refused(half))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("model.zip", "model.zip is an archive. Unpack it"),
        ("model.tar.gz", "is an archive"),
        ("model.safetensors", "is one file of a model. Name the folder it is in"),
        ("notes", "is a file; expected a folder"),
    ],
)
def test_a_file_in_place_of_a_folder(tmp_path: Path, file: str, said: str) -> None:
    (tmp_path / file).write_bytes(b"x")
    assert matches(said, refused(tmp_path / file))


def test_a_link_or_device_in_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone")
    assert matches("is a link to gone, which is not there", refused(tmp_path / "link"))
    assert matches("is a device or a pipe; expected a folder", refused(Path("/dev/null")))
    (tmp_path / "empty").mkdir()
    assert matches("The folder is empty", refused(tmp_path / "empty"))


# settings that lie

LENGTHS = (0, 1, 2, -1, -(10**400), "a word", "512", [512], {}, True, float("nan"), float("inf"), 10**400)


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
        ({"vocab_size": 999}, "config.json says vocab_size 999, the weights have 237 .*not of one model"),
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
        count_tokens(str(tiny), ["good food"], "mine")


def test_a_regular_expression_that_runs_away(tiny: Path) -> None:
    split = {"type": "Split", "pattern": {"Regex": "(g+)+$"}, "behavior": "Isolated", "invert": False}
    edit(tiny / "tokenizer.json", pre_tokenizer=split, normalizer=None)
    with pytest.raises(HarnessError, match=r"loads, but fails on the texts \(PanicException: a regular .* runs away"):
        count_tokens(str(tiny), ["g" * 60 + "!"], "mine")


def test_a_tokenizer_that_does_not_end_is_given_up(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is loaded, and while it reads texts, by either library."""
    never = threading.Event()
    said = r"encoder 'mine': (loading|reading 2 texts with) its tokenizer.* took over 0 seconds and was given up"
    folder, encoder = found(tiny), backends.load(found(tiny), "cpu")
    monkeypatch.setattr("harness.encoders.loading.LOADING_S", 0.05)
    monkeypatch.setattr("harness.encoders.loading.READING_S", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr("tokenizers.Tokenizer.from_file", lambda file: never.wait())
        with pytest.raises(HarnessError, match=said):
            count_tokens(str(tiny), ["good food"], "mine")
        patched.setattr("transformers.AutoTokenizer.from_pretrained", lambda *_, **__: never.wait())
        with pytest.raises(HarnessError, match=said):
            backends.load(folder, "cpu")
        patched.setattr(encoder.tokenizer, "_tokenizer", lambda *_, **__: never.wait())
        patched.setattr(encoder.tokenizer, "_rows", lambda *_: never.wait())
        encoder.tokenizer._tokenizer.num_special_tokens_to_add = lambda: 2
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
    encoder = backends.load(folder, "cpu")

    def broken(**given: Any) -> Any:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(encoder, "_model", broken)
    with pytest.raises(HarnessError, match=r"it loads, but computes no vectors of texts .*mat1 and mat2") as caught:
        encoded(["good food"], encoder, folder.tokenization)
    assert caught.value.reason == "bad-encoder"
