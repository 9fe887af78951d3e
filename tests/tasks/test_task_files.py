"""A user's files: what is read, and what is said about rows that cannot be."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core.errors import DataError, MissingFileError
from harness.tasks import describe, load, make_split, resolve
from harness.tasks.text import normalise
from tests.tasks.conftest import Make, all_texts, csv_of, table

HOSTILE = [
    "<script>alert(1)</script> & \"quoted\", 'so'",
    "control \x00\x07\x1b[31m characters\x7f",
    "emoji 👩‍👩‍👧‍👦 and 🇺🇦",
    "\u202eright to left\u202c עברית العربية",
    "line one\nline two\r\nline three\rline four\u2028five\x85six",
    "  space around\t",
    "",
    "x" * 1_000_000,
]


def as_jsonl(rows: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def parquet_of(columns: dict[str, list[Any]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


def written(rows: list[tuple[str, str]], kind: str) -> str | bytes:
    if kind == "csv":
        return csv_of(rows)
    if kind == "tsv":
        return "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows)
    if kind == "jsonl":
        return as_jsonl([{"text": text, "label": label} for text, label in rows])
    return parquet_of({"text": [r[0] for r in rows], "label": [r[1] for r in rows]})


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_gives_the_same_items(task_of: Make, kind: str) -> None:
    task = task_of(written(table(), kind), f"tickets.{kind}")
    test = load(task, make_split(task, describe(task), "test"))
    reference = task_of(csv_of(table()), "reference.csv")
    assert test == load(reference, make_split(reference, describe(reference), "test"))
    assert len(test) > 2


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_hostile_texts_go_through_unchanged(task_of: Make, kind: str) -> None:
    rows = table() + [(text, "access") for text in HOSTILE]
    assert set(HOSTILE) <= all_texts(task_of(written(rows, kind), f"tickets.{kind}"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8")), max_size=8, unique_by=normalise))
def test_any_text_survives_csv(task_of: Make, texts: list[str]) -> None:
    """One class and no near duplicates, so that nothing is merged: every text comes back as it was."""
    assert set(texts) <= all_texts(task_of(csv_of(table() + [(text, "access") for text in texts])))


def test_quotes_are_literal_in_tsv(task_of: Make) -> None:
    rows = [*table(), ('"an opening quote', "access"), ('a "quoted" word', "billing")]
    assert {'"an opening quote', 'a "quoted" word'} <= all_texts(task_of(written(rows, "tsv"), "tickets.tsv"))


def test_reading_leaves_the_field_limit_as_it_was(task_of: Make) -> None:
    before = csv.field_size_limit()
    describe(task_of(csv_of([*table(), ("x" * 200_000, "access")])))
    assert csv.field_size_limit() == before


def test_several_text_columns_are_joined_by_a_line_break(task_of: Make) -> None:
    content = csv_of([(label, text, label) for text, label in table()], "subject,body,queue")
    texts = all_texts(task_of(content, text=["subject", "body"], label="queue"))
    assert "access\nticket number 0 about a login" in texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_and_byte_order_marks(task_of: Make, encoding: str) -> None:
    content = csv_of([*table(), ("café “quoted”", "access")]).encode(encoding)
    given_encoding = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    assert "café “quoted”" in all_texts(task_of(content, **given_encoding))


@pytest.mark.parametrize(("encoding", "named"), [("cp1252", "cp1252"), ("utf-16", "utf-16")])
def test_bytes_of_another_encoding_are_found_and_the_encoding_named(task_of: Make, encoding: str, named: str) -> None:
    content = csv_of([*table(), ("café", "access")]).encode(encoding)
    with pytest.raises(DataError, match=f"say `encoding: {named}`") as caught:
        describe(task_of(content))
    if encoding == "cp1252":
        assert "tickets.csv, line 42: byte 0xe9" in str(caught.value)


def test_numbers_and_booleans_become_names(task_of: Make) -> None:
    numbers = [{"text": text, "label": label == "access"} for text, label in table()]
    assert describe(task_of(as_jsonl(numbers), "a.jsonl")).labels == ("false", "true")
    numbers = [{"text": text, "label": int(label == "access")} for text, label in table()]
    assert describe(task_of(as_jsonl(numbers), "b.jsonl")).labels == ("0", "1")


def test_labels_can_be_named_and_chosen(task_of: Make) -> None:
    content = csv_of([*table(), ("one more", "other"), ("another", "other"), ("a third", "other")])
    info = describe(task_of(content, labels={"billing": "money", "access": "login"}))
    assert info.labels == ("login", "money")
    assert "3 rows of labels that `labels` does not name are left out" in info.notes
    with pytest.raises(DataError, match=r"no row is labelled 'bill'.*Did you mean 'billing'"):
        describe(task_of(content, labels={"bill": "money", "access": "login"}))


BAD = {
    "missing column": (
        csv_of(table(), "text,lable"),
        {},
        ["no column 'label'", "'text', 'lable'", "Did you mean 'lable'"],
    ),
    "column twice": (csv_of([(*row, "x") for row in table()], "text,label,label"), {}, ["2 columns are named 'label'"]),
    "empty label": (
        csv_of([*table(), ("a", ""), ("b", "  ")]),
        {},
        ["2 rows", "row 42: column 'label' is empty", "row 43"],
    ),
    "one bad row": (csv_of([*table(), ("a", "")]), {}, ["tickets.csv, row 42: column 'label' is empty"]),
    "many bad rows": (csv_of([*table(), *[("a", "")] * 9]), {}, ["9 rows", "row 46", "and 4 more"]),
    "number of fields": (csv_of(table()) + "a,b,c\n", {}, ["row 42: 3 fields; expected 2"]),
    "open quote": (csv_of(table()) + '"never closed,access\nx,access\n', {}, ["row 42", "never closed"]),
    "one class": (csv_of([(text, "same") for text, _ in table()]), {}, ["every row has the label 'same'"]),
    "one class of several rows": (
        csv_of([("a", "rare"), *table(10)[::2]]),
        {},
        ["too few rows to train on: texts of 1 class", "expected at least two", "1 class of one text", "`min_class: {"],
    ),
    "empty file": ("", {}, ["the file is empty"]),
    "only a header": ("text,label\n", {}, ["only a header"]),
    "continuous": (
        csv_of([(t, str(i / 7)) for i, (t, _) in enumerate(table(60))]),
        {},
        ["looks continuous: 60 distinct values in 60 rows"],
    ),
    "many values": (
        csv_of([(t, str(i % 60)) for i, (t, _) in enumerate(table(180))]),
        {},
        ["looks continuous: 60 distinct"],
    ),
    "ids": (
        csv_of([(t, f"T-{i % 593}") for i, (t, _) in enumerate(table(600))]),
        {},
        ["looks like texts or names, not classes: 593 distinct values in 600 rows, such as 'T-0', 'T-1'"],
    ),
    "id twice": (
        csv_of([(*r, str(i % 39)) for i, r in enumerate(table())], "text,label,id"),
        {"id": "id"},
        ["row 41", "id '0' is that of row 2 too"],
    ),
    "empty domain": (
        csv_of([(*r, "shop" * (i > 2)) for i, r in enumerate(table())], "text,label,d"),
        {"domain": "d"},
        ["row 2: column 'd' is empty"],
    ),
    "one group": (
        csv_of([(*r, "g") for r in table()], "text,label,g"),
        {"group": "g"},
        ["2 classes whose groups cannot be parted", "side"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_in_a_csv_is_said(task_of: Make, case: str) -> None:
    content, fields, expected = BAD[case]
    with pytest.raises(DataError) as caught:
        describe(task_of(content, **fields))
    missing = [words for words in ["tickets.csv", *expected] if words not in str(caught.value)]
    assert not missing, str(caught.value)


def test_many_classes_with_many_rows_each_are_classes(task_of: Make) -> None:
    """Intent data sets have 77 or 150 classes, and some of them numbers."""
    rows = [(f"text {i} of {i % 77}", str(i % 77)) for i in range(77 * 30)]
    assert len(describe(task_of(csv_of(rows))).labels) == 77


@pytest.mark.parametrize(("n_classes", "n_rows"), [(77, 8), (150, 5), (150, 3), (30, 2)])
def test_words_are_classes_with_however_few_rows_each(task_of: Make, n_classes: int, n_rows: int) -> None:
    rows = [(f"text {i} of {c}", f"intent {c}") for c in range(n_classes) for i in range(n_rows)]
    info = describe(task_of(csv_of(rows)))
    assert (len(info.labels), info.n_train + info.n_test) == (n_classes, len(rows))


def test_numbers_with_few_rows_each_are_not_classes_though_some_are_words(task_of: Make) -> None:
    rows = [(f"text {i}", "unknown" if i % 9 == 0 else str(i % 60)) for i in range(180)]
    with pytest.raises(DataError, match="looks continuous"):
        describe(task_of(csv_of(rows)))


BAD_LINES = {
    "not JSON": ('{"text": "a", "label": }', ["line 41: not JSON", "column 24"]),
    "not an object": ('["a", "b"]', ["line 41: a JSON array instead of an object"]),
    "no label": ('{"text": "a"}', ["line 41: no 'label'"]),
    "a list": ('{"text": ["a"], "label": "access"}', ["line 41: column 'text' holds a list"]),
    "a surrogate": (r'{"text": "a \ud800 b", "label": "access"}', ["line 41", "U+D800"]),
    "too deep": ("[" * 100_000, ["line 41: not JSON"]),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_what_is_wrong_in_a_json_line_is_said(task_of: Make, case: str) -> None:
    line, expected = BAD_LINES[case]
    content = as_jsonl([{"text": text, "label": label} for text, label in table()])
    with pytest.raises(DataError) as caught:
        describe(task_of(f"{content}\n{line}\n", "tickets.jsonl"))
    missing = [words for words in ["tickets.jsonl", *expected] if words not in str(caught.value)]
    assert not missing, str(caught.value)


def test_a_null_text_is_an_empty_text(task_of: Make) -> None:
    rows = [{"text": text, "label": label} for text, label in table()] + [{"text": None, "label": "access"}]
    assert "" in all_texts(task_of(as_jsonl(rows), "tickets.jsonl"))


def test_a_label_that_is_not_a_number_is_an_empty_one(task_of: Make) -> None:
    """What pandas writes for a missing value in a column of numbers."""
    columns: dict[str, list[Any]] = {"text": [t for t, _ in table()], "label": [float(i % 2) for i in range(40)]}
    columns["label"][4] = float("nan")
    with pytest.raises(DataError, match=r"tickets\.parquet, row 5: column 'label' is empty"):
        describe(task_of(parquet_of(columns), "tickets.parquet"))


@pytest.mark.parametrize("data", [b"", b"PAR1 but not really"])
def test_what_is_not_parquet_is_said(task_of: Make, data: bytes) -> None:
    with pytest.raises(DataError, match=r"tickets\.parquet"):
        describe(task_of(data, "tickets.parquet"))


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text("")
    task = resolve({"name": "t", "data": "ticket.csv"}, tmp_path)
    with pytest.raises(MissingFileError, match=r"ticket\.csv: no such file\. Did you mean 'tickets\.csv'"):
        describe(task)


def test_a_file_that_changes_under_a_plan_is_noticed(task_of: Make) -> None:
    task = task_of(csv_of(table()))
    split = make_split(task, describe(task), "test")
    task_of(csv_of(table(42)))
    with pytest.raises(DataError, match="changed since the run was planned"):
        load(task, split)
