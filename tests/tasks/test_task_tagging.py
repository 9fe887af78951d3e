"""Words and tags from CoNLL files and columns of lists: schemes, documents, and what cannot be used."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import SuiteError
from harness.core.inputs import Words
from harness.core.tags import entities
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import Make, said_of
from tests.tasks.test_task_files import parquet_of


def sentences(n: int = 40) -> list[tuple[list[str], list[str]]]:
    """Words and tags in IOB2; every fourth has two places side by side, every second no entity."""
    found = []
    for i in range(n):
        words, tags = ["trip", str(i), "to", "Port", "Ellis", "now"], ["O", "O", "O", "B-place", "I-place", "O"]
        if i % 4 == 0:
            words, tags = [*words, "Oslo"], [*tags[:5], "B-place", "B-place"]
        if i % 2:
            words, tags = ["nothing", "here", str(i)], ["O"] * 3
        found.append((words, tags))
    return found


def conll(rows: list[tuple[list[str], list[str]]], form: str = "{0}\tNN\t{1}", between: str = "\n\n") -> str:
    return between.join("\n".join(form.format(*pair) for pair in zip(*row, strict=True)) for row in rows) + "\n"


def of(task: Task) -> dict[Words, tuple[str, ...]]:
    """The tags of all sentences of both sides."""
    info = describe(task)
    sides = [load(task, make_split(task, info, side)) for side in ("train", "test")]
    return {one: tags for side in sides for one, tags in zip(side.text, side.tags or (), strict=True)}


EXPECTED = {Words(tuple(words)): tuple(tags) for words, tags in sentences()}


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (conll(sentences()), {}),
        (conll(sentences(), "{0} NN {1}"), {}),
        (conll(sentences(), between="\n\t\n").replace("\n", "\r\n"), {}),
        (conll(sentences(), "{1}\tx\t{0}"), {"tokens": 2, "tags": 0}),
        (conll(sentences(), "{1}\tx\t{0}"), {"tokens": -1, "tags": "0"}),
    ],
)
def test_a_conll_file_is_read_by_numbers_of_columns(task_of: Make, content: str, more: dict[str, Any]) -> None:
    assert of(task_of(content, "a.conll", kind="tagging", **more)) == EXPECTED


def test_lists_in_rows_are_read_by_their_names(task_of: Make) -> None:
    rows = [{"words": words, "ner": tags} for words, tags in sentences()]
    named = {"kind": "tagging", "tokens": "words", "tags": "ner"}
    assert of(task_of("\n".join(map(json.dumps, rows)), "a.jsonl", **named)) == EXPECTED
    columns = {name: [row[name] for row in rows] for name in ("words", "ner")}
    assert of(task_of(parquet_of(columns), "a.parquet", **named)) == EXPECTED
    spaced = "\n".join(["words,ner", *(f"{' '.join(row['words'])},{' '.join(row['ner'])}" for row in rows)])
    assert of(task_of(spaced, "a.csv", **named)) == EXPECTED


def test_documents_are_resampled_together_and_stay_on_one_side(task_of: Make) -> None:
    rows = sentences(80)
    parts = [conll(rows[start : start + 8]) for start in range(0, 80, 8)]
    task = task_of("\n-DOCSTART- -X- O\n\n".join(["", *parts]), "a.conll", kind="tagging")
    info = describe(task)
    assert info.cluster == "documents"
    assert "10 documents, by lines of -DOCSTART-" in info.notes
    clusters = [set(load(task, make_split(task, info, side)).clusters) for side in ("train", "test")]
    assert clusters[0].isdisjoint(clusters[1])
    assert sum(map(len, clusters)) == 10


def iob1(tags: list[str]) -> list[str]:
    out, found = ["O"] * len(tags), entities(tags)
    for entity in found:
        out[entity.start : entity.end] = [f"I-{entity.type}"] * (entity.end - entity.start)
        if any(other.end == entity.start for other in found):
            out[entity.start] = f"B-{entity.type}"
    return out


def bioes(tags: list[str]) -> list[str]:
    out = list(tags)
    for entity in entities(tags):
        out[entity.end - 1] = f"E-{entity.type}"
        if entity.end - entity.start == 1:
            out[entity.start] = f"S-{entity.type}"
    return out


@pytest.mark.parametrize(("name", "as_"), [("IOB1", iob1), ("BIOES", bioes)])
def test_another_scheme_is_read_as_iob2_and_said(task_of: Make, name: str, as_: Any) -> None:
    task = task_of(conll([(words, as_(tags)) for words, tags in sentences()]), "a.conll", kind="tagging")
    assert of(task) == EXPECTED
    assert f"tags are written in {name}, and read as IOB2" in describe(task).notes


def test_tags_that_break_their_scheme_are_mended_and_counted(task_of: Make) -> None:
    rows = sentences()
    rows[2] = (rows[2][0], ["O", "O", "O", "I-place", "I-place", "O"])
    task = task_of(conll(rows), "a.conll", kind="tagging")
    assert of(task) == EXPECTED
    said = "1 tag with I in place of B (IOB2), read as conlleval and seqeval do"
    assert any(said in note for note in describe(task).notes)


BAD = {
    "a tag that is none": ("x\tB-place\ny\tNNP\n", "a.conll, line 2: tag 'NNP' is none; expected O, or B, I, E or S"),
    "a number": ("x\t3\n", "line 1: tag '3', a number without a name, is none"),
    "a line without a tag": ("x\tO\ny\n", "a.conll, line 2: 1 column; expected 2, as the first line has"),
    "words alone": ("x\ny\n", "one column; expected two or more, a word and its tags"),
    "nothing": ("\n\n", "no sentences. Expected a word and its tag a line"),
    "no entity": ("x\tO\n\ny\tO\n\nz\tO\n", "of the train side has an entity"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_with_a_conll_file_is_said_with_its_line(task_of: Make, what: str) -> None:
    content, said = BAD[what]
    assert said in said_of(task_of(content, "a.conll", kind="tagging"))


def test_a_column_that_is_not_there_is_said_with_those_that_are(task_of: Make) -> None:
    said = said_of(task_of("x\tO\n", "a.conll", kind="tagging", tags=7))
    assert "no column '7'; the columns of a .conll file are numbers, here 0 to 1 (or -1 for the last)" in said


def test_other_lengths_of_words_and_tags_are_said_with_their_row(task_of: Make) -> None:
    rows = [{"tokens": words, "tags": tags} for words, tags in sentences()]
    rows[3]["tags"] = rows[3]["tags"][:-1]
    said = said_of(task_of("\n".join(map(json.dumps, rows)), "a.jsonl", kind="tagging"))
    assert "line 4: 3 words in 'tokens' and 2 tags in 'tags'; expected a tag for each word" in said


def test_sentences_without_a_word_are_left_out_and_counted(task_of: Make) -> None:
    rows = [{"tokens": words, "tags": tags} for words, tags in [*sentences(), ([], [])]]
    task = task_of("\n".join(map(json.dumps, rows)), "a.jsonl", kind="tagging")
    assert of(task) == EXPECTED
    assert "1 sentence without a word left out" in describe(task).notes


def test_types_that_train_has_none_of_are_counted(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text(conll(sentences()), encoding="utf-8")
    (tmp_path / "test.conll").write_text("a\tNN\tB-place\nb\tNN\tB-ship\n\nc\tNN\tB-ship\n", encoding="utf-8")
    task = resolve({"name": "t", "kind": "tagging", "train": "train.conll", "test": "test.conll"}, tmp_path)
    assert "2 test entities of 1 type that train has none of, missed by every row: 'ship' (2)" in describe(task).notes


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tokens": "a", "tags": "a"}, "`tokens` and `tags` are the same column 'a'"),
        ({"tags": ""}, "`tags` names no column"),
        ({"label": "queue"}, "`label` has no meaning for tagging: name `tokens` and `tags`"),
    ],
)
def test_what_no_task_of_words_can_say_is_told(tmp_path: Path, fields: dict[str, str], said: str) -> None:
    with pytest.raises(SuiteError, match=said):
        resolve({"name": "t", "kind": "tagging", "data": "a.conll", **fields}, tmp_path)


def test_the_synthetic_corpus_has_no_name_on_both_sides_and_some_of_two_types() -> None:
    task = resolve("synthetic-ner", Path())
    info = describe(task)
    assert (info.n_train, info.n_test, sorted(info.domains)) == (600, 400, ["chat", "news", "reviews"])
    assert "synthetic" in " ".join(info.notes)
    names: dict[str, dict[str, set[str]]] = {}
    for side in ("train", "test"):
        examples = load(task, make_split(task, info, side))
        for one, tags in zip(examples.text, examples.tags or (), strict=True):
            for entity in entities(tags):
                name = " ".join(one.words[entity.start : entity.end]).lower()
                names.setdefault(side, {}).setdefault(name, set()).add(entity.type)
    assert names["train"].keys().isdisjoint(names["test"])
    assert Counter(len(types) for types in names["test"].values())[2] >= 3
    assert len({word for name in names["train"] for word in name.split()}) > 100
