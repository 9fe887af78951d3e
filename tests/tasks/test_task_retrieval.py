"""Pairs of query and document."""

from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import DataError
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import Make, csv_of

PAIRS = [(f"question {i}", f"the answer to question {i}") for i in range(30)]


def both(task: Task, **options: Any) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """(relevant texts by query text, document text by id)."""
    info = describe(task)
    queries = load(task, make_split(task, info, "test", role="query", **options))
    corpus = load(task, make_split(task, info, "test", role="corpus", **options))
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
    assert (info.n_test, info.n_scored, info.n_merged) == (31, 31, 2)
    assert len(corpus) == 31
    zero = next(found for query, found in queries.items() if query.casefold() == "question 0")
    assert set(zero) == {"a second answer", PAIRS[0][1]}
    assert queries["question 3?"] == queries["question 3"]
    assert "2 repeated queries merged into one, with all documents that answer it" in info.notes


def clusters(task: Task) -> dict[str, str]:
    queries = load(task, make_split(task, describe(task), "test", role="query"))
    return dict(zip(queries.text, queries.clusters, strict=True))


THREE = [
    ("how do I pay?", "By card."),
    ("can I pay later?", "by card!"),  # a near copy of the answer
    ("where is the money?", "By card."),
    ("where is the money?", "On its way."),  # one question that two documents answer
    ("when will it come?", "On its way."),
    ("who are you?", "We sell shoes."),
    ("what is 12?", "1234"),
    ("what is 13?", "1235"),  # nothing but digits: no near copies
]


def test_questions_that_share_an_answer_are_one_cluster_also_through_others(task_of: Make) -> None:
    task = task_of(csv_of(THREE, "query,document"), kind="retrieval")
    found = clusters(task)
    assert len({found[q] for q, _ in THREE[:5]}) == 1
    assert len(set(found.values())) == 4
    assert describe(task).cluster == "questions that share an answer"


@pytest.mark.parametrize("order", [slice(None, None, -1), [3, 7, 0, 5, 2, 6, 4, 1]])
def test_the_order_of_rows_changes_no_cluster(task_of: Make, order: slice | list[int]) -> None:
    rows = THREE[order] if isinstance(order, slice) else [THREE[i] for i in order]
    before = clusters(task_of(csv_of(THREE, "query,document"), kind="retrieval"))
    assert clusters(task_of(csv_of(rows, "query,document"), kind="retrieval")) == before


def test_a_group_that_the_user_names_wins_over_shared_answers(task_of: Make) -> None:
    rows = [(query, document, f"asker {i % 2}") for i, (query, document) in enumerate(THREE)]
    task = task_of(csv_of(rows, "query,document,asker"), kind="retrieval", group="asker")
    assert set(clusters(task).values()) == {"asker 0", "asker 1"}
    assert describe(task).cluster == "values of asker"


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
    with pytest.raises(DataError, match="1 document on the test side"):
        describe(task_of(csv_of(PAIRS[:1] * 2, "query,document"), kind="retrieval"))
