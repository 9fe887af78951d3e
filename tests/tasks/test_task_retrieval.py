"""Pairs of query and document."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import csv_of

Make = Callable[..., Task]
PAIRS = [(f"question {i}", f"the answer to question {i}") for i in range(30)]


def both(task: Task, **options: object) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """(relevant texts by query text, document text by id)."""
    info = describe(task)
    queries = load(task, make_split(task, info, "test", role="query", **options))  # type: ignore[arg-type]
    corpus = load(task, make_split(task, info, "test", role="corpus", **options))  # type: ignore[arg-type]
    texts = dict(zip(corpus.items, corpus.text, strict=True))
    assert queries.relevant is not None
    found = {q: tuple(texts[i] for i in ids) for q, ids in zip(queries.text, queries.relevant, strict=True)}
    return found, texts


def test_every_query_has_its_document(task_of: Make) -> None:
    queries, corpus = both(task_of(csv_of(PAIRS, "query,document"), kind="retrieval"))
    assert queries == {query: (document,) for query, document in PAIRS}
    assert len(corpus) == 30


def test_equal_queries_and_documents_are_merged(task_of: Make) -> None:
    more = [
        ("Question 0", "a second answer"),
        ("question 1", "The  answer to question 1"),
        ("question 3?", PAIRS[3][1]),
    ]
    task = task_of(csv_of(PAIRS + more, "query,document"), kind="retrieval")
    queries, corpus = both(task)
    info = describe(task)
    assert (info.n_test, info.n_queries, info.n_merged) == (31, 31, 2)
    assert len(corpus) == 31
    zero = next(found for query, found in queries.items() if query.casefold() == "question 0")
    assert set(zero) == {"a second answer", PAIRS[0][1]}
    assert queries["question 3?"] == queries["question 3"]
    assert "2 repeated queries merged into one, with all documents that answer it" in info.notes


def test_a_sample_counts_documents_and_keeps_the_queries_they_answer(task_of: Make) -> None:
    task = task_of(csv_of([*PAIRS, ("question 0", "a second answer")], "query,document"), kind="retrieval")
    queries, corpus = both(task, sample=10)
    assert len(corpus) == 10
    assert {document for found in queries.values() for document in found} == set(corpus.values())


def test_all_documents_are_for_the_test_unless_a_share_is_given(task_of: Make) -> None:
    content = csv_of(PAIRS, "query,document")
    assert describe(task_of(content, kind="retrieval")).n_train == 0
    info = describe(task_of(content, kind="retrieval", test_share=0.5))
    assert info.n_train > 0
    assert info.n_train + info.n_test == 30


def test_a_test_file_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text(csv_of(PAIRS, "q,d"))
    spec = {"name": "faq", "kind": "retrieval", "test": "pairs.csv", "query": "q", "document": "d"}
    task = resolve(spec, tmp_path)
    assert describe(task).n_test == 30
    assert task.metrics == ("ndcg@10", "recall@10")


def test_one_document_is_no_choice(task_of: Make) -> None:
    with pytest.raises(DataError, match="1 documents on the test side"):
        describe(task_of(csv_of(PAIRS[:1] * 2, "query,document"), kind="retrieval"))
