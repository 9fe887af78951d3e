"""What is read of a file that a person brings: every column, whatever it is saved as."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.audit import Source, name_of, read
from harness.core.errors import DataError, HarnessError, MissingFileError
from tests.fakes.own_data import odd

Make = Callable[..., Source]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "x,y\n1,a b\n2,c\n"),
        ("a.csv", "x;y\n1;a b\n2;c\n"),
        ("a.tsv", "x\ty\n1\ta b\n2\tc\n"),
        ("a.jsonl", '{"x": 1, "y": "a b"}\n\n{"x": 2, "y": "c"}\n'),
    ],
)
def test_all_columns_are_read(source_of: Make, name: str, content: str) -> None:
    source = source_of(content, name)
    assert dict(source.columns) == {"x": ["1", "2"], "y": ["a b", "c"]}


def test_parquet_is_read_too(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    table = pyarrow.table({"x": [1, None], "y": ["a", "b"], "vector": [[1.0], [2.0]]})
    write_table(table, tmp_path / "a.parquet")
    assert dict(read(str(tmp_path / "a.parquet")).columns) == {"x": ["1", ""], "y": ["a", "b"]}


def test_what_is_neither_text_nor_name_is_left_out(source_of: Make) -> None:
    """Lists and objects; keys that some lines lack are empty there."""
    rows = [{"text": "a", "tags": ["x"]}, {"text": "b", "label": "y", "tags": []}]
    source = source_of("\n".join(map(json.dumps, rows)), "a.jsonl")
    assert dict(source.columns) == {"text": ["a", "b"], "label": ["", "y"]}


def test_columns_without_a_name_of_their_own_are_left_out(source_of: Make) -> None:
    """The index that pandas writes, and names that stand twice."""
    assert list(source_of(",text,x,x\n0,a,1,2\n").columns) == ["text"]


def test_an_export_with_everything_odd_in_it_is_read(source_of: Make) -> None:
    """A byte order mark, semicolons, quoted line breaks, blank rows: rows are counted as a person counts them."""
    source = source_of(odd(), "odd.csv")
    assert list(source.columns) == ["Message", "Department"]
    assert source.encoding is None
    assert len(source.numbers) == 600
    assert source.numbers[0] == 2
    assert source.numbers[-1] == 604  # three blank rows between


@pytest.mark.parametrize(("encoding", "told"), [("cp1252", "cp1252"), ("utf-16", "utf-16"), ("utf-8-sig", None)])
def test_the_encoding_is_found(source_of: Make, encoding: str, told: str | None) -> None:
    source = source_of("text,label\n“naïve” café,a\n".encode(encoding))
    assert source.encoding == told
    assert source.columns["text"] == ["“naïve” café"]


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        ("tikets.csv", MissingFileError, "tikets.csv: no such file. Did you mean 'tickets.csv'?"),
        ("folder", MissingFileError, "folder is a folder; expected a file."),
        (
            "notes.txt",
            DataError,
            "notes.txt: expected a file that ends in .conll, .csv, .tsv, .jsonl, .ndjson, .json, .parquet, or hub",
        ),
        ("a/b/c", MissingFileError, "a/b/c: no such file."),
        ("empty.csv", DataError, "empty.csv: the file is empty; expected a header and rows."),
        ("bad.jsonl", DataError, "bad.jsonl, line 1: not JSON"),
        ("bad.parquet", DataError, "bad.parquet: cannot be read as Parquet"),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, kind: type[HarnessError], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for name, content in {
        "tickets.csv": "a\nb",
        "notes.txt": "x",
        "empty.csv": "",
        "bad.jsonl": "{",
        "bad.parquet": "x",
    }.items():
        Path(name).write_text(content)
    with pytest.raises(kind) as error:
        read(data)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("stem", "name"), [("tickets", "tickets"), ("my tickets (1)", "my-tickets-1"), (".x", "x"), ("日本", "data")]
)
def test_names_of_files_become_names_of_suites(stem: str, name: str) -> None:
    assert name_of(stem) == name
