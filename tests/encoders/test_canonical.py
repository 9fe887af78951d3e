"""The five families as they lie on the hub, in names of weights, settings and files that transformers once wrote."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.encoders import EncoderFolder
from harness.encoders.backends import pytorch
from tests.encoders.test_families import TEXTS, TOLERANCE, one_by_one, pooled_by_hand
from tests.fakes.broken import found
from tests.fakes.canonical import MODELS, Files, half, sharded
from tests.fakes.stores import MEAN, encoded

pytestmark = pytest.mark.usefixtures("own_cache")

BERT = "google-bert/bert-base-uncased"


def laid_out(files: Files, folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def vectors(folder: EncoderFolder) -> Mapping[str, Any]:
    return encoded(TEXTS, pytorch.load(folder, "cpu"), folder.tokenization).vectors


@pytest.mark.parametrize("make", [*MODELS.values(), sharded, half], ids=[*MODELS, "sharded", "half"])
def test_vectors_are_those_of_transformers(make: Callable[[Path], Files], tmp_path: Path) -> None:
    """And those of its tokenizer: of word pieces, bytes, and SentencePiece without a tokenizer.json."""
    folder = found(laid_out(make(tmp_path), tmp_path / "hub"))
    given = vectors(folder)
    for key, expected in pooled_by_hand(one_by_one(folder, TEXTS)).items():
        np.testing.assert_allclose(given[key], expected, atol=TOLERANCE, rtol=0)


def test_weights_by_other_names_and_in_other_files_are_the_same(tmp_path: Path) -> None:
    """BERT's, by their names of TensorFlow in one file, and by today's in two."""
    one, two = (laid_out(make(tmp_path / n), tmp_path / n / "hub") for n, make in (("1", MODELS[BERT]), ("2", sharded)))
    np.testing.assert_array_equal(vectors(found(one))[MEAN.key], vectors(found(two))[MEAN.key])
