"""Encoders of the E5, BGE and GTE kind: a pooling, a normalisation, and what stands before queries and documents.

Their folders name no prompts, so the suite does; vectors are those of sentence-transformers.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.encoders.test_layouts import TEXTS, ours, pooling, same, saved
from tests.fakes.broken import found
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, OTHER_FAMILIES

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

#: Without it sentence-transformers reads more tokens than some of these have positions for.
READING = {"max_seq_length": MAX_LENGTH}
ASKS = "Represent this sentence for searching relevant passages: "
#: Family, pooling and prefixes; multilingual E5 is of XLM-RoBERTa, the first GTE of BERT and without prefixes.
KINDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "e5": ("bert", "mean", {"query": "query: ", "document": "passage: "}),
    "multilingual-e5": ("xlm-roberta", "mean", {"query": "query: ", "document": "passage: ", "text": "query: "}),
    "bge": ("bert", "cls", {"query": ASKS}),
    "bge-m3": ("xlm-roberta", "cls", {}),
    "gte": ("bert", "mean", {}),
    "gte-modernbert": ("modernbert", "cls", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_side_is_read_with_its_prefix(kind: str, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as models

    family, mode, prefix = KINDS[kind]
    path = saved(tmp_path, pooling(mode), models.Normalize(), family=family, reading=READING)
    folder = found(path, prefix=prefix)
    assert folder.pooler == mode
    reference = SentenceTransformer(str(path), device="cpu")
    for role, said in (("text", "text"), ("query", "query"), ("corpus", "document")):
        texts = [prefix.get(said, "") + text for text in TEXTS]
        expected = reference.encode(texts, batch_size=3, normalize_embeddings=False, show_progress_bar=False)
        np.testing.assert_allclose(normalised(ours(folder, role)), expected, atol=1e-5, rtol=0)


def normalised(vectors: Any) -> Any:
    """As a last `Normalize` leaves them; the harness leaves that to what compares vectors."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("family", [*FAMILIES, *OTHER_FAMILIES])
def test_a_folder_of_each_family_is_read_as_sentence_transformers_reads_it(family: str, tmp_path: Path) -> None:
    """Mean, prompts of both sides, a Dense layer: on both sides of the maximum length."""
    from sentence_transformers.sentence_transformer import modules as models

    modules = [pooling(), models.Dense(in_features=32, out_features=8), models.Normalize()]
    prompts = {"query": "the waiter: ", "document": "a phone: "}
    path = saved(tmp_path, *modules, family=family, reading=READING, prompts=prompts)
    same(path, "query", "encode_query")
    same(path, "corpus", "encode_document")
