"""A tiny encoder, documents, and an index of them, made once."""

from pathlib import Path

import pytest

from harness.index import Index
from tests.encoders.conftest import _one_thread
from tests.fakes.encoders import tiny_encoder

__all__ = ["_one_thread"]
THINGS = ("waiter", "battery", "phone", "food", "guests", "markets")
TEXTS = tuple(f"the {thing} was {how}, said {n} of them" for n, thing in enumerate(THINGS) for how in ("kind", "slow"))


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder("bert", tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="session")
def saved(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of `TEXTS`, mean pooling, normalised."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))
        made = Index.build(str(encoder), TEXTS, [f"d{n}" for n in range(len(TEXTS))], device="cpu")
        return made.save(tmp_path_factory.mktemp("saved") / "index")


@pytest.fixture
def folder(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may spoil, with a cache of its own."""
    import shutil

    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copytree(saved, tmp_path / "index"))
