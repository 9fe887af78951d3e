"""What stands in a folder in place of an encoder, and what to do about it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.fakes.broken import edit, matches, read, refused

pytestmark = pytest.mark.usefixtures("own_cache")


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
