"""`harness.encoder` gives what sentence-transformers gives, by the same arguments."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import harness
from harness.core.errors import HarnessError
from harness.index import TextEncoder
from harness.runner.vectors import cache_folder
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, tiny_encoder
from tests.index.conftest import TEXTS

SOME = [*TEXTS, "", TEXTS[0], "Naïve CAFÉ – 日本語 " * 9]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


def theirs(path: Path, pooling: str = "mean", prompts: dict[str, str] | None = None) -> Any:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    transformer = modules.Transformer(str(path), max_seq_length=MAX_LENGTH)
    return SentenceTransformer(modules=[transformer, modules.Pooling(32, pooling)], device="cpu", prompts=prompts)


@pytest.mark.parametrize("pooler", ["cls", "mean", "max"])
@pytest.mark.parametrize("family", FAMILIES)
def test_encode_is_that_of_sentence_transformers(family: str, pooler: str, tmp_path: Path) -> None:
    path = tiny_encoder(family, tmp_path)
    encoder, reference = harness.encoder(str(path), pooler, device="cpu"), theirs(path, pooler)
    found = encoder.encode(SOME)
    assert (found.shape, found.dtype) == ((len(SOME), 32), np.float32)
    np.testing.assert_allclose(found, reference.encode(SOME), atol=1e-5, rtol=0)
    given: dict[str, Any] = {"batch_size": 3, "normalize_embeddings": True, "prompt": "say: "}
    np.testing.assert_allclose(encoder.encode(SOME, **given), reference.encode(SOME, **given), atol=1e-5, rtol=0)


def test_queries_and_documents_have_their_prompts(encoder: Path) -> None:
    prompts = {"text": "a: ", "query": "b: ", "document": "c: "}
    asked = f"{{name: x, checkpoint: {encoder}, prefix: {{text: 'a: ', query: 'b: ', document: 'c: '}}}}"
    own, reference = harness.encoder(asked, device="cpu"), theirs(encoder, prompts=prompts)
    assert own.prompts == prompts
    for given in ({"prompt_name": "query"}, {"prompt_name": "document"}, {"prompt_name": "text"}):
        np.testing.assert_allclose(own.encode(SOME, **given), reference.encode(SOME, **given), atol=1e-5, rtol=0)
    np.testing.assert_allclose(own.encode_query(SOME), reference.encode_query(SOME), atol=1e-5, rtol=0)
    np.testing.assert_allclose(own.encode_document(SOME), reference.encode_document(SOME), atol=1e-5, rtol=0)
    with pytest.raises(HarnessError, match="no prompt 'passage'; there are: text, query, document"):
        own.encode(SOME, prompt_name="passage")


def test_shapes_of_one_text_of_none_and_as_a_tensor(encoder: Path) -> None:
    import torch

    own = harness.encoder(str(encoder), device="cpu")
    assert own.encode("a text").shape == (32,)
    assert own.encode([]).shape == (0, 32)
    assert own.get_sentence_embedding_dimension() == own.dimension == 32
    assert own.max_seq_length == MAX_LENGTH
    assert isinstance(own.encode(["a"], convert_to_tensor=True, show_progress_bar=False), torch.Tensor)
    with pytest.raises(HarnessError, match=r"batch_size is 0; expected 1 or more"):
        own.encode(["a"], batch_size=0)
    with pytest.raises(HarnessError, match="text 2: a lone surrogate"):
        own.encode(["a", "\ud800"])


def test_vectors_are_kept_only_where_that_is_asked(encoder: Path) -> None:
    expected = TextEncoder.of(str(encoder), device="cpu").encode(SOME)
    assert not cache_folder().exists()
    for turn in range(2):
        kept = TextEncoder.of(str(encoder), device="cpu", cache=True)
        np.testing.assert_allclose(kept.encode(SOME), expected, atol=1e-6, rtol=0)
        assert ("model" in vars(kept._side)) == (turn == 0)  # the second time nothing is loaded
    with closing(sqlite3.connect(cache_folder() / "index.sqlite")) as index:
        assert index.execute("SELECT SUM(n_rows) FROM batches").fetchone() == (len(set(SOME)),)


def test_mteb_gets_batches_read_by_their_side(tmp_path: Path) -> None:
    """As `mteb` 2 calls it: batches of texts, what they are for, and how vectors compare."""
    from types import SimpleNamespace

    path = tiny_encoder("bert", tmp_path)
    asked = f"{{checkpoint: {path}, prefix: {{query: 'ask: ', document: 'say: '}}}}"
    encoder = harness.encoder(asked, "mean", device="cpu")
    model, batches = encoder.for_mteb(), [{"text": SOME[:2]}, {"text": SOME[2:]}]
    told = {"task_metadata": None, "hf_split": "test", "hf_subset": "default", "batch_size": 2}
    for said, encode in (
        ("query", encoder.encode_query),
        ("document", encoder.encode_document),
        (None, encoder.encode),
    ):
        given = SimpleNamespace(value=said) if said else None
        np.testing.assert_array_equal(model.encode(batches, prompt_type=given, **told), encode(SOME))
    vectors = encoder.encode(SOME[:3])
    cosines = model.similarity(vectors, vectors)
    np.testing.assert_allclose(cosines.diagonal(), 1.0, atol=1e-6)
    np.testing.assert_allclose(model.similarity_pairwise(vectors, vectors[::-1]), cosines.numpy()[:, ::-1].diagonal())
    assert model.similarity(vectors[0], vectors).shape == (1, 3)
    assert encoder.name == "harness/tiny-bert"
    assert encoder.key != harness.encoder(asked, "cls", device="cpu").key
