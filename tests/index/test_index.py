"""An index gives what sentence-transformers finds, survives its folder, and is asked by nobody who does not fit."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.errors import HarnessError, MissingFileError
from harness.index import Index, differences
from tests.index.conftest import TEXTS

QUERIES = ["a slow waiter", "how kind were the guests", "the phone dies"]


@pytest.mark.parametrize("normalize", [True, False], ids=["cosine", "dot"])
def test_it_finds_what_semantic_search_finds(encoder: Path, folder: Path, normalize: bool) -> None:
    """To 1e-5, by cosine and by the dot product of raw vectors, saved and opened again."""
    from sentence_transformers import SentenceTransformer, util

    made = Index.build(str(encoder), TEXTS, normalize=normalize, device="cpu")
    opened = Index.load(made.save(folder.parent / "other"))
    hits = opened.query(QUERIES, k=5, device="cpu")
    reference = SentenceTransformer(str(encoder), device="cpu")
    vectors, asked = (reference.encode(list(some), normalize_embeddings=normalize) for some in (TEXTS, QUERIES))
    expected = util.semantic_search(asked, vectors, top_k=5, score_function=util.dot_score)
    for own, theirs in zip(hits, expected, strict=True):
        assert [hit.text for hit in own] == [TEXTS[one["corpus_id"]] for one in theirs]
        scores = [one["score"] for one in theirs]
        assert [hit.similarity for hit in own] == pytest.approx(scores, abs=1e-5 if normalize else 1e-4)


def test_a_saved_index_is_opened_on_the_disk(folder: Path) -> None:
    opened = Index.load(folder)
    assert isinstance(opened.vectors, np.memmap)
    assert (len(opened), opened.documents.ids[:2], opened.documents.texts) == (12, ("d0", "d1"), TEXTS)
    np.testing.assert_allclose(np.linalg.norm(opened.vectors, axis=1), 1, atol=1e-6)
    assert len(opened.query(["food"], k=100)[0]) == len(TEXTS)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pooler": "cls"}, "the index was built with mean pooling, the query side pools cls"),
        (
            {"pooler": "mean: {special_tokens: false}"},
            "of special_tokens True, the query side has special_tokens False",
        ),
        ({"normalize": False}, "built with normalised vectors, the query side comes with raw vectors"),
        (
            {"encoder": "{name: x, checkpoint: %s, precision: bf16}"},
            "computed in fp32, the query side is computed in bf16",
        ),
        ({"encoder": "{name: x, checkpoint: %s, prefix: 'p: '}"}, "with no prefix before each document"),
        ({"encoder": "{name: x, checkpoint: %s, max_length: 8}"}, "built with 24 tokens read of each document"),
        ({"encoder": "{name: x, checkpoint: %s, truncation: tail}"}, "built with head read of a longer document"),
        ({"encoder": "{name: x, checkpoint: %s, cut: {layers: [0]}}"}, "the query side has those of x (checkpoint"),
    ],
)
def test_a_side_that_differs_is_refused_by_the_first_difference(
    encoder: Path, folder: Path, given: dict[str, Any], said: str
) -> None:
    given = {name: value % encoder if "%s" in str(value) else value for name, value in given.items()}
    with pytest.raises(HarnessError) as told:
        Index.load(folder).query(["food"], **given)
    assert said in str(told.value)
    assert "build the index anew" in str(told.value)


def test_who_reads_queries_another_way_may_ask(encoder: Path, folder: Path) -> None:
    """Its documents would be read as those of the index were."""
    opened = Index.load(folder)
    (plain,), (asked,) = (
        opened.query(["food"], encoder=f"{{name: x, checkpoint: {encoder}{more}}}", k=12)
        for more in ("", ", prefix: {query: 'find: '}")
    )
    assert {hit.id for hit in plain} == {hit.id for hit in asked}
    assert [hit.similarity for hit in plain] != [hit.similarity for hit in asked]


def test_every_part_of_what_decides_vectors_has_its_words(folder: Path) -> None:
    """A part that is added and has none would be a KeyError for whoever asks."""
    one = Index.load(folder).decides
    for name, value in vars(one).items():
        other: Any = (
            {**value, "version": 9} if isinstance(value, dict) else not value if value is True else f"other {value}"
        )
        assert differences.first(one, replace(one, **{name: other}), ("a", "b")).startswith("the index was ")
    assert differences.first(one, one, ("a", "b")) == ""


@pytest.mark.parametrize("name", ["vectors.npy", "documents.jsonl", "index.json"])
def test_a_folder_that_is_cut_short_or_damaged_is_refused_with_the_file(folder: Path, name: str) -> None:
    file = folder / name
    whole = file.read_bytes()
    for spoilt in (
        whole[: len(whole) // 2],
        whole.replace(b"1", b"2", 1) if name == "index.json" else whole[:-3] + b"abc",
    ):
        file.write_bytes(spoilt)
        with pytest.raises(HarnessError, match=rf"{name}: (cut short or )?damaged.*Build the index again"):
            Index.load(folder)
    file.unlink()
    with pytest.raises(MissingFileError, match=rf"{name}: not there"):
        Index.load(folder)


def test_what_is_no_index_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no such folder. `harness index build"):
        Index.load(tmp_path / "nowhere")


def test_what_is_there_is_not_written_over(folder: Path) -> None:
    opened = Index.load(folder)
    with pytest.raises(HarnessError, match="there already"):
        opened.save(folder)
    assert sorted(path.name for path in folder.parent.iterdir() if "part" in path.name) == []


def test_a_checkpoint_whose_files_changed_does_not_fit_any_more(encoder: Path, folder: Path) -> None:
    told = json.loads((folder / "index.json").read_text())["decides"]
    opened = Index.load(folder)
    opened.decides = replace(opened.decides, checkpoint="0" * 32)
    with pytest.raises(HarnessError, match=f"built with other weights: those of .*00000000.*{told['checkpoint'][:8]}"):
        opened.query(["food"])


@pytest.mark.parametrize(("queries", "k"), [([], 3), (["  "], 3), (["food"], 0)])
def test_nothing_asked_is_an_error(folder: Path, queries: list[str], k: int) -> None:
    with pytest.raises(HarnessError, match="nothing to look for"):
        Index.load(folder).query(queries, k)


@pytest.mark.parametrize(
    ("encoder_", "pooler", "said"),
    [
        ("minilmm", None, "encoder 'minilmm' is not known"),
        ("bert-base-random", None, "has random weights; nothing can be found by them"),
        ("minilm", "meen", "pooler 'meen' is not known"),
        ("{name: x, chekpoint: minilm}", None, "unknown key 'chekpoint'"),
    ],
)
def test_an_encoder_that_is_none_is_told(encoder_: str, pooler: str | None, said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        Index.build(encoder_, ["a text"], pooler=pooler)
