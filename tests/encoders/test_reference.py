"""The real minilm: its vectors are those of sentence-transformers, whatever the text and the pooler."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import assets
from harness.catalogue import catalogue
from harness.core.records import Checkpoint
from harness.encoders import EncoderFolder, EncoderSpec, builtin, resolve
from harness.encoders.backends import pytorch
from harness.encoders.tokenizer import count_tokens
from tests.fakes.stores import CLS, MAX, MEAN, encoded

pytestmark = pytest.mark.assets

LONG = "The government said on Tuesday that it would look again at the plan. " * 40
TEXTS = [
    "A man is eating food.",
    "ok",
    "",
    "   ",
    LONG,
    "so good 😀😀 👩‍👩‍👧‍👦 🇩🇪",
    "הספר הזה טוב מאוד",
    "هذا الكتاب جيد جدا\u200f!",
    "Ünïcödé — “quotes”, ½ naïve\u0301 café\u200b\ufeff",
    "word " * 200_000,  # one line of 1 MB
    "x" * 1_000_000,
]


@pytest.fixture(scope="module")
def minilm() -> EncoderFolder:
    return resolve(EncoderSpec("minilm", "minilm"), Path())


@pytest.fixture(scope="module")
def ours(minilm: EncoderFolder) -> Any:
    return encoded(TEXTS, pytorch.load(minilm, "cpu"), minilm.tokenization)


def with_pooling(folder: Path, pooling_mode: str) -> Path:
    """A sentence-transformers folder of minilm with this pooling and no normalisation, made of links."""
    source = assets.path("minilm")
    folder.mkdir()
    for file in source.iterdir():
        if file.is_file() and file.name != "modules.json":
            (folder / file.name).symlink_to(file)
    modules = json.loads((source / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps(modules[:2]))
    (folder / "1_Pooling").mkdir()
    config = json.loads((source / "1_Pooling/config.json").read_text())
    flags = {key: value for key, value in config.items() if not key.startswith("pooling_mode")}
    flags[f"pooling_mode_{pooling_mode}"] = True
    (folder / "1_Pooling/config.json").write_text(json.dumps(flags))
    return folder


@pytest.mark.parametrize(
    ("pooling", "mode"), [(CLS, "cls_token"), (MEAN, "mean_tokens"), (MAX, "max_tokens")], ids=["cls", "mean", "max"]
)
def test_vectors_equal_those_of_sentence_transformers(pooling: Any, mode: str, ours: Any, tmp_path: Path) -> None:
    """To 1e-5, on short, long, empty, emoji, right-to-left and 1 MB texts; and its pooling is our default."""
    from sentence_transformers import SentenceTransformer

    folder = with_pooling(tmp_path / "minilm", mode)
    reference = SentenceTransformer(str(folder), device="cpu")
    expected = reference.encode(TEXTS, batch_size=4, normalize_embeddings=False, show_progress_bar=False)
    np.testing.assert_allclose(ours.of(pooling, TEXTS), expected, atol=1e-5, rtol=0)
    assert resolve(EncoderSpec("m", str(folder)), Path()).pooler == pooling.pooler


def test_what_is_known_of_minilm(minilm: EncoderFolder) -> None:
    assert minilm.pooler == "mean"
    assert minilm.family == "bert"
    assert minilm.tokenization.max_length == 256  # what it was trained to read, of 512 positions
    assert minilm.weights == "pretrained, trained with mean pooling"
    assert minilm.disk_mb == pytest.approx(90.9, abs=0.1)


def test_texts_over_the_maximum_length_are_counted_in_full(minilm: EncoderFolder, ours: Any) -> None:
    n_long, n_words = (int(ours.n_tokens[TEXTS.index(t)]) for t in (LONG, TEXTS[-2]))
    assert n_long == 40 * 14 + 2
    assert n_words == 200_002
    assert count_tokens(minilm, TEXTS) == ours.n_tokens.tolist()


def test_the_cut_minilm_is_another_checkpoint_of_the_same_weights(minilm: EncoderFolder) -> None:
    cut = resolve(EncoderSpec("small", "minilm-3layers"), Path(), partial(catalogue().get, "step"))
    assert cut.checkpoint.source == minilm.checkpoint.source
    assert cut.checkpoint != minilm.checkpoint == Checkpoint(minilm.checkpoint.source)
    n_full, n_cut = (pytorch.load(folder, "cpu").n_parameters for folder in (minilm, cut))
    assert n_full == 22_713_216
    assert n_full - n_cut == 3 * 1_774_464
    assert "first 3 of 6 layers" in cut.weights


def test_every_built_in_encoder_resolves() -> None:
    """Each row of the table comes down to an asset that is there, and says what its weights are."""
    for name, row in builtin().items():
        files = builtin()[row["checkpoint"]] if "checkpoint" in row else row
        if "asset" in files and assets.assets()[files["asset"]].is_optional:
            continue
        folder = resolve(EncoderSpec(name, name), Path(), partial(catalogue().get, "step"))
        assert folder.weights == row["weights"]
        assert folder.licence == row["licence"]


def test_mpnet_is_read_as_sentence_transformers_reads_it() -> None:
    """To 1e-5, its own normalisation aside; where the optional asset was fetched."""
    mpnet = assets.assets()["mpnet"]
    if not (assets.cache_root() / "assets" / f"mpnet-{mpnet.sha256[:8]}").is_dir():
        pytest.skip("`harness fetch mpnet` was not run here")
    from sentence_transformers import SentenceTransformer

    folder = resolve(EncoderSpec("mpnet", "mpnet"), Path())
    assert (folder.family, folder.pooler, folder.tokenization.max_length) == ("mpnet", "mean", 384)
    texts = [TEXTS[0], TEXTS[5], LONG]
    vectors = encoded(texts, pytorch.load(folder, "cpu"), folder.tokenization).of(MEAN, texts)
    expected = SentenceTransformer(folder.path, device="cpu").encode(texts, show_progress_bar=False)
    ours = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(ours, expected, atol=1e-5, rtol=0)
