"""Classes that are alike but for how they are written: told with the mapping that merges them, never merged."""

import pytest
from ruamel.yaml import YAML

from harness.core.errors import LONGEST_NAME
from harness.tasks import describe
from harness.tasks.checks import alike_note, lists_note, shown_label
from tests.tasks.conftest import Make, csv_of, table

ALIKE = {
    "case": ({"login": 9, "LOGIN": 5, "Login": 4, "bug": 9}, 2, "case"),
    "spaces": ({"no answer": 9, "no\xa0answer": 5, "no  answer": 4, "bug": 9}, 2, "spaces"),
    "form": ({"caf\u00e9": 9, "cafe\u0301": 5, "bug": 9}, 2, "the Unicode form of letters"),
    "numbers": ({"1": 9, "1.0": 5, "01": 4, "1,0": 2, "2": 9}, 2, "the way numbers are written"),
    "both": ({"no answer": 9, "No\xa0Answer": 5, "bug": 9}, 2, "spaces and case"),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_alike_classes_are_told(kind: str) -> None:
    counts, n, what = ALIKE[kind]
    (note,) = alike_note(counts)
    assert note.startswith(f"{len(counts)} classes would be {n} but for {what}; they count as {len(counts)}: ")
    mapping = YAML(typ="safe").load(note.split("say `", 1)[1].rstrip("`"))["labels"]
    assert set(mapping) == set(counts)
    assert len(set(mapping.values())) == n
    assert all(isinstance(value, str) for value in mapping.values())


def test_the_mapping_that_is_told_merges_them(task_of: Make) -> None:
    rows = [(text, label.upper() if i % 3 else label) for i, (text, label) in enumerate(table())]
    info = describe(task_of(csv_of(rows)))
    assert info.labels == ("ACCESS", "BILLING", "access", "billing")
    (note,) = [note for note in info.notes if "would be" in note]
    labels = YAML(typ="safe").load(note.split("say `", 1)[1].rstrip("`"))["labels"]
    merged = describe(task_of(csv_of(rows), labels=labels))
    assert merged.labels == ("ACCESS", "BILLING")
    assert not [note for note in merged.notes if "would be" in note]


@pytest.mark.parametrize(
    "labels", [["a", "b"], ["1", "2", "10"], ["1a", "1b"], ["US", "UK"], ["c", "c++", "c#"], ["a b", "ab"]]
)
def test_others_are_not(labels: list[str]) -> None:
    assert alike_note(dict.fromkeys(labels, 9)) == ()


def test_labels_that_are_lists_are_told(task_of: Make) -> None:
    rows = [(text, f"['{label}', 'urgent']" if i % 2 else f"['{label}']") for i, (text, label) in enumerate(table())]
    assert "for several labels a text say `kind: multi-label`" in " ".join(describe(task_of(csv_of(rows))).notes)
    assert lists_note({"a": 1, "[b]": 2}) == ()


def test_letters_stand_in_the_mapping_as_they_are() -> None:
    (note,) = alike_note({"Ärger": 9, "ärger": 5, "no": 9})
    assert 'say `labels: {"no": "no", "Ärger": "Ärger", "ärger": "Ärger"}`' in note


def test_no_long_label_is_ever_shown() -> None:
    text = "a private text, as long as no name of a class is, that stands in the column of labels"
    (note,) = alike_note({text: 9, text.upper(): 9, "bug": 9})
    assert "private" not in note.lower()
    assert shown_label(text) == f"(a label of {len(text)} characters)"
    assert shown_label("x" * LONGEST_NAME) == repr("x" * LONGEST_NAME)


def test_long_labels_stand_in_no_message(task_of: Make) -> None:
    text = "a private text, as long as no name of a class is, that stands in the column of labels"
    with pytest.raises(Exception, match="every row has the label") as caught:
        describe(task_of(csv_of([(t, text) for t, _ in table()])))
    assert "private" not in str(caught.value)
    rows = [(t, f"{text} {i // 20}") for i, (t, _) in enumerate(table())]
    with pytest.raises(Exception, match="no row is labelled") as caught:
        describe(task_of(csv_of(rows), labels={"a": "b", "c": "d"}))
    assert "private" not in str(caught.value)
