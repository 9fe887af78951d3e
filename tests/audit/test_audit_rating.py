"""A text and a number that is told of it become a task of numbers, where nothing is a class."""

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
