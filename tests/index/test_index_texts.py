"""Documents of an index, from files as people have them."""

import json
from pathlib import Path

import pytest

from harness.core.errors import DataError, HarnessError
from harness.index import Documents, documents_of
from harness.index.texts import read


def lines(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_corpus_is_read_as_a_search_in_tables_reads_it(tmp_path: Path) -> None:
    """The title before the text, ids from `_id`."""
    path = lines(tmp_path / "c.jsonl", {"_id": "a", "title": "T", "text": "x"}, {"_id": "b", "title": "", "text": "y"})
    assert read(path) == Documents(("a", "b"), ("T\nx", "y"))


def test_columns_may_be_named_and_ids_left_out(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("nr,body,title\n7,one,A\n8,two,B\n", encoding="utf-8")
    assert read(path, "body", "nr") == Documents(("7", "8"), ("one", "two"))
    assert read(path, "body").ids == ("1", "2")
    plain = tmp_path / "c.txt"
    plain.write_text("one\n\ntwo\n", encoding="utf-8")
    assert read(plain) == Documents(("1", "2"), ("one", "two"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.csv", "body\nx\ny\n", "no column 'text'.*--text"),
        ("c.csv", "id,text\n1,x\n1,y\n", "id '1' is that of row 2 too"),
        ("c.md", "x", "ends in one of .*.txt"),
        ("c.txt", "\n", "there are no texts"),
        ("c.jsonl", '{"text": "x"}\n{"txt": "y"}\n', "line 2"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(HarnessError, match=said):
        read(path)


def test_ids_are_one_a_text() -> None:
    with pytest.raises(DataError, match="1 different ids for 2 texts"):
        documents_of(["x", "y"], ["a", "a"])
    with pytest.raises(DataError, match="lone surrogate"):
        documents_of(["\ud800"])
