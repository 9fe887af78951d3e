from pathlib import Path

import pytest

from tests.fakes.command import Command


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`harness …` in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)
