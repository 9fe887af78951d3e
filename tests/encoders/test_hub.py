"""Models and data sets by hub id, against a hub on the loopback interface; then without it."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.encoders import EncoderSpec, hub, resolve
from tests.fakes.encoders import tiny_encoder
from tests.fakes.hub import Repo, serve

pytestmark = pytest.mark.processes

#: The hub's libraries read their settings when they are imported, so each look is a process of its own.
LOOK = """
import json, sys
from pathlib import Path
from harness.core import disk
from harness.core.errors import HarnessError
from harness.encoders import EncoderSpec, resolve
from harness import tasks

def model(repo, revision=None):
    folder = resolve(EncoderSpec("mine", repo, revision), Path())
    files = sorted(file.name for file in Path(folder.path).iterdir())
    return {"revision": folder.revision, "key": folder.checkpoint.key, "files": files}

def model_if_fetched(repo):
    return resolve(EncoderSpec("mine", repo, if_fetched=True), Path()).revision

def model_where(repo, free):
    disk.room = lambda path: free
    return model(repo)

def data(repo, revision=None):
    spec = {"name": "t", "data": f"hub:{repo}", "text": "text", "label": "label", "revision": revision}
    task = tasks.resolve({k: v for k, v in spec.items() if v}, Path())
    info = tasks.describe(task)
    test = tasks.load(task, tasks.make_split(task, info, "test"))
    return {"source": info.source, "n": [info.n_train, info.n_test], "text": min(test.text), "labels": info.labels}

def tried(look, *what):
    try:
        return look(*what)
    except HarnessError as error:
        return {"error": type(error).__name__, "reason": error.reason, "said": str(error)}

print(json.dumps([tried(globals()[look], *what) for look, *what in json.loads(sys.argv[1])]))
"""
README = b"""---
configs:
- config_name: default
  data_files:
  - {split: train, path: data/train-*}
  - {split: test, path: data/test-*}
---
"""


def parquet(side: str, n: int) -> bytes:
    import pyarrow
    from pyarrow.parquet import write_table

    buffer = io.BytesIO()
    texts = [f"{side} text {i:02}" for i in range(n)]
    write_table(pyarrow.table({"text": texts, "label": ["good" if i % 3 else "bad" for i in range(n)]}), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Repo]:
    """Two models (one with both kinds of weights, one with pickled ones) and a data set."""
    import torch
    from safetensors.torch import load_file

    folder = tiny_encoder("bert", tmp_path_factory.mktemp("hub"))
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    pickled = io.BytesIO()
    torch.save(load_file(folder / "model.safetensors"), pickled)
    both = files | {"pytorch_model.bin": pickled.getvalue(), "README.md": b"# Tiny", "onnx/model.onnx": b"big"}
    both |= {"2_Dense/config.json": b"{}", "2_Dense/model.safetensors": b"a layer", "bpe.codes": b"a b 1"}
    old = {name: data for name, data in both.items() if name != "model.safetensors"}
    sides = {f"data/{side}-00000-of-00001.parquet": parquet(side, n) for side, n in (("train", 30), ("test", 20))}
    return {
        "tiny": Repo("models", "acme/tiny", both),
        "old": Repo("models", "acme/old", old),
        "reviews": Repo("datasets", "acme/reviews", {**sides, "README.md": README}),
    }


def look(home: Path, url: str, *what: Any, **settings: str) -> list[dict[str, Any]]:
    """What a new process sees of the hub at this address, its caches under `home`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_ENDPOINT": url, "HF_HOME": str(home / "hf"), "HARNESS_CACHE": str(home / "harness")}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), **settings}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(what)],
        env=environment, cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen


@pytest.fixture(scope="module")
def runs(repos: Mapping[str, Repo], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same three looks: with the hub, with its address dead, and offline by decree."""
    home = tmp_path_factory.mktemp("home")
    three = (["model", "acme/tiny"], ["model", "acme/old"], ["data", "acme/reviews"])
    with serve(*repos.values()) as hub:
        first = look(home, hub.url, *three)
        asked = list(hub.asked)
    dead = look(home, hub.url, *three)
    offline = look(home, hub.url, *three, HF_HUB_OFFLINE="1")
    return {"first": first, "asked": asked, "dead": dead, "offline": offline}


def test_a_model_by_hub_id_is_recorded_with_its_commit(runs: Any, repos: Mapping[str, Repo]) -> None:
    assert runs["first"][0]["revision"] == repos["tiny"].commit
    files = ["2_Dense", "bpe.codes", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert runs["first"][0]["files"] == files


def test_the_layers_of_a_sentence_transformers_model_come_along(runs: Any) -> None:
    assert any(
        path.endswith("/2_Dense/model.safetensors") for path in runs["asked"] if path.startswith("GET /acme/tiny")
    )


def test_pickled_weights_are_only_fetched_where_there_are_no_others(runs: Any, repos: Mapping[str, Repo]) -> None:
    fetched = {path.rsplit("/", 1)[-1] for path in runs["asked"] if path.startswith("GET /acme/tiny/resolve")}
    assert "model.safetensors" in fetched
    assert fetched.isdisjoint({"pytorch_model.bin", "README.md", "model.onnx"})
    assert any(path.startswith("GET /acme/old") and path.endswith("pytorch_model.bin") for path in runs["asked"])
    assert runs["first"][1]["revision"] == repos["old"].commit
    assert "model.safetensors" in runs["first"][1]["files"]


def test_the_same_weights_are_the_same_checkpoint_however_they_came(runs: Any) -> None:
    assert runs["first"][0]["key"] == runs["first"][1]["key"]


def test_a_data_set_by_hub_id_is_recorded_with_its_commit(runs: Any, repos: Mapping[str, Repo]) -> None:
    seen = runs["first"][2]
    assert seen["source"] == f"hub:acme/reviews@{repos['reviews'].commit}"
    assert seen["n"] == [30, 20]
    assert seen["text"] == "test text 00"
    assert seen["labels"] == ["bad", "good"]


@pytest.mark.parametrize("how", ["dead", "offline"])
def test_a_second_run_needs_no_network(runs: Any, how: str) -> None:
    """The address is dead, or HF_HUB_OFFLINE is set: the same commits, keys and texts, from the cache."""
    assert runs[how] == runs["first"]


def test_what_is_wanted_only_where_it_is_here_asks_nobody(repos: Mapping[str, Repo], tmp_path: Path) -> None:
    with serve(*repos.values()) as hub:
        (absent,) = look(tmp_path, hub.url, ["model_if_fetched", "acme/tiny"])
        assert not hub.asked
        assert absent["error"] == "NotFetchedError"
        look(tmp_path, hub.url, ["model", "acme/tiny"])
        n_asked = len(hub.asked)
        (here,) = look(tmp_path, hub.url, ["model_if_fetched", "acme/tiny"])
        assert (here, len(hub.asked)) == (repos["tiny"].commit, n_asked)


def test_a_commit_may_be_asked_for_and_is_found_again_without_the_hub(
    repos: Mapping[str, Repo], tmp_path: Path
) -> None:
    commit = repos["tiny"].commit
    with serve(*repos.values()) as hub:
        (seen,) = look(tmp_path, hub.url, ["model", "acme/tiny", commit])
    (again,) = look(tmp_path, hub.url, ["model", "acme/tiny", commit])
    assert again == seen
    assert seen["revision"] == commit


def test_what_has_no_room_is_not_begun_and_what_is_here_needs_none(repos: Mapping[str, Repo], tmp_path: Path) -> None:
    """Counted are the files that are fetched, and of these what is not in the cache."""
    files = repos["tiny"].files
    read = ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "bpe.codes")
    needed = sum(len(files[name]) for name in (*read, "2_Dense/config.json", "2_Dense/model.safetensors"))
    with serve(*repos.values()) as server:
        rooms = [["model_where", "acme/tiny", free] for free in (needed - 1, needed, 0)]
        refused, fetched, kept = look(tmp_path, server.url, *rooms)
        n_fetched = sum(path.startswith("GET /acme/tiny/resolve") for path in server.asked)
    assert "'acme/tiny': " in refused["said"]
    assert "cannot be written (No space left on device; 0.1 MB to write, 0.1 MB free)" in refused["said"]
    assert "set HF_HOME to a folder elsewhere" in refused["said"]
    assert kept == fetched
    assert n_fetched == 7


def test_two_revisions_of_a_model_may_stand_in_a_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them under the id itself, which is then also the name of an encoder of the suite."""
    asked, folder = list[tuple[str, str | None]](), tiny_encoder("bert", tmp_path)

    def snapshot(repo: str, revision: str | None) -> tuple[Path, str]:
        asked.append((repo, revision))
        return folder, "a commit"

    monkeypatch.setattr(hub, "snapshot", snapshot)
    newest, old = EncoderSpec("acme/tiny", "acme/tiny"), EncoderSpec("old", "acme/tiny", "v1")
    for spec in (newest, old):
        resolve(spec, tmp_path, beside={entry.name: entry for entry in (newest, old)})
    assert asked == [("acme/tiny", None), ("acme/tiny", "v1")]


#: What is looked for that the hub does not give, and what is said of it; `{url}` is that of the hub.
NOT_GIVEN = {
    ("model", "acme/members"): "'acme/members': its owners decide who may fetch it (a gated model). Ask for access at "
    "{url}/acme/members, then log in with `hf auth login`, or set HF_TOKEN.",
    ("model", "acme/closed"): "'acme/closed': its owners decide who may fetch it (a gated model). Ask for access at "
    "{url}/acme/closed, then",
    (
        "model",
        "acme/tinny",
    ): "'acme/tinny': the hub has no such model open to you. Check the id; for a private one, log",
    ("model", "acme/reviews"): "'acme/reviews': the hub has no such model open to you.",  # it is a data set
    ("model", "acme/ti ny"): "'acme/ti ny': no hub id; expected owner/name",
    ("model", "acme/tiny", "v9"): "'acme/tiny': the hub has no revision 'v9' of it. Name a branch, a tag, or a commit "
    "with all its 40 digits",
    ("model", "acme/tiny", "0" * 40): f"the hub has no revision '{'0' * 40}' of it.",
    ("data", "acme/panel"): "hub:acme/panel: its owners decide who may fetch it (a gated data set). Ask for access at "
    "{url}/datasets/acme/panel, then log in",
    ("data", "acme/review"): "hub:acme/review: the hub has no such data set open to you. Check the id",
    ("data", "acme/reviews", "v9"): "hub:acme/reviews: the hub has no revision 'v9' of it. Name a branch",
    ("data", "acme/reviews", "0" * 40): f"hub:acme/reviews: the hub has no revision '{'0' * 40}' of it.",
}


#: Repositories without an encoder that can be read: files, and what is said of them.
NO_ENCODER = {
    "gguf": (("model-q4.gguf",), r"Its weights are those of llama.cpp \(GGUF\) \(model-q4.gguf\)"),
    "tf": (
        ("config.json", "tf_model.h5"),
        r"Its weights are those of TensorFlow \(tf_model.h5\), which .* Save it from",
    ),
    "onnx": (("config.json", "onnx/model.onnx"), r"Its weights are those of ONNX \(onnx/model.onnx\)"),
    "shards": (
        ("config.json", "pytorch_model-00001-of-00002.bin"),
        "Its weights are in pieces of PyTorch's own format",
    ),
    "text": (("README.md",), "no pytorch_model.bin on the hub. Its files are README.md. Check the id."),
    "none": ((), "It is empty. Check the id."),
    "peft": (("adapter_config.json", "adapter_model.safetensors"), "holds an adapter of .* Merge the two with peft"),
}


@pytest.fixture(scope="module")
def unread(repos: Mapping[str, Repo], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is seen of each, and of one whose safetensors have a name of their own beside `pytorch_model.bin`."""
    found = [Repo("models", f"acme/{name}", dict.fromkeys(files, b"{}")) for name, (files, _) in NO_ENCODER.items()]
    variant = replace(repos["old"], name="acme/variant", files={**repos["old"].files, "model.fp16.safetensors": b"x"})
    with serve(*found, variant) as hub:
        names = [*NO_ENCODER, "variant"]
        seen = look(tmp_path_factory.mktemp("home"), hub.url, *(["model", f"acme/{name}"] for name in names))
    return dict(zip(names, seen, strict=True))


@pytest.mark.parametrize("name", NO_ENCODER)
def test_a_repository_without_an_encoder_is_told_by_what_it_has(unread: Any, name: str) -> None:
    assert re.search(NO_ENCODER[name][1], unread[name]["said"])


def test_weights_under_another_name_do_not_hide_those_that_are_read(unread: Any, runs: Any) -> None:
    assert unread["variant"]["key"] == runs["first"][1]["key"]


@pytest.fixture(scope="module")
def refused(repos: Mapping[str, Repo], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Any]:
    """What is said of each, and where the hub was."""
    gated = [
        replace(repos["tiny"], name=f"acme/{name}", gate=gate) for name, gate in (("members", 401), ("closed", 403))
    ]
    with serve(*repos.values(), *gated, replace(repos["reviews"], name="acme/panel", gate=401)) as hub:
        said = look(tmp_path_factory.mktemp("home"), hub.url, *map(list, NOT_GIVEN))
    return {("url",): hub.url, **dict(zip(NOT_GIVEN, said, strict=True))}


@pytest.mark.parametrize("asked", NOT_GIVEN, ids="-".join)
def test_what_the_hub_does_not_give_is_told_with_what_to_do(refused: Any, asked: tuple[str, ...]) -> None:
    """Gated (401: not logged in, 403: not let in), not there, no such revision: of models and of data sets."""
    told = refused[asked]
    assert told["reason"] == "missing-file"
    assert NOT_GIVEN[asked].format(url=refused["url",]) in told["said"]


def test_no_network_and_nothing_cached_says_what_to_do(tmp_path: Path) -> None:
    looks = (["model", "acme/tiny"], ["data", "acme/reviews"])
    dead = look(tmp_path, "http://127.0.0.1:9", *looks)
    offline = look(tmp_path, "http://127.0.0.1:9", *looks, HF_HUB_OFFLINE="1")
    for model, data in (dead, offline):
        assert model["error"] == "MissingFileError"
        assert "'acme/tiny': the model hub cannot be reached and there is no complete local copy" in model["said"]
        assert "Name a folder instead" in model["said"]
        assert model["reason"] == data["reason"] == "missing-file"
        assert "hub:acme/reviews" in data["said"]
    assert "refused" in dead[0]["said"]
    assert "offline mode is enabled" in offline[0]["said"]
