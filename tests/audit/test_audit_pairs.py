"""Two texts a row and what is told of them become pairs: which columns, what is said, and the suite that is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import audit
from harness.core.errors import HarnessError
from tests.audit.test_audit_files import suite_in, written
from tests.fakes.own_data import reviews, tickets
from tests.fakes.own_pairs import pairs

pytestmark = pytest.mark.usefixtures("small_assets")
Make = Callable[..., audit.Source]


@pytest.mark.parametrize(
    "header",
    [
        ("sentence1", "sentence2"),
        ("text_a", "text_b"),
        ("#1 String", "#2 String"),
        ("question1", "question2"),
        ("premise", "hypothesis"),
        ("firstSentence", "secondSentence"),
        ("original", "paraphrase"),  # by their words
    ],
)
@pytest.mark.parametrize("told", ["score", "label", "is_duplicate"])
def test_two_texts_and_what_is_told_of_them(source_of: Make, header: tuple[str, str], told: str) -> None:
    found = audit.guess(source_of(pairs(told=told, header=header)), {})
    assert found.kind == ("similarity" if told == "score" else "pair-classification")
    assert (found.text, found.text_b, found.told) == (header[:1], header[1], told)


def column_added(content: str, name: str, value: Callable[[int], object]) -> str:
    head, *rows = content.splitlines()
    return "\n".join([f"{head},{name}", *(f"{row},{value(i)}" for i, row in enumerate(rows))])


def test_a_score_goes_before_a_label_unless_only_the_label_is_called_so(source_of: Make) -> None:
    content = column_added(pairs(), "entailment_label", lambda i: ("yes", "no", "neutral")[i % 3])
    found = audit.guess(source_of(content), {})
    assert (found.kind, found.score) == ("similarity", "score")
    assert found.notes == ("to predict 'entailment_label' instead: --label entailment_label",)
    assert audit.guess(source_of(content), {"label": ["entailment_label"]}).kind == "pair-classification"
    found = audit.guess(source_of(column_added(pairs(told="label"), "overlap", lambda i: i / 7)), {})
    assert (found.kind, found.label) == ("pair-classification", "label")


def test_whole_numbers_that_are_not_called_a_score_are_classes(source_of: Make) -> None:
    content = column_added(pairs(told="same"), "label", lambda i: i % 5)
    found = audit.guess(source_of(content), {})
    assert (found.kind, found.label) == ("pair-classification", "label")
    assert found.notes == ("where its numbers say how alike the texts are: --score label",)
    assert audit.guess(source_of(content), {"score": ["label"]}).score == "label"


def test_numbers_of_both_texts_name_no_pair(source_of: Make) -> None:
    content = column_added(column_added(pairs(told="Quality"), "#1 ID", str), "#2 ID", lambda i: i + 1000)
    found = audit.guess(source_of(content), {})
    assert (found.kind, found.label, found.id) == ("pair-classification", "Quality", None)
    assert audit.guess(source_of(column_added(pairs(), "id", str)), {}).id == "id"


def test_what_was_no_pair_is_none(source_of: Make) -> None:
    """A subject and its body, a text and a cleaned copy, a review and its reply; a text that two answers are about."""
    for content in (tickets(200), reviews(200)):
        assert audit.guess(source_of(content), {}).kind == "classification"
    _, *rows = pairs(told="label").replace("sentence1", "text").replace(",sentence2", "").splitlines()
    cleaned = [f"{row.rsplit(',', 2)[0]},{row.rsplit(',', 2)[0].lower()},{row[-1]}" for row in rows]
    assert audit.guess(source_of("\n".join(["text,clean_text,label", *cleaned])), {}).text_b is None
    content = column_added(
        pairs(told="label", header=("answer_a", "answer_b")), "text", lambda i: f"what was asked as number {i}"
    )
    assert audit.guess(source_of(content), {}).text_b is None
    assert audit.guess(source_of(content), {"text_a": ["answer_a"]}).text_b == "answer_b"


def test_the_users_word_goes_before_all(source_of: Make) -> None:
    source = source_of(pairs(told="label"))
    assert audit.guess(source, {"text": ["sentence1"]}).kind == "classification"
    found = audit.guess(source, {"text_a": ["sentence2"], "text_b": ["sentence1"], "label": ["label"]})
    assert (found.text, found.text_b) == (("sentence2",), "sentence1")
    assert audit.guess(source, {"text_b": ["sentence1"]}).text == ("sentence2",)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": ["sentence1"], "text_b": ["sentence2"]}, "--text-a and --text-b name two texts, and one of --label"),
        ({"label": ["score"], "score": ["score"]}, "one of --label and --score"),
        ({"text_a": ["sentence3"]}, "no column 'sentence3'"),
        ({"text_a": ["sentence1"], "label": ["none"], "score": ["none"]}, "no column looks like a label"),
    ],
)
def test_what_no_pairs_can_be_meant_by(source_of: Make, given: dict[str, list[str]], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        audit.guess(source_of(pairs()), given)


def test_where_a_text_is_lacking_the_option_is_told(source_of: Make) -> None:
    source = source_of("text,score\n" + "".join(f"some words of {i},{i}.5\n" for i in range(60)))
    with pytest.raises(HarnessError, match=r"looks like a text that is compared .* --text-b COLUMN"):
        audit.guess(source, {"score": ["score"], "text_a": ["text"]})


def test_the_suite_and_the_audit_of_scores(source_of: Make, tmp_path: Path) -> None:
    """It loads; what is cut, copied and told twice is counted by pairs, and no text is in any file."""
    again = pairs().splitlines()[1]
    files = written(source_of(pairs() + f"{again}\r\n{again.rpartition(',')[0]},0.05\r\nonly one,,1.0\r\n", "sts.csv"))
    suite = suite_in(tmp_path)
    (task,) = suite.tasks
    assert task.spec == {
        "name": "mine", "kind": "similarity", "data": "../sts.csv", "text_a": ["sentence1"], "text_b": ["sentence2"],
        "score": "score", "drop_empty": True,
    }  # fmt: skip
    assert [mode.name for mode in suite.modes] == ["zero-shot", "probe"]
    assert suite.gate["primary"] == {"encoder": "minilm", "pooler": "mean", "mode": "zero-shot"}
    said = files["audit"].replace("\\", "")
    assert "score: score – " in said
    assert "1 row without text_b, left out" in said
    assert "half lie between" in said
    assert "2 rows repeat the pair of an earlier one (1 pair)" in said
    assert "1 pair under more than one score" in said
    assert "tokens of sentence1" in said
    assert "tokens of sentence2" in said
    assert "Spearman's ρ" in said
    assert "potato" not in "".join(files.values())


def test_the_suite_of_classes(source_of: Make, tmp_path: Path) -> None:
    files = written(source_of(pairs(told="label"), "same.csv"))
    suite = suite_in(tmp_path)
    assert suite.tasks[0].spec is not None
    assert suite.tasks[0].spec["kind"] == "pair-classification"
    assert [mode.name for mode in suite.modes] == ["probe"]
    assert "2 classes" in files["audit"]
    assert "pairs to train on" in files["suite"]
