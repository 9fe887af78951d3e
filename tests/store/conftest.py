from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "vectors"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where machines share files; it is made by the first that puts something there."""
    return tmp_path / "shared" / "of all"


@pytest.fixture
def url(place: Path) -> str:
    return f"file://{place}"
