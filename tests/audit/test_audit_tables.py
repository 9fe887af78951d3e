"""A folder in BEIR's layout, or its three files, becomes a search in tables."""

from pathlib import Path

import pytest

from harness import api, audit
from harness.audit.search import SearchAudit
from harness.core.errors import HarnessError, MissingFileError
from tests.functional.test_search_tables import N, write

pytestmark = pytest.mark.usefixtures("small_assets")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search of 30 questions and 90 documents, two of three of which answer one."""
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*data: str) -> audit.Source:
    return audit.read_all(data, {"train": None, "test": None, "validation": None})


THREE = ("qrels/test.tsv", "corpus.jsonl", "queries.jsonl")


@pytest.mark.parametrize("data", [("",), (".",), THREE])
def test_a_folder_and_its_files_are_the_same_tables(folder: Path, data: tuple[str, ...]) -> None:
    source = read(*(str(folder) if one == "" else one for one in data))
    names = {part: str(Path(path).relative_to(folder.resolve())) for part, path in source.sides.items()}
    assert names == {"queries": "queries.jsonl", "corpus": "corpus.jsonl", "relevance": "qrels/test.tsv"}
    assert len(source.numbers) == 2 * N
    columns = audit.guess(source, {})
    assert columns.kind == "retrieval"
    assert columns.why["query"] == "the texts of queries.jsonl"


def test_the_suite_names_the_tables_and_counts_all_documents(folder: Path) -> None:
    source = read(".")
    found = audit.audit(source, audit.guess(source, {}), "help", folder)
    assert isinstance(found, SearchAudit)
    assert (found.info.n_test, found.info.n_scored, found.lengths.n_texts) == (3 * N, N, 2 * N)  # copies are read once
    sections = {one.title: one.lines for one in audit.sections(found)}
    assert "90 documents, 60 pairs of a question and what answers it" in sections["Questions and answers"][0]
    assert "30 documents with the text of another kept, as answers go by id" in sections["Copies"]
    files = audit.targets(folder, "help")
    audit.write(found, audit.sections(found), "help", files)
    (task,) = api.suite(files["suite"]).tasks
    tables = {"queries": "queries.jsonl", "corpus": "corpus.jsonl", "relevance": "qrels/test.tsv"}
    assert task.spec == {"name": "help", "kind": "retrieval", **tables}
    workflow = files["workflow"].read_text(encoding="utf-8")
    assert all(f"'{path}'" in workflow for path in tables.values())


@pytest.mark.parametrize(
    ("others", "taken"),
    [
        (("qrels/dev.tsv", "qrels/train.tsv"), "qrels/test.tsv"),
        (("qrels.tsv",), "qrels/test.tsv"),
        (("queries.train.jsonl", "corpus.txt"), "qrels/test.tsv"),
    ],
)
def test_of_several_files_the_usual_ones_are_taken(folder: Path, others: tuple[str, ...], taken: str) -> None:
    for name in others:
        (folder / name).write_text("nothing of use")
    source = read(".")
    assert Path(source.sides["relevance"]) == (folder / taken).resolve()
    assert Path(source.sides["queries"]).name == "queries.jsonl"
    unused = [name for name in others if name.startswith("qrels/")]
    assert all(name in source.notes[0] for name in unused)
    assert bool(source.notes) == bool(unused)


def test_what_lacks_in_a_folder_is_named(folder: Path) -> None:
    (folder / "queries.jsonl").unlink()
    with pytest.raises(MissingFileError, match=r"queries lacks\. Expected queries\.jsonl, corpus\.jsonl and qrels"):
        read(".")
    for path in (folder / "corpus.jsonl", folder / "qrels" / "test.tsv"):
        path.unlink()
    with pytest.raises(MissingFileError, match="is a folder; expected a file"):
        read(str(folder))
    with pytest.raises(MissingFileError, match=r"queries\.jsonl: no such file"):
        read(*THREE)


def test_columns_cannot_be_named(folder: Path) -> None:
    with pytest.raises(HarnessError, match="--text and --text-a: no meaning for a search in tables"):
        audit.guess(read("."), {"text": ["text"], "text_a": ["text"]})


def test_sides_of_a_split_stay_sides(folder: Path) -> None:
    """Three files whose names do not tell tables are train, validation and test."""
    for name in ("train.csv", "dev.csv", "test.csv"):
        (folder / name).write_text("text,label\n" + "".join(f"{name} text number {i},{i % 2}\n" for i in range(20)))
    assert list(read("train.csv", "dev.csv", "test.csv").sides) == ["train", "validation", "test"]


def test_an_encoding_is_found(folder: Path) -> None:
    queries = folder / "queries.jsonl"
    queries.write_bytes(queries.read_text().replace("where is", "où est").encode("cp1252"))
    source = read(".")
    assert source.encoding == "cp1252"
    assert source.columns["queries"][0].startswith("où est")
