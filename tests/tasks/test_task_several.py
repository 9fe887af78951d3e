"""Several labels a text: where they stand, how they are read, which rows cannot be."""

import json
from typing import Any

import pytest

from harness.core.errors import SuiteError
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import Make, csv_of, said_of

LABELS = [("joy",), ("anger", "sad"), (), ("joy", "sad"), ("joy",)]
TEXTS = [f"text number {i} of some words" for i in range(60)]


def labels_of(task: Task) -> dict[str, tuple[str, ...]]:
    """The labels of each text of both sides."""
    info = describe(task)
    sides = [load(task, make_split(task, info, side)) for side in ("train", "test")]
    return {text: own for side in sides for text, own in zip(side.text, side.labels or (), strict=True)}


def rows(written: str) -> list[tuple[str, ...]]:
    """Texts with their labels as one column."""
    forms: Any = {
        "commas": ", ".join,
        "bars": " | ".join,
        "JSON": lambda own: json.dumps(list(own)),
        "Python": lambda own: str(list(own)),
    }
    return [(text, forms[written](LABELS[i % 5])) for i, text in enumerate(TEXTS)]


EXPECTED = {text: LABELS[i % 5] for i, text in enumerate(TEXTS)}


@pytest.mark.parametrize("written", ["commas", "bars", "JSON", "Python"])
def test_labels_stand_in_one_column(task_of: Make, written: str) -> None:
    beside = {"separator": "|"} if written == "bars" else {}
    task = task_of(csv_of(rows(written)), kind="multi-label", **beside)
    assert labels_of(task) == EXPECTED
    info = describe(task)
    assert info.labels == ("anger", "joy", "sad")
    assert "12 rows without a label" in info.notes


def test_labels_are_lists_of_json_lines(task_of: Make) -> None:
    lines = [json.dumps({"text": text, "label": list(EXPECTED[text]) or None}) for text in TEXTS]
    assert labels_of(task_of("\n".join(lines), "t.jsonl", kind="multi-label")) == EXPECTED


def test_each_label_has_a_column_of_its_own(task_of: Make) -> None:
    names = ("sad", "joy", "anger")
    flags = [(text, *(str(int(name in own)) for name in names)) for text, own in EXPECTED.items()]
    task = task_of(csv_of(flags, "text,sad,joy,anger"), kind="multi-label", label_columns=[*names])
    assert labels_of(task) == EXPECTED
    bad = task_of(csv_of([*flags, ("one more", "0", "maybe", "")], "text,sad,joy,anger"), kind="multi-label",
                  label_columns=[*names])  # fmt: skip
    assert "row 62: column 'anger' is ''; expected 0 or 1; column 'joy' is 'maybe'; expected 0 or 1" in said_of(bad)


def test_copies_under_other_labels_are_left_out(task_of: Make) -> None:
    task = task_of(csv_of([*rows("commas"), (TEXTS[0], "anger"), (TEXTS[1], "sad,anger")]), kind="multi-label")
    found = labels_of(task)
    assert TEXTS[0] not in found
    assert found[TEXTS[1]] == ("anger", "sad")
    assert "2 texts that occur under different labels are left out" in describe(task).notes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([(text, "") for text in TEXTS], "none of 60 rows has a label in column 'label'"),
        ([(text, text) for text in TEXTS], "column 'label' looks like texts or names, not labels: 60 distinct values"),
    ],
)
def test_what_no_labels_can_be_is_said(task_of: Make, content: list[tuple[str, ...]], said: str) -> None:
    assert said in said_of(task_of(csv_of(content), kind="multi-label"))


def test_a_label_that_train_lacks_is_counted(task_of: Make) -> None:
    task = task_of(csv_of(rows("commas")), kind="multi-label")
    train = [row for row in rows("commas") if "anger" not in row[1]]
    folder = task.source.data.parent  # type: ignore[union-attr]
    for name, content in (("train", train), ("test", rows("commas")[1:12])):
        (folder / f"{name}.csv").write_text(csv_of(content), encoding="utf-8")
    given = {"name": "t", "kind": "multi-label", "train": "train.csv", "test": "test.csv"}
    notes = describe(resolve(given, folder)).notes
    assert "3 test texts with 1 label that train has none of, which no row can say: 'anger' (3)" in notes


def test_labels_are_named_in_one_way(task_of: Make) -> None:
    with pytest.raises(SuiteError, match="`label` and `separator`: no meaning beside `label_columns`"):
        task_of("", kind="multi-label", label="a", separator=";", label_columns=["b"])
    with pytest.raises(SuiteError, match="`separator` is empty"):
        task_of("", kind="multi-label", separator="")


def test_lists_of_a_classification_say_which_kind_is_for_them(task_of: Make) -> None:
    lines = [json.dumps({"text": text, "label": list(EXPECTED[text])}) for text in TEXTS]
    assert "several labels a text are for `kind: multi-label`" in said_of(task_of("\n".join(lines), "t.jsonl"))
