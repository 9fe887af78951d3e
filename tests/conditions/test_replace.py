"""Texts made elsewhere in place of a task's: which files are read, how, and what is said of others."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from harness.catalogue import catalogue
from harness.conditions import perturb
from harness.conditions.edits import Perturbed
from harness.core.errors import DataError
from harness.core.records import Perturbation
from harness.core.user_files import content_of

TEXTS = ["The food was good.", "Nobody came, so we left.", "今天天气 👩‍👧 cafe\u0301\n\tend"]


def applied(path: Path, texts: Sequence[str], draw: int = 0, **named: str) -> list[Perturbed]:
    file = content_of(path)
    given = {"file": file.hash, **named}
    return perturb(texts, (Perturbation("replace", 1, given, draw, {"file": file}),), catalogue())


def now(path: Path, texts: Sequence[str] = TEXTS, draw: int = 0, **named: str) -> list[str]:
    return [result.text for result in applied(path, texts, draw, **named)]


def csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def hteb(
    path: Path,
    originals: Sequence[Mapping[str, Any]],
    made: Sequence[Mapping[str, Any]],
    name: str = "style_change_seed_7",
) -> Path:
    """A file as HTEB writes it: two columns of records of one type."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = pa.array(list(originals))
    parquet.write_table(pa.table({"original": before, name: pa.array(list(made), type=before.type)}), path)
    return path


def records(*texts: str) -> list[dict[str, Any]]:
    return [{"text": text, "label": i, "label_text": "card", "_hteb_split": "test"} for i, text in enumerate(texts)]


def folder(where: Path) -> Path:
    """What HTEB has of one transformation: two seeds."""
    for seed, made in ((1338, "Zweitens."), (1337, "Erstens.")):
        name = f"translation_seed_{seed}"
        hteb(where / str(seed) / f"data_{seed}.parquet", records(*TEXTS), records(made, "", TEXTS[2]), name)
        (where / str(seed) / f"metadata_{seed}.JSON").write_text("{}", encoding="utf-8")
    return where


def test_a_table_replaces_texts_and_leaves_those_that_it_has_not(tmp_path: Path) -> None:
    table = csv(tmp_path / "made.csv", f"original,replacement\n{TEXTS[0]},The meal was good.\nunknown,other\n")
    first, *others = applied(table, TEXTS)
    assert first.text == "The meal was good."
    assert [(edit.start, edit.end, edit.replacement) for edit in first.edits] == [(4, 8, "meal")]
    assert others == [Perturbed(text) for text in TEXTS[1:]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("made.csv", 'text;transformed\n"The food was good.";It was good.\n'),
        ("made.tsv", "original_text\tperturbed_text\nThe food was good.\tIt was good.\n"),
        ("made.jsonl", '{"sentence": "The food was good.", "paraphrase": "It was good."}\n'),
        ("made.json", '[{"original": "The food was good.", "text": "no", "replacement": "It was good."}]'),
    ],
)
def test_columns_are_known_by_their_usual_names(tmp_path: Path, name: str, content: str) -> None:
    assert now(csv(tmp_path / name, content))[0] == "It was good."


def test_columns_may_be_named(tmp_path: Path) -> None:
    table = csv(tmp_path / "made.csv", "before,after,run\nThe food was good.,A,2\nThe food was good.,B,10\n")
    named = {"original": "before", "replacement": "after", "seed": "run"}
    assert [now(table, draw=draw, **named)[0] for draw in range(3)] == ["A", "B", "A"]


def test_draws_are_the_seeds_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    lines = [json.dumps({"original": TEXTS[0], "replacement": f"of {seed}", "seed": seed}) for seed in (1339, 45, 1337)]
    table = csv(tmp_path / "made.jsonl", "\n".join(lines))
    assert [now(table, draw=draw)[0] for draw in range(3)] == ["of 45", "of 1337", "of 1339"]


def test_htebs_folder_is_read_as_it_is(tmp_path: Path) -> None:
    """A failed transformation is stored as an empty text, and the original stands for it."""
    assert now(folder(tmp_path / "translation")) == ["Erstens.", *TEXTS[1:]]
    assert now(tmp_path / "translation", draw=1) == ["Zweitens.", *TEXTS[1:]]
    assert now(tmp_path / "translation" / "1338") == ["Zweitens.", *TEXTS[1:]]
    assert now(tmp_path / "translation" / "1338" / "data_1338.parquet") == ["Zweitens.", *TEXTS[1:]]


def test_htebs_records_of_lists_and_of_several_fields(tmp_path: Path) -> None:
    """Reranking and search: titles, candidates; a text that stands there twice gets its first transformation."""
    before = [{"query": "q", "positive": [TEXTS[0], "x"], "id": 1}, {"query": "q", "positive": [TEXTS[1]], "id": 2}]
    after = [{"query": "Q1", "positive": ["A", None], "id": 1}, {"query": "Q2", "positive": ["B"], "id": 2}]
    assert now(hteb(tmp_path / "data.parquet", before, after), [*TEXTS, "q", "x", "1"]) == [
        *("A", "B", TEXTS[2]),
        *("Q1", "x", "1"),
    ]


def test_htebs_documents_are_read_as_a_search_reads_them(tmp_path: Path) -> None:
    """With the title before the text; a title that could not be transformed stays."""
    before = [{"title": "T", "text": TEXTS[0]}, {"title": "U", "text": TEXTS[1]}]
    after = [{"title": "t", "text": "a"}, {"title": "", "text": "b"}]
    made = hteb(tmp_path / "data.parquet", before, after)
    assert now(made, [f"T\n{TEXTS[0]}", f"U\n{TEXTS[1]}", TEXTS[0]]) == ["t\na", "U\nb", "a"]


def test_columns_by_seed_need_no_records(tmp_path: Path) -> None:
    table = csv(tmp_path / "made.csv", f"original,short_seed_3,short_seed_20\n{TEXTS[0]},three,twenty\n")
    assert [now(table, draw=draw)[0] for draw in range(2)] == ["three", "twenty"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("original,other\na,b\n", "no column 'replacement'. The columns are 'original', 'other'."),
        ("one,replacement\na,b\n", "`original: COLUMN` names it; expected is a column `original` and one of what"),
        ("original,replacement\na,b\nc, \n", "made.csv, row 3: 'replacement' is empty; expected a value. Mend these"),
        ("original,replacement\n,b\nc,d\n", "made.csv, row 2: 'original' is empty; expected a value."),
        ("original,replacement\na,b\na,b\na,c\n", "made.csv, row 4: another replacement of the text of row 2. Mend"),
        (
            "original,replacement,seed\na,b,1\na,c,2\na,d,2\n",
            "row 4: another replacement of the text of row 3 for seed 2",
        ),
        ("original,replacement,seed\na,b,1\nc,d,\n", "made.csv, row 3: 'seed' is empty; expected a value."),
        ("original,replacement\n", "only a header"),
        ("", "the file is empty"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_with_its_rows(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(DataError) as error:
        now(csv(tmp_path / "made.csv", content))
    assert said in str(error.value)


def test_other_encodings_are_told_and_may_be_said(tmp_path: Path) -> None:
    table = csv(
        tmp_path / "made.csv", "original,replacement\nThe food was good.,Das Essen war köstlich für uns.\n", "cp1252"
    )
    with pytest.raises(DataError, match="It reads as cp1252: say `encoding: cp1252`"):
        now(table)
    assert now(table, encoding="cp1252")[0] == "Das Essen war köstlich für uns."
    assert (
        now(csv(tmp_path / "wide.csv", f"original,replacement\n{TEXTS[0]},é\n", "utf-16"), encoding="utf-16")[0] == "é"
    )


def test_files_that_are_no_table_are_told(tmp_path: Path) -> None:
    for name, said in (
        ("made.xlsx", "is no table; expected a file that ends in .conll, .csv"),
        ("made.parquet", "not Parquet"),
    ):
        with pytest.raises(DataError, match=said):
            now(csv(tmp_path / name, "original,replacement\na,b\n" if "x" in name else "PK\x03\x04"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"holds no data\*.parquet"):
        now(tmp_path / "empty")


def test_folders_of_which_it_is_not_clear_what_is_meant_are_told(tmp_path: Path) -> None:
    where = folder(tmp_path / "made")
    hteb(where / "1337" / "data_2.parquet", records(*TEXTS), records("A", "B", "C"), "translation_seed_1337")
    with pytest.raises(DataError, match=r"holds translation of seed 1337, as .*data_1337\.parquet does\. Keep one\."):
        now(where)
    hteb(where / "1337" / "data_2.parquet", records(*TEXTS), records("A", "B", "C"), "summarise_seed_1")
    with pytest.raises(DataError, match=r"holds several transformations \(translation, summarise\)"):
        now(where)


def test_a_file_that_changed_since_the_run_was_planned_is_refused(tmp_path: Path) -> None:
    table = csv(tmp_path / "made.csv", "original,replacement\na,b\n")
    file = content_of(table)
    planned = (Perturbation("replace", 1, {"file": file.hash}, 0, {"file": file}),)
    assert perturb(["a"], planned, catalogue())[0].text == "b"
    csv(table, "original,replacement\na,c\n")
    with pytest.raises(DataError, match="changed since the run was planned"):
        perturb(["a"], planned, catalogue())


def test_what_lies_at_a_path_decides_the_key_and_not_the_path(tmp_path: Path) -> None:
    one, two = (csv(tmp_path / name, "original,replacement\na,b\n") for name in ("one.csv", "two.csv"))
    made = [Perturbation("replace", 1, {"file": f.hash}, 0, {"file": f}) for f in map(content_of, (one, two))]
    assert made[0].key == made[1].key == Perturbation("replace", 1, {"file": content_of(one).hash}, 0).key
    csv(two, "original,replacement\na,c\n")
    assert content_of(two).hash != content_of(one).hash
    folder(tmp_path / "folder")
    before = content_of(tmp_path / "folder").hash
    (tmp_path / "folder" / ".hidden").write_text("x", encoding="utf-8")
    assert content_of(tmp_path / "folder").hash == before
    (tmp_path / "folder" / "1337" / "more").write_text("x", encoding="utf-8")
    assert content_of(tmp_path / "folder").hash != before


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.dictionaries(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip), min_size=1))
def test_any_text_is_replaced_by_any_other(tmp_path: Path, pairs: dict[str, str]) -> None:
    table = tmp_path / "made.parquet"
    parquet.write_table(pa.table({"original": list(pairs), "replacement": list(pairs.values())}), table)
    for (before, after), result in zip(pairs.items(), applied(table, list(pairs)), strict=True):
        assert result.text == after
        assert len(result.edits) == (before != after)
        assert all(before[edit.start : edit.end] != edit.replacement for edit in result.edits)
