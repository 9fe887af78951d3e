"""Objects and lists inside of rows: fields by their path, single values out of their list, the rest named."""

import json
from typing import Any

import pytest

from harness.tasks import describe
from harness.tasks.sources.nested import flat, flattened, why_not
from tests.tasks.conftest import Make, all_texts, said_of, table
from tests.tasks.test_task_files import as_jsonl, parquet_of

ROWS: list[dict[str, Any]] = [
    {"id": i, "data": {"text": text, "meta": {"lang": "en"}}, "annotations": [{"label": label}], "tags": ["a", "b"]}
    for i, (text, label) in enumerate(table())
]


@pytest.mark.parametrize("end", ["json", "jsonl"])
def test_fields_of_objects_are_columns_by_their_path(task_of: Make, end: str) -> None:
    content = as_jsonl(ROWS) if end == "jsonl" else json.dumps(ROWS)
    task = task_of(content, f"a.{end}", text="data.text", label="annotations.0.label", domain="data.meta.lang")
    assert all_texts(task) == {text for text, _ in table()}
    assert describe(task).labels == ("access", "billing")


def test_structs_of_parquet_are_too(task_of: Make) -> None:
    data = parquet_of({"data": [row["data"] for row in ROWS], "label": [label for _, label in table()]})
    assert len(all_texts(task_of(data, "a.parquet", text="data.text"))) == 40
    assert "The columns are 'data.text', 'data.meta.lang', 'label'" in said_of(task_of(data, "b.parquet"))


def test_a_name_with_a_dot_comes_before_a_path(task_of: Make) -> None:
    rows = [{"data.text": text, "data": {"text": "of the object"}, "label": label} for text, label in table()]
    assert len(all_texts(task_of(as_jsonl(rows), "a.jsonl", text="data.text"))) == 40
    assert flat(rows[0])["data.text"] == table()[0][0]


def test_lists_and_objects_are_named_with_what_is_not_supported(task_of: Make) -> None:
    content = as_jsonl(ROWS)
    said = said_of(task_of(content, "a.jsonl", text="tags", label="id"))
    assert "column 'tags' holds lists: several labels a text are for `kind: multi-label`, candidates" in said
    said = said_of(task_of(content, "a.jsonl", text="data", label="id"))
    assert "no column 'data'" in said or "column 'data' holds objects" in said
    rows = [{"text": text, "label": [label, "x"]} for text, label in table()]
    assert "column 'label' holds lists: several labels a text" in said_of(task_of(as_jsonl(rows), "b.jsonl"))
    parquet = parquet_of({"text": [text for text, _ in table()], "label": [["a", "b"]] * 40})
    assert "column 'label' holds lists: several labels a text" in said_of(task_of(parquet, "b.parquet"))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([0.5, 0.25], "vectors"),
        (b"x", "bytes"),
        ([{"a": 1}, {"a": 2}], "lists of objects"),
        ([["a"], ["b"]], "lists of lists"),
        ({}, "objects"),
        ([], "lists"),
    ],
)
def test_why_a_column_cannot_be_used(value: Any, why: str) -> None:
    assert why in why_not([value, value, None, "x"])
    assert why_not(["x", "y", "z", value]) == ""


def test_what_is_alone_in_its_list_on_every_row_is_a_value() -> None:
    assert flattened([{"a": [{"b": ["x"]}]}, {"a": [{"b": ["y"]}]}]) == [{"a.0.b.0": "x"}, {"a.0.b.0": "y"}]
    assert flattened([{"a": ["x"]}, {"a": ["y", "z"]}]) == [{"a": ["x"]}, {"a": ["y", "z"]}]


def test_keys_that_are_values_are_no_names(task_of: Make) -> None:
    """An object from texts to numbers, say: nothing of it is listed among the columns."""
    rows = [
        {"seen": {f"a private sentence {i}": 1}, "text": text, "queue": label}
        for i, (text, label) in enumerate(table())
    ]
    said = said_of(task_of(as_jsonl(rows), "a.jsonl"))
    assert "The columns are 'seen', 'text', 'queue'." in said
    assert why_not([row["seen"] for row in rows]).startswith("objects whose fields differ from row to row")


def test_deep_and_wide_objects_stay_as_they_are() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": deep}
    assert list(flat({"a": deep, "b": 1})) == ["a.a.a.a.a.a", "b"]
    wide = {str(i): i for i in range(1000)}
    assert flat({"map": wide}) == {"map": wide}
