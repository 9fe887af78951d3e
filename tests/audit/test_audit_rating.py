"""A text and a number become a task of numbers where nothing is a class; labels with a sign between become several."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import audit
from tests.audit.test_audit_files import suite_in, written

pytestmark = pytest.mark.usefixtures("small_assets")
Make = Callable[..., audit.Source]


def ratings(n: int = 200, digits: int = 1) -> str:
    """A CSV of texts and a number of each."""
    words = ("dull", "plain", "fair", "good", "great")
    rows = [f"a {words[i % 5]} film of number {i} by somebody,{i % 5 + i % 3 / 4:.{digits}f}" for i in range(n)]
    return "\n".join(["text,rating", *rows])


def test_a_number_with_fractions_is_predicted_where_nothing_is_a_class(source_of: Make) -> None:
    found = audit.guess(source_of(ratings()), {})
    assert (found.kind, found.text, found.score, found.label) == ("regression", ("text",), "rating", None)
    assert found.why["score"] == "15 different numbers, 0 to 4.5"


def test_whole_numbers_are_classes_unless_said(source_of: Make) -> None:
    source = source_of(ratings(digits=0))
    assert audit.guess(source, {}).kind == "classification"
    assert audit.guess(source, {"score": ["rating"]}).kind == "regression"


def test_the_suite_and_the_audit_of_numbers(source_of: Make, tmp_path: Path) -> None:
    source = source_of(ratings())
    files = written(source)
    suite = suite_in(tmp_path)
    task = suite.tasks[0].spec
    assert (task["kind"], task["text"], task["score"]) == ("regression", ["text"], "rating")
    assert [mode.name for mode in suite.modes] == ["probe"]
    said = files["audit"]
    assert "15 different; half lie between" in said
    assert "Spearman" in said
    assert "RMSE" not in said  # it is no share


def tagged(separator: str = "; ", n: int = 200) -> str:
    """A CSV of texts and the labels of each, which come together in many ways."""
    rows = []
    for i in range(n):
        own = [name for name, on in (("late", i % 2), ("broken", i % 3 == 0), ("rude", i % 5 == 0)) if on]
        words = {"late": "came late", "broken": "was broken", "rude": "was brought rudely"}
        rows.append(f'parcel {i} {" and ".join(words[name] for name in own)} to somebody,"{separator.join(own)}"')
    return "\n".join(["text,issue", *rows])


@pytest.mark.parametrize("separator", ["; ", ", ", "|"])
def test_labels_with_a_sign_between_are_several(source_of: Make, separator: str) -> None:
    found = audit.guess(source_of(tagged(separator)), {})
    assert (found.kind, found.label, found.separator) == ("multi-label", "issue", separator.strip())
    assert found.why["label"] == f"3 labels, several on a row with {separator.strip()!r} between"
    assert audit.guess(source_of(tagged(separator)), {"label": ["issue"]}).kind == "multi-label"


@pytest.mark.parametrize("names", [("food, drinks", "cars, parts"), ("a;b", "c;d", "e"), ("yes", "no")])
def test_a_sign_in_names_of_classes_makes_none(source_of: Make, names: tuple[str, ...]) -> None:
    rows = [f'"text of number {i} is long","{names[i % len(names)]}"' for i in range(100)]
    assert audit.guess(source_of("\n".join(["text,label", *rows])), {}).kind == "classification"


def test_the_suite_and_the_audit_of_several_labels(source_of: Make, tmp_path: Path) -> None:
    files = written(source_of(tagged()))
    task = suite_in(tmp_path).tasks[0].spec
    assert (task["kind"], task["label"], task["separator"]) == ("multi-label", "issue", ";")
    assert "drop_empty" not in task
    assert "min_class" not in task
    assert "3 labels: the largest has 100 rows" in files["audit"]
    assert "macro F1 over labels" in files["audit"]
