"""`min_class`: small classes are left out or merged, and counted."""

from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import Make, csv_of


def rows_of(**sizes: int) -> list[tuple[str, str]]:
    return [(f"{label} number {i}", label) for label, n in sizes.items() for i in range(n)]


ROWS = rows_of(billing=60, access=40, refund=9, fax=3, other=2)


def labels_of(task: Task) -> list[str]:
    info = describe(task)
    return [label for side in ("train", "test") for label in load(task, make_split(task, info, side)).labels or ()]


@pytest.mark.parametrize("min_class", [10, {"rows": 10}])
def test_small_classes_are_left_out_and_counted(task_of: Make, min_class: object) -> None:
    info = describe(task_of(csv_of(ROWS), min_class=min_class))
    assert info.labels == ("access", "billing")
    assert info.n_train + info.n_test == 100
    assert info.notes == ("3 classes of fewer than 10 rows (14 rows) left out: 'refund' (9), 'fax' (3), 'other' (2)",)


def test_a_class_with_just_enough_rows_stays(task_of: Make) -> None:
    assert "refund" in describe(task_of(csv_of(ROWS), min_class=9)).labels


def test_small_classes_may_become_one(task_of: Make) -> None:
    task = task_of(csv_of(ROWS), min_class={"rows": 10, "merge": "rest"})
    assert labels_of(task).count("rest") == 14
    assert describe(task).notes == (
        "3 classes of fewer than 10 rows (14 rows) merged into 'rest': 'refund' (9), 'fax' (3), 'other' (2)",
    )


@pytest.mark.parametrize(("n_rows", "name"), [(2, "other"), (40, "access")])
def test_what_has_the_name_already_is_joined_and_said(task_of: Make, n_rows: int, name: str) -> None:
    """A small class of that name counts as what is joined, not as merged."""
    task = task_of(csv_of(ROWS), min_class={"rows": 10, "merge": name})
    small = [label for label in ("refund", "fax", "other") if label != name]
    assert labels_of(task).count(name) == n_rows + sum(label in small for _, label in ROWS)
    assert (
        f"merged into {name!r}, which had {n_rows} rows of its own: 'refund' (9), 'fax' (3)" in describe(task).notes[0]
    )


def test_classes_are_counted_after_they_were_renamed(task_of: Make) -> None:
    """Two small ones under one name may be big enough."""
    labels = {"billing": "billing", "access": "access", "refund": "money", "fax": "money"}
    assert "money" in describe(task_of(csv_of(ROWS), labels=labels, min_class=12)).labels


def test_rows_without_a_text_do_not_count(task_of: Make) -> None:
    content = csv_of([*ROWS, *[("", "refund")] * 5])
    assert "refund" not in describe(task_of(content, drop_empty=True, min_class=10)).labels


def test_given_sides_are_counted_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_of(rows_of(billing=30, access=30, fax=6, memo=4)))
    (tmp_path / "b.csv").write_text(csv_of([(f"new {text}", label) for text, label in rows_of(billing=9, fax=4)]))
    spec = {"name": "t", "train": "a.csv", "test": "b.csv", "min_class": 10}
    info = describe(resolve(spec, tmp_path))
    assert info.labels == ("access", "billing", "fax")
    assert "'memo' (4)" in info.notes[0]


def test_more_small_classes_than_a_line_holds_are_counted(task_of: Make) -> None:
    rows = rows_of(billing=60, access=40, **{f"c{i}": 1 for i in range(200)})
    (note,) = describe(task_of(csv_of(rows), min_class=2)).notes
    assert note.startswith("200 classes of fewer than 2 rows (200 rows) left out: ")
    assert note.endswith(" and 195 more")


def test_fewer_than_two_classes_left_is_an_error(task_of: Make) -> None:
    said = r"`min_class: 50` leaves 1 of 5 classes.*'billing' \(60\), 'access' \(40\).*Lower it"
    with pytest.raises(DataError, match=said):
        describe(task_of(csv_of(ROWS), min_class=50))


def test_an_error_about_values_of_one_row_names_it(task_of: Make) -> None:
    with pytest.raises(DataError, match="`min_class: 2`"):
        describe(task_of(csv_of(rows_of(billing=9, **{f"c{i}": 1 for i in range(12)}))))
