"""Files that are not what their names say, and weights that are none: each message names the file and what it is."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.fakes.broken import failed, found, matches, refused

pytestmark = pytest.mark.usefixtures("own_cache")

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 90868376\n"
XET = b"# xet version 0\nfilesize = 90868376\nhash = 'a1b2'\n"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"


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
