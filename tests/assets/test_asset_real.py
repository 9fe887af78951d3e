"""The packaged assets themselves."""

import json

import pytest

from harness import assets
from harness.core.fingerprint import file_hash

pytestmark = pytest.mark.assets


@pytest.mark.parametrize("name", ["bbc", "vader-sentiment", "misspellings"])
def test_a_data_set_is_its_archive(name: str) -> None:
    file = assets.path(name)
    assert file.name == assets.assets()[name].source.file
    assert file_hash(file) == assets.assets()[name].sha256


def test_minilm_is_a_folder_that_transformers_can_read() -> None:
    folder = assets.path("minilm")
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 384
    assert {"model.safetensors", "tokenizer.json"} <= {file.name for file in folder.iterdir()}
