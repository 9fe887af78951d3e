"""A job on its way to another machine: what lies at its paths is found there by name or content, or is sent."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import assets, encoders
from harness.core.errors import EncoderError, MissingFileError
from harness.core.fingerprint import seal
from harness.encoders import EncoderSpec
from harness.runner import travel
from harness.runner.checkpoints import Stores
from harness.runner.travel import Lacking, Parcel, packed
from tests.fakes.encoders import tiny_encoder


@pytest.fixture
def here(tmp_path: Path) -> Stores:
    return Stores(None, tmp_path / "here" / "checkpoints")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    """The stores of another machine; its cache is that of this process from now on."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "there"))
    return Stores(None, tmp_path / "there" / "checkpoints")


def read(parcel: Parcel, stores: Stores, *, sent: bool = True, change: Callable[[bytes], bytes] = bytes) -> Any:
    """A job as that machine reads it, after what it lacked was sent."""
    files = {digest: change(path.read_bytes()) for digest, path in parcel.files.items()}
    return travel.unpacked(parcel.job, stores, lambda digest: files[digest] if sent else None)


def gone(path: Path, parcel: Parcel) -> Parcel:
    """The parcel, and nothing at that path any more; its files were kept elsewhere."""
    kept = path.parent / "kept"
    moved = shutil.move(path, kept)
    return replace(parcel, files={d: moved / file.relative_to(path) for d, file in parcel.files.items()})


def test_a_folder_is_lacking_until_it_was_sent_and_is_there_once(tmp_path: Path, here: Stores, there: Stores) -> None:
    folder = encoders.resolve(EncoderSpec("one", str(tiny_encoder("bert", tmp_path))), tmp_path)
    assert folder.path == read(packed(folder, here), there, sent=False).path  # the same lies there: one disk
    parcel = gone(Path(folder.path), packed(folder, here))
    with pytest.raises(Lacking) as lacking:
        read(parcel, there, sent=False)
    assert lacking.value.hashes == set(parcel.files)
    found = read(parcel, there)
    assert Path(found.path).is_relative_to(tmp_path / "there")
    encoders.refuse_changed(found)
    assert found.checkpoint == folder.checkpoint
    assert read(parcel, there, sent=False).path == found.path


def test_what_is_not_what_was_planned_is_refused_with_both_hashes(tmp_path: Path, here: Stores, there: Stores) -> None:
    folder = encoders.resolve(EncoderSpec("one", str(tiny_encoder("bert", tmp_path))), tmp_path)
    parcel = gone(Path(folder.path), packed(folder, here))
    with pytest.raises(MissingFileError, match="changed while the run went on"):
        read(parcel, there, change=lambda content: content + b" ")
    shutil.copytree(tmp_path / "kept", folder.path)
    config = Path(folder.path) / "config.json"
    config.write_text(config.read_text() + "\n")
    with pytest.raises(EncoderError, match=r"the files in .* have the hash \w+, and the run was planned with \w+"):
        encoders.refuse_changed(folder)


def test_a_file_keeps_its_name(tmp_path: Path, here: Stores, there: Stores) -> None:
    file = tmp_path / "data" / "reviews.csv"
    file.parent.mkdir()
    file.write_text("text,label\n")
    parcel = gone(file.parent, packed({"data": (file,)}, here))
    found = read(replace(parcel, files=dict.fromkeys(parcel.files, tmp_path / "kept" / "reviews.csv")), there)
    assert found["data"][0] != file
    assert (found["data"][0].name, found["data"][0].read_text()) == ("reviews.csv", "text,label\n")


def test_a_built_checkpoint_goes_to_the_store_of_the_other_machine(here: Stores, there: Stores) -> None:
    built = here.checkpoints / "abc"
    built.mkdir(parents=True)
    (built / "weights").write_bytes(b"1234")
    seal(built)
    parcel = packed(built, here)
    with pytest.raises(Lacking):
        read(parcel, there, sent=False)
    assert read(parcel, there) == there.checkpoints / "abc"
    assert (there.checkpoints / "abc" / "weights").read_bytes() == b"1234"
    assert packed(here.checkpoints / "to be built", here).files == {}


@pytest.mark.parametrize(
    ("path", "root", "name", "below"),
    [
        ("hub/models--intfloat--e5/snapshots/0123abc/1_Pooling", "hub", "intfloat/e5@0123abc", "1_Pooling"),
        ("hub/models--intfloat--e5/snapshots/0123abc", "hub", "intfloat/e5@0123abc", "."),
        ("snapshots/mine", "content", "", ""),
    ],
)
def test_how_a_path_is_named(tmp_path: Path, path: str, root: str, name: str, below: str) -> None:
    found = travel.lying(tmp_path / path)
    assert (found.root if found else "content") == root
    if found:
        assert (found.name, found.below) == (name, below)


def test_an_asset_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    place = assets.place(assets.assets()["minilm"], assets.cache_root())
    found = travel.lying(place / "2_Dense" / "model.safetensors")
    assert found is not None
    assert (found.root, found.name, found.below) == ("asset", "minilm", "2_Dense/model.safetensors")
