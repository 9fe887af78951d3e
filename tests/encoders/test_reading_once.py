"""A folder's files are opened a few times, by one reader of each kind: large ones may lie on a slow disk."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.encoders import EncoderSpec, resolve
from tests.fakes.encoders import tiny_encoder


def test_weights_and_config_are_not_opened_over_and_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they begin with, what they say, and the hash of all of it; of weights the head once more for their ends."""
    folder, opened, real = tiny_encoder("bert", tmp_path), Counter[str](), Path.open

    def counted(path: Path, *given: Any, **named: Any) -> Any:
        opened[path.name] += 1
        return real(path, *given, **named)

    monkeypatch.setattr(Path, "open", counted)
    resolve(EncoderSpec("mine", str(folder)), Path())
    assert 1 <= opened["config.json"] <= 3
    assert 1 <= opened["model.safetensors"] <= 4
