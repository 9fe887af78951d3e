"""Queries with candidates of their own, in lists or in rows; texts with classes that nobody learns."""

import json
from itertools import pairwise
from typing import Any

import pytest

from harness.core.data import Examples
from harness.core.errors import SuiteError
from harness.tasks import Task, describe, load, make_split
from tests.tasks.conftest import Make, csv_of, said_of, table

ROWS: list[dict[str, Any]] = [
    {"query": f"question {one}", "positive": [f"answer {one}"], "negative": [f"other {one}", f"other {two}"]}
    for one, two in pairwise("abcdefghijklmnopqrstu")
]


def lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, rows))


def sides(task: Task, sample: int | None = None) -> tuple[Examples, Examples]:
    info = describe(task)
    found = [load(task, make_split(task, info, "test", role=role, sample=sample)) for role in ("query", "corpus")]
    return found[0], found[1]


def told(task: Task, sample: int | None = None) -> dict[str, tuple[set[str], set[str]]]:
    """Answers and other candidates of each query, as texts."""
    queries, documents = sides(task, sample)
    texts = dict(zip(documents.items, documents.text, strict=True))
    found = {}
    for query, right, all_ in zip(queries.text, queries.relevant or (), queries.candidates or (), strict=True):
        found[query] = ({texts[key] for key in right}, {texts[key] for key in all_} - {texts[key] for key in right})
    return found


EXPECTED = {row["query"]: (set(row["positive"]), set(row["negative"])) for row in ROWS}


def test_candidates_stand_in_two_lists(task_of: Make) -> None:
    task = task_of(lines(ROWS), "t.jsonl", kind="reranking")
    assert told(task) == EXPECTED
    _, documents = sides(task)
    assert len(set(documents.text)) == len(documents) == 41  # each text once, whosever candidate it is
    info = describe(task)
    assert info.n_scored == 20
    assert "3.0 candidates a query" in info.notes
    assert info.cluster == "queries that share an answer"


def test_candidates_stand_in_rows_with_a_label(task_of: Make) -> None:
    rows = [(row["query"], text, label) for row in ROWS for name, label in (("positive", "1"), ("negative", "0"))
            for text in row[name]]  # fmt: skip
    content = csv_of([*rows, rows[0]], "q,text,right")
    task = task_of(content, kind="reranking", query="q", document="text", label="right")
    assert told(task) == EXPECTED
    assert "1 candidate named twice for a query counted once, by the best grade" in describe(task).notes
    graded = task_of(csv_of([(q, d, "3" if own == "1" else own) for q, d, own in rows], "query,document,label"),
                     kind="reranking", document="document")  # fmt: skip
    assert set(sides(graded)[0].grades or ()) == {(3.0,)}


def test_a_sample_of_queries_has_their_candidates_alone(task_of: Make) -> None:
    task = task_of(lines(ROWS), "t.jsonl", kind="reranking")
    found = told(task, sample=5)
    assert len(found) == 5
    assert found.items() <= EXPECTED.items()
    assert {text for own in found.values() for side in own for text in side} == set(sides(task, 5)[1].text)


def test_queries_of_one_answer_are_resampled_together(task_of: Make) -> None:
    rows = [{**row, "positive": ["the same answer"]} if i < 3 else row for i, row in enumerate(ROWS)]
    queries, _ = sides(task_of(lines(rows), "t.jsonl", kind="reranking"))
    assert len(set(queries.clusters)) == 18


def test_what_cannot_be_ranked_is_left_out_and_counted(task_of: Make) -> None:
    odd: list[dict[str, Any]] = [
        {"query": "nothing answers this", "positive": [], "negative": ["a", "b"]},
        {"query": "all answer this", "positive": ["a"], "negative": None},
        {"query": "nothing here", "positive": [], "negative": []},
    ]
    task = task_of(lines([*ROWS, *odd]), "t.jsonl", kind="reranking")
    assert told(task) == EXPECTED
    notes = describe(task).notes
    assert "1 query that no candidate answers left out" in notes
    assert "1 query that all candidates answer left out" in notes
    assert "1 row without a candidate left out" in notes
    said = said_of(task_of(lines(odd), "t.jsonl", kind="reranking"))
    assert "no query has both a document that answers it and one that does not, so there is nothing to rank" in said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"query": "q", "positive": [""], "negative": ["a"]}, "line 21: column 'positive' lists an empty text"),
        ({"query": "", "positive": ["b"], "negative": ["a"]}, "line 21: column 'query' is empty; expected a text"),
        ({"query": "q", "positive": ["b"]}, "line 21: no 'negative'; expected a list of texts"),
        (
            {"query": "q", "positive": [["b"]], "negative": ["a"]},
            "column 'positive' holds lists of lists, which are not read",
        ),
    ],
)
def test_rows_that_list_no_texts_are_named(task_of: Make, row: dict[str, Any], said: str) -> None:
    assert said in said_of(task_of(lines([*ROWS, row]), "t.jsonl", kind="reranking"))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("q", "d", "yes")], "row 2: column 'label' is 'yes'; expected a number"),
        ([("q", "d", "-1")], "1 row with a number below 0 in column 'label'"),
        ([("q", "", "1")], "row 2: column 'document' is empty; expected a text"),
    ],
)
def test_labels_that_are_none_are_said(task_of: Make, rows: list[tuple[str, ...]], said: str) -> None:
    assert said in said_of(task_of(csv_of(rows, "query,document,label"), kind="reranking", label="label"))


def test_the_two_forms_are_not_mixed(task_of: Make) -> None:
    with pytest.raises(SuiteError, match="`positive` hold lists, `document` one document a row; give one of both"):
        task_of("", kind="reranking", positive="p", document="d")
    with pytest.raises(SuiteError, match="`train` has no meaning for reranking"):
        task_of("", kind="reranking", train="a.csv", test="b.csv", data=None)


def test_all_texts_are_clustered_and_none_learnt(task_of: Make) -> None:
    task = task_of(csv_of([*table(), table()[0]]), kind="clustering")
    info = describe(task)
    assert (info.n_train, info.n_test, info.n_merged) == (0, 40, 1)
    assert info.labels == ("access", "billing")
    assert set(load(task, make_split(task, info, "test")).labels or ()) == {"access", "billing"}


def test_clusters_need_two_classes(task_of: Make) -> None:
    same = [(text, "one") for text, _ in table()]
    assert "every row has the label 'one'" in said_of(task_of(csv_of(same), kind="clustering"))
    with pytest.raises(SuiteError, match="`train` has no meaning for clustering"):
        task_of("", kind="clustering", train="a.csv", test="b.csv", data=None)
