"""A validation side of one's own: chosen by, never learnt from, never judged."""

from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import SuiteError
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import csv_of, table


@pytest.fixture
def files(tmp_path: Path) -> Path:
    rows = table(60)
    for name, part in (("train", rows[:30]), ("valid", rows[30:42]), ("test", rows[42:])):
        (tmp_path / f"{name}.csv").write_text(csv_of(part))
    return tmp_path


def task(folder: Path, **fields: Any) -> Task:
    sides = {"train": "train.csv", "validation": "valid.csv", "test": "test.csv"}
    return resolve({"name": "own", **sides, **fields}, folder)


def learnt(of: Task) -> tuple[list[str], list[str]]:
    """Texts of the train split: those learnt from, and those held out."""
    train = load(of, make_split(of, describe(of), "train"))
    assert train.held_out is not None
    parts: dict[bool, list[str]] = {False: [], True: []}
    for text, out in zip(train.text, train.held_out, strict=True):
        parts[out].append(text)
    return parts[False], parts[True]


def test_its_texts_are_marked_and_counted_apart(files: Path) -> None:
    info = describe(task(files))
    assert (info.n_train, info.n_validation, info.n_test) == (30, 12, 18)
    assert "12 texts of a validation side, to choose by alone" in info.notes
    train, held_out = learnt(task(files))
    assert {text for text, _ in table(60)[30:42]} == set(held_out)
    assert set(held_out).isdisjoint(train)
    assert load(task(files), make_split(task(files), info, "test")).held_out is None


def test_a_text_of_several_sides_stays_in_test_then_in_validation(files: Path) -> None:
    rows = table(60)
    (files / "train.csv").write_text(csv_of([*rows[:30], rows[31], rows[50]]))
    (files / "valid.csv").write_text(csv_of([*rows[30:42], rows[51]]))
    train, held_out = learnt(task(files))
    assert len(train) == 30
    assert len(held_out) == 12
    note = "12 texts of a validation side, to choose by alone; 1 in test too; 1 taken out of train"
    assert note in describe(task(files)).notes


def test_a_group_of_several_sides_too(files: Path) -> None:
    rows = [(*row, f"c{i // 2}") for i, row in enumerate(table(60))]
    for name, part in (("train", rows[:31]), ("valid", rows[30:43]), ("test", rows[42:])):
        (files / f"{name}.csv").write_text(csv_of(part, "text,label,customer"))
    notes = describe(task(files, group="customer")).notes
    assert "1 validation row left out: 1 value of 'customer' stand in test too" in notes
    assert "1 train row left out: 1 value of 'customer' stand in validation too" in notes


def test_a_sample_is_drawn_of_train_alone(files: Path) -> None:
    own, info = task(files), describe(task(files))
    train = load(own, make_split(own, info, "train", sample=10))
    assert train.held_out is not None
    assert (train.held_out.count(False), train.held_out.count(True)) == (10, 12)


def test_a_class_that_train_lacks_chooses_nothing(files: Path) -> None:
    (files / "valid.csv").write_text(csv_of([*table(60)[30:42], ("a fax from the past", "fax")]))
    assert "a fax from the past" not in learnt(task(files))[1]
    info = describe(task(files))
    assert (info.n_validation, info.labels) == (12, ("access", "billing"))
    assert "12 texts of a validation side, to choose by alone; 1 of classes that train has none of" in info.notes


def test_the_test_items_are_the_same_without_it(files: Path) -> None:
    alone = resolve({"name": "own", "train": "train.csv", "test": "test.csv"}, files)
    split = [make_split(t, describe(t), "test") for t in (alone, task(files))]
    assert load(alone, split[0]) == load(task(files), split[1])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"validation": "train.csv"}, "`train` and `validation` are the same file. Give one file as `data`"),
        ({"validation": "test.csv"}, "`test` and `validation` are the same file."),
        ({"kind": "retrieval"}, "`validation` has no meaning for retrieval, which trains nothing."),
        ({"train": None}, "`validation` stands beside `train`"),
        ({"time": "when"}, "`time` has no meaning beside `train` and `test` and `validation`"),
    ],
)
def test_what_cannot_be_meant_is_refused(files: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SuiteError, match=message.replace("(", r"\(").replace("|", r"\|")):
        task(files, **fields)
