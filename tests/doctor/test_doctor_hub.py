"""What the hub says before anything is downloaded, against a hub on the loopback interface."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.fingerprint import seal
from harness.doctor import encoder_parts
from harness.doctor.finding import Finding
from harness.doctor.hub import Hub, _licence, is_hub_id
from harness.tasks.sources.hub import place_of
from harness.tasks.task import HubSource
from tests.fakes.hub import Hub as Served
from tests.fakes.hub import Repo, serve

CONFIG = b'{"model_type": "bert", "vocab_size": 30}'
MODEL = {"config.json": CONFIG, "model.safetensors": b"w" * 2_000_000, "tokenizer.json": b"{}"}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Point the hub's library at an address, its cache in a folder of the test."""
    from huggingface_hub import constants

    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    @contextmanager
    def at(*repos: Repo) -> Iterator[Served]:
        with serve(*repos) as hub:
            point(hub.url)
            yield hub

    def point(url: str) -> None:
        monkeypatch.setattr(constants, "ENDPOINT", url)
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        for module in ("constants", "file_download"):
            place = f"huggingface_hub.{module}.HUGGINGFACE_CO_URL_TEMPLATE"
            monkeypatch.setattr(place, template, raising=False)

    at.point = point  # type: ignore[attr-defined]
    return at


def model(files: Mapping[str, Any], **given: Any) -> Repo:
    return Repo("models", "acme/one", {k: v for k, v in {**MODEL, **files}.items() if v is not None}, **given)


def told(at: Any, repo: Repo, revision: str | None = None) -> Finding:
    with at(repo):
        return Hub().model("one", repo.name, revision)


def test_a_sound_model_is_told_with_its_size_and_nothing_is_kept(at: Any, tmp_path: Path) -> None:
    hub = Hub()
    with at(model({})) as served:
        found = hub.model("one", "acme/one", None)
    assert found == Finding(
        "one",
        "acme/one: bert; safetensors; tokenizer in tokenizer.json; open to all; licence not said; 2.0 MB to fetch",
        "ok",
    )
    assert not [path for path in served.asked if "model.safetensors" in path]
    assert sum(hub.to_fetch.values()) == sum(map(len, MODEL.values()))
    assert not (tmp_path / "hub").exists() or not any((tmp_path / "hub").rglob("*.json"))


INDEX = json.dumps({"metadata": {}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}).encode()
PICKLED: dict[str, Any] = {"model.safetensors": None}
UNKNOWN = {"model_type": "nomic", "auto_map": {"AutoModel": "acme/code--Model"}}
MODELS: dict[str, tuple[dict[str, Any], str, str]] = {
    "pickled": ({**PICKLED, "pytorch_model.bin": b"w"}, "ok", "pytorch_model.bin only"),
    "pickled pieces": (
        {**PICKLED, "pytorch_model.bin.index.json": b"{}"},
        "failed",
        "in pieces of PyTorch's own format .*save_pretrained",
    ),
    "pieces": (
        {**PICKLED, "model.safetensors.index.json": INDEX, "model-1.safetensors": b"w", "model-2.safetensors": b"w"},
        "ok",
        "safetensors in 2 pieces",
    ),
    "other weights": (
        {**PICKLED, "tf_model.h5": b"w"},
        "failed",
        "those of TensorFlow .tf_model.h5.*save_pretrained",
    ),
    "no config": ({"config.json": None}, "failed", "no config.json in the repository"),
    "adapter": ({"adapter_config.json": b"{}"}, "failed", "an adapter of another model.*Merge the two with peft"),
    "no tokenizer": (
        {"tokenizer.json": None},
        "failed",
        "no tokenizer in the repository; expected one of tokenizer.json, ",
    ),
    "spm": ({"tokenizer.json": None, "spm.model": b"x"}, "ok", "spm.model, read by sentencepiece and protobuf"),
    "foreign": (
        {"tokenizer_config.json": b'{"tokenizer_class": "HerbertTokenizer"}'},
        "failed",
        "sacremoses not installed here: `pip install sacremoses`",
    ),
    "remote code": (
        {"config.json": json.dumps(UNKNOWN).encode()},
        "failed",
        "needs code of its own .*Look for a version",
    ),
    "own code": (
        {"config.json": json.dumps({**UNKNOWN, "model_type": "bert"}).encode()},
        "warning",
        "its own code, acme/code--Model, is not run",
    ),
    "own tokenizer": ({"tokenizer_config.json": b'{"auto_map": {}}'}, "warning", "its tokenizer has code of its own"),
    "another family": ({"config.json": b'{"model_type": "ernie"}'}, "warning", "ernie: family untested here"),
    "unknown family": ({"config.json": b'{"model_type": "brt"}'}, "failed", "'brt' is not known to transformers"),
    "no JSON": ({"config.json": b"<html>"}, "failed", "config.json is a web page"),
}


@pytest.mark.parametrize("what", MODELS)
def test_what_a_model_lacks_is_told_with_what_to_do(at: Any, what: str) -> None:
    files, status, said = MODELS[what]
    found = told(at, model(files))
    assert found.status == status, found.said
    assert re.search(said, found.said), found.said


def test_a_gated_model_and_one_that_is_not_there(at: Any) -> None:
    with at(model({}, gate=403)):
        hub = Hub()
        gated, absent, revision, odd = (
            hub.model("x", *what)
            for what in (("acme/one", None), ("acme/two", None), ("acme/one", "v9"), ("acme/o ne", None))
        )
    assert {one.status for one in (gated, absent, revision, odd)} == {"failed"}
    assert "gated: ask for access at http://127.0.0.1:" in gated.said
    assert "/acme/one, then log in with `hf auth login`" in gated.said
    assert "no such model, or it is private" in absent.said
    assert "no revision 'v9'" in revision.said
    assert "no hub id; expected owner/name" in odd.said


def test_all_that_a_model_lacks_is_told_at_once(at: Any) -> None:
    said = told(at, model({**PICKLED, "tokenizer.json": None, "config.json": b'{"model_type": "brt"}'})).said
    for fault in ("'brt' is not known", "no model.safetensors", "no tokenizer in"):
        assert fault in said
    assert "open to all" not in said


def test_a_module_that_is_not_read_is_told_before_it_is_fetched(at: Any) -> None:
    parts = (("Transformer", ""), ("Pooling", "1_Pooling"), ("LSTM", "2_LSTM"))
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": path} for kind, path in parts]
    files = {"modules.json": json.dumps(modules).encode(), "1_Pooling/config.json": b"{}", "2_LSTM/config.json": b"{}"}
    found = told(at, model(files))
    assert found.status == "failed"
    assert "it has the module LSTM after its pooling" in found.said


def test_the_licence_is_that_of_the_hub() -> None:
    assert _licence(SimpleNamespace(tags=["pytorch", "license:mit"])) == "mit"
    assert _licence(SimpleNamespace(tags=None)) == ""


def test_without_a_hub_it_is_asked_once_and_a_copy_is_told(at: Any, tmp_path: Path, tiny: Path) -> None:
    at.point("http://127.0.0.1:9")
    hub = Hub()
    found = hub.model("one", "acme/one", None)
    assert found.status == "failed"
    assert "the hub cannot be reached (" in found.said
    assert found.said.endswith("and no copy is here. Name a folder, or connect once")
    assert hub.unreachable
    copy = tmp_path / "hub" / "models--acme--one"
    shutil.copytree(tiny, copy / "snapshots" / ("a" * 40))
    (copy / "refs").mkdir()
    (copy / "refs" / "main").write_text("a" * 40)
    for revision in (None, "a" * 40):
        there = hub.model("one", "acme/one", revision)
        assert there.status == "warning"
        assert "the copy of an earlier run is used; bert; safetensors" in there.said
    assert hub.model("one", "acme/one", "b" * 40).status == "failed"
    (copy / "snapshots" / ("a" * 40) / "model.safetensors").unlink()
    assert "no model.safetensors and no pytorch_model.bin" in hub.model("one", "acme/one", None).said


ROWS = {"data/train-0.parquet": b"r" * 300_000, "data/test-0.parquet": b"r" * 200_000, "README.md": b"#"}


def test_data_sets(at: Any) -> None:
    scripts = Repo("datasets", "acme/old", {"old.py": b"", "README.md": b""})
    none = Repo("datasets", "acme/none", {"README.md": b""})
    sound, gated = Repo("datasets", "acme/rows", ROWS), Repo("datasets", "acme/gated", ROWS, gate=401)
    with at(scripts, none, sound, gated):
        hub = Hub()
        found = {name: hub.data(name, HubSource(f"acme/{name}")) for name in ("old", "none", "rows", "gated", "gone")}
    assert (found["rows"].status, found["rows"].said) == (
        "ok",
        "acme/rows: parquet; open to all; at most 0.5 MB to fetch",
    )
    assert {name: one.status for name, one in found.items() if name != "rows"} == dict.fromkeys(
        ("old", "none", "gated", "gone"), "failed"
    )
    assert "a data set script (old.py), which is not run, and the hub has no copy of it as Parquet" in found["old"].said
    assert "no data files that can be read (it has README.md)" in found["none"].said
    assert hub.to_fetch == {(HubSource("acme/rows"), sound.commit): 500_000}
    assert "gated: ask for access at http" in found["gated"].said
    assert "/datasets/acme/gated" in found["gated"].said
    assert "no such data set" in found["gone"].said


def test_a_data_set_that_is_here_already(at: Any) -> None:
    rows, hub = Repo("datasets", "acme/rows", ROWS), Hub()
    folder = place_of(HubSource("acme/rows"), rows.commit)
    folder.mkdir(parents=True)
    seal(folder)
    with at(rows):
        assert hub.data("t", HubSource("acme/rows")).said == "acme/rows: parquet; here already"
    assert hub.to_fetch == {}


def test_a_script_of_which_the_hub_has_a_copy(at: Any) -> None:
    with at(Repo("datasets", "acme/old", {"old.py": b""}, at="refs")):
        said = Hub().data("old", HubSource("acme/old")).said
    assert said.endswith("say `revision: refs/convert/parquet` in the task, the hub's own copy as Parquet")


def test_an_encoder_by_hub_id_is_not_fetched_where_the_hub_says_no(at: Any) -> None:
    with at(model({}, gate=401)) as hub:
        parts = list(encoder_parts("acme/one"))
    assert [part.title for part in parts] == ["Before anything is downloaded"]
    assert not [path for path in hub.asked if "safetensors" in path]


def test_what_is_a_hub_id(tmp_path: Path) -> None:
    (tmp_path / "own" / "model").mkdir(parents=True)
    names = ("acme/one", "own/model", "minilm", "./acme/one", "/acme", "a/b/c", "acme")
    assert [name for name in names if is_hub_id(name, tmp_path)] == ["acme/one"]
    assert os.sep == "/"
