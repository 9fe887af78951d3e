"""What holds for all tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.core import plugins


@pytest.fixture(autouse=True)
def _not_below_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `make` that a test starts is not one that `make test` started: it tells of no folders that it enters."""
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Have the components of a source that the harness does not bring, as `--plugin` names it."""

    def bring(source: str) -> None:
        file = tmp_path / "brought.py"
        file.write_text(source, encoding="utf-8")
        monkeypatch.setenv(plugins.VARIABLE, str(file))
        catalogue.cache_clear()

    yield bring
    catalogue.cache_clear()
