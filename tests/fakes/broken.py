"""Folders that are resolved, read and refused, and what is said of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.encoders.backends import pytorch
from tests.fakes.stores import MEAN, encoded

TEXTS = ("the food was good", "", "the waiter was kind and slow")


def found(path: Path, **given: Any) -> EncoderFolder:
    return resolve(EncoderSpec("mine", str(path), **given), Path())


def vectors(folder: EncoderFolder) -> Any:
    """Of three texts, one of them empty."""
    return encoded(TEXTS, pytorch.load(folder, "cpu"), folder.tokenization).vectors[MEAN.key]


def refused(path: Path) -> str:
    """What is said before anything is loaded; the encoder is named once."""
    with pytest.raises(HarnessError) as caught:
        found(path)
    said = str(caught.value)
    assert said.startswith("encoder 'mine': ")
    assert "trust_remote_code" not in said
    assert "hf.co" not in said
    return said


def read(path: Path) -> Any:
    folder = found(path)
    return encoded(["good food", "slow service"], pytorch.load(folder, "cpu"), folder.tokenization)


def failed(path: Path) -> str:
    """What is said once it is loaded or reads texts."""
    folder = found(path)
    with pytest.raises(HarnessError) as caught:
        encoded(["good food", "slow service"], pytorch.load(folder, "cpu"), folder.tokenization)
    assert str(path) not in str(caught.value)  # another encoder may share the files
    return str(caught.value)


def edit(path: Path, **changes: Any) -> None:
    """Change a JSON file; what is `...` is taken out."""
    kept = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in kept.items() if value is not ...}))


def matches(pattern: str, said: str) -> bool:
    assert re.search(pattern, said), said
    return True
