"""A dictionary of a few misspellings and a tiny tokenizer, in place of the packaged ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.audit import Source, read
from tests.fakes.own_data import small_audit


@pytest.fixture
def small_assets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No packaged files are looked for."""
    small_audit(tmp_path_factory.mktemp("reference"), monkeypatch)


@pytest.fixture
def source_of(tmp_path: Path) -> Callable[..., Source]:
    """Write a file (text or bytes) and read it."""

    def make(content: str | bytes, name: str = "data.csv") -> Source:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        return read(str(tmp_path / name))

    return make
