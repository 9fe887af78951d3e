"""`drop_empty`: rows that lack something are left out and counted, where else they are an error."""

import json
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.tasks import describe, resolve
from tests.tasks.conftest import Make, all_texts, csv_of, table


def rows_of(n_rows: int = 40) -> list[tuple[str, ...]]:
    """(subject, body, queue, customer)"""
    return [(f"subject {i}", text, label, f"c{i % 20}") for i, (text, label) in enumerate(table(n_rows))]


HEADER = "subject,body,queue,customer"
FIELDS = {"text": ["subject", "body"], "label": "queue", "group": "customer"}
LACKING = [
    ("", " ", "access", "c1"),
    ("\t", "", "", "c1"),
    ("subject", "", "  ", "c1"),
    ("subject", "body", "access", ""),
    ("only a subject", "", "access", "c1"),
    ("", "only a body", "access", "c1"),
]


def test_rows_that_lack_something_are_left_out_and_counted(task_of: Make) -> None:
    """By what they lack first, so that every row is counted once; one of several texts is enough."""
    task = task_of(csv_of([*rows_of(), *LACKING], HEADER), **FIELDS, drop_empty=True)
    note = "4 rows left out as empty: 2 in 'subject' and 'body', 1 in 'queue', 1 in 'customer'"
    assert describe(task).notes == (note,)
    assert {"only a subject\n", "\nonly a body"} <= all_texts(task)
    assert len(all_texts(task)) == 42


def test_without_it_they_are_an_error_that_names_it(task_of: Make) -> None:
    with pytest.raises(DataError) as caught:
        describe(task_of(csv_of([*rows_of(), *LACKING], HEADER), **FIELDS))
    assert "row 43: column 'queue' is empty" in str(caught.value)
    assert "or say `drop_empty: true`" in str(caught.value)


def test_it_is_not_named_where_it_would_not_help(task_of: Make) -> None:
    content = csv_of([(*row, str(i % 39)) for i, row in enumerate(table())], "text,label,id")
    with pytest.raises(DataError) as caught:
        describe(task_of(content, id="id"))
    assert "drop_empty" not in str(caught.value)


def test_what_a_json_line_does_not_have_is_empty(task_of: Make) -> None:
    rows: list[dict[str, object]] = [{"title": "a", "text": text, "label": label} for text, label in table()]
    rows += [{"text": "no title", "label": "access"}, {"text": "no label"}, {"label": "access", "text": None}]
    content = "\n".join(json.dumps(row) for row in rows)
    task = task_of(content, "tickets.jsonl", text=["title", "text"], drop_empty=True)
    assert describe(task).notes == ("2 rows left out as empty: 1 in 'title' and 'text', 1 in 'label'",)
    assert "\nno title" in all_texts(task)


def test_queries_and_documents_may_be_left_out_too(task_of: Make) -> None:
    pairs = [(f"question {i}", f"answer {i}") for i in range(9)]
    content = csv_of([*pairs, ("", "an answer"), ("a question", " ")], "query,document")
    info = describe(task_of(content, kind="retrieval", drop_empty=True))
    assert info.notes[0] == "2 rows left out as empty: 1 in 'document', 1 in 'query'"
    assert info.n_test == 9


def test_each_of_two_files_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_of([*table(), ("x", "")]))
    (tmp_path / "b.csv").write_text(csv_of([("y", "access"), ("z", "billing"), ("", "billing")]))
    info = describe(resolve({"name": "t", "train": "a.csv", "test": "b.csv", "drop_empty": True}, tmp_path))
    assert info.notes == (
        "train: 1 row left out as empty: 1 in 'label'",
        "test: 1 row left out as empty: 1 in 'text'",
    )


def test_a_column_without_any_value_is_an_error(task_of: Make) -> None:
    content = csv_of([(*row, "") for row in table()], "text,label,team")
    with pytest.raises(DataError, match=r"`drop_empty` leaves no row; empty are 40 in 'team'"):
        describe(task_of(content, group="team", drop_empty=True))


def test_an_empty_text_is_a_text_and_told(task_of: Make) -> None:
    """Nobody asked to leave it out, so it is learnt from or tested."""
    task = task_of(csv_of([*table(), (" ", "access")]))
    assert describe(task).notes == ("1 empty text, of which an encoder reads special tokens alone",)
    assert " " in all_texts(task)
    assert describe(task_of(csv_of(table()))).notes == ()


def test_an_empty_document_is_searched_and_told(tmp_path: Path) -> None:
    lines: dict[str, list[dict[str, object]]] = {
        "corpus": [{"_id": f"d{i}", "text": text} for i, text in enumerate(["red cars", "blue boats", "  "])],
        "queries": [{"_id": "q0", "text": "cars"}, {"_id": "q1", "text": "nothing"}],
        "relevance": [{"query-id": f"q{i}", "corpus-id": f"d{2 * i}", "score": 1} for i in range(2)],
    }
    for name, rows in lines.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    named = {name: f"{name}.jsonl" for name in lines}
    told = describe(resolve({"name": "t", "kind": "retrieval", **named}, tmp_path))
    assert "1 empty text, of which an encoder reads special tokens alone" in told.notes
    assert told.n_test == 3  # documents that are searched
