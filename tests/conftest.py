"""What holds for all tests."""

import pytest


@pytest.fixture(autouse=True)
def _not_below_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `make` that a test starts is not one that `make test` started: it tells of no folders that it enters."""
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        monkeypatch.delenv(name, raising=False)
