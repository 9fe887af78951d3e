"""What `init` makes of files that are laid out otherwise: it reads them, says so, and the suite says so too."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.audit import Source, audit, guess, plain, read, sections, targets, write
from harness.core.errors import DataError, HarnessError
from harness.tasks import describe, resolve

Make = Callable[..., Source]
TEXT = "a private sentence about xylographs that stands in the first row"


def headerless(n: int = 60) -> str:
    rows = [("3", "Great product", TEXT)]
    rows += [
        (str(1 + i % 4), f"Title {i}", f"sentence {i} is long enough to be a text of class {i % 4}") for i in range(n)
    ]
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


@pytest.fixture
def made(tmp_path: Path, small_assets: None) -> Path:
    """The folder with the files that `init` writes for a file without a header, and what it prints."""
    (tmp_path / "news.csv").write_text(headerless())
    source = read(str(tmp_path / "news.csv"))
    found = audit(source, guess(source, {}), "news", tmp_path)
    said = sections(found)
    write(found, said, "news", targets(tmp_path, "news"))
    (tmp_path / "printed.txt").write_text(plain(said))
    return tmp_path


def test_a_file_without_a_header_loses_no_row_and_shows_none(made: Path) -> None:
    for file in made.iterdir():
        if file.name != "news.csv":
            assert "xylograph" not in file.read_text(), file.name
    printed = " ".join((made / "printed.txt").read_text().split())
    assert "61 rows" in printed
    assert "4 classes" in printed
    assert "no header: the first row looks like data, so columns are named column1 to column3" in printed


def test_its_suite_says_so_and_reads_it(made: Path) -> None:
    suite = (made / "news.yaml").read_text()
    assert "    header: false    # the file has none: columns are named by their place\n    text: column3\n" in suite
    spec = {"name": "t", "data": "news.csv", "header": False, "text": "column3", "label": "column1"}
    info = describe(resolve(spec, made))
    assert info.n_train + info.n_test == 61


def test_a_file_with_a_header_says_nothing_of_it(source_of: Make) -> None:
    source = source_of("text,label\n" + "".join(f"a text of row {i},{'ab'[i % 2]}\n" for i in range(30)))
    assert (source.header, source.notes, source.left_out) == (True, (), {})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "cp1251"])
def test_the_encoding_is_found_without_a_mark(source_of: Make, encoding: str) -> None:
    some = ("Посылка не пришла вовремя, верните деньги", "Не могу войти в свой аккаунт со вчерашнего дня")
    data = "text\tlabel\n" + "".join(f"{some[i % 2]} {i}\ta{i % 2}\n" for i in range(30))
    found = source_of(data.encode(encoding), "b.tsv")
    assert found.encoding == encoding
    assert found.columns == source_of(data, "a.tsv").columns


def test_what_was_passed_over_is_told(source_of: Make) -> None:
    source = source_of("sep=;\ntext;label\n" + "".join(f"text {i};{'ab'[i % 2]}\n" for i in range(9)))
    assert source.notes == ("its first line says that fields are separated by ';'",)
    source = source_of("Report\n\ntext,label\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(9)), "b.csv")
    assert source.notes == ("2 lines above the header passed over",)
    assert source.numbers[0] == 4


def test_columns_that_cannot_be_used_are_told_with_the_reason(source_of: Make) -> None:
    rows = [{"parts": ["a", "b"], "marks": [0, 1]} for _ in range(9)]
    source = source_of("\n".join(map(json.dumps, rows)), "a.jsonl")
    with pytest.raises(HarnessError) as caught:
        guess(source, {})
    said = "There are: none. Not used: 'parts', 'marks' (lists: several labels a text are for `kind: multi-label`"
    assert said in str(caught.value)
    twice = source_of("text,x,x\n" + "a b c d,1,2\n" * 9, "b.csv")
    assert twice.not_used() == ["not used: 'x' (2 columns of that name)"]


def test_fields_of_objects_are_columns(source_of: Make) -> None:
    rows = [
        {"id": i, "data": {"text": f"row {i} is a text of some words"}, "annotations": [{"label": "ab"[i % 2]}]}
        for i in range(40)
    ]
    columns = guess(source_of("\n".join(map(json.dumps, rows)), "a.jsonl"), {})
    assert (columns.text, columns.label) == (("data.text",), "annotations.0.label")


def test_a_config_is_of_the_hub(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(headerless())
    with pytest.raises(DataError, match="--config names a part of a data set of the hub; this is a file"):
        read(str(tmp_path / "a.csv"), "alpha")
