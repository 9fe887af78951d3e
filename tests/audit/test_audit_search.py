"""A FAQ becomes a search: which columns, what is said of it, and the suite that is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import audit
from harness.audit.search import SearchAudit, pairs_of
from harness.core.errors import HarnessError
from tests.audit.test_audit_files import suite_in, written
from tests.fakes.own_data import tickets
from tests.fakes.own_search import faq

pytestmark = pytest.mark.usefixtures("small_assets")
Make = Callable[..., audit.Source]


def small(**how: Any) -> str:
    return faq(20, 4, **how)


def sides(source: audit.Source, **given: list[str]) -> tuple[str | None, tuple[str, ...]]:
    found = audit.guess(source, given)
    assert found.kind == ("retrieval" if found.query else "classification")
    return found.query, found.text


@pytest.mark.parametrize(
    "header",
    [
        ("question", "answer"),
        ("Frage", "Antwort"),
        ("Q", "A"),
        ("query", "document"),
        ("faq_question", "faqAnswer"),
        ("pregunta", "respuesta"),
        ("Anfrage", "Antwort"),
        ("utterance", "response"),
        ("title", "body"),
        ("headline", "article"),
        ("one", "two"),  # what repeats is the answer
    ],
)
def test_two_texts_of_which_one_answers_the_other(source_of: Make, header: tuple[str, str]) -> None:
    """In either order of the columns, and where each answer has one question, if names tell."""
    assert sides(source_of(small(header=header))) == (header[0], header[1:])
    content = small(header=header)
    turned = "\n".join(",".join(reversed(line.split(",", 1))) for line in content.splitlines() if '"' not in line)
    assert sides(source_of(turned, "turned.csv")) == (header[0], header[1:])
    if header[0] != "one":
        assert sides(source_of(faq(60, 1, header=header), "once.csv")) == (header[0], header[1:])


def test_an_id_and_a_topic_beside_change_nothing_and_are_told(source_of: Make) -> None:
    found = audit.guess(source_of(small(beside=("id", "category", "when"))), {})
    assert (found.query, found.text, found.label, found.group, found.id) == ("question", ("answer",), None, None, None)
    assert found.notes == (
        "not used: 'id', 'category' and 'when'",
        "to sort the texts into the values of 'category' instead: --label category",
    )


def test_with_a_column_that_is_called_a_label_it_is_a_classification(source_of: Make) -> None:
    """The other way is told, and can be typed."""
    source = source_of(small(beside=("label",)))
    found = audit.guess(source, {})
    assert (found.query, found.label) == (None, "label")
    assert found.notes == ("to find 'answer' by 'question' instead: --query question --document answer",)
    assert sides(source, query=["question"], document=["answer"]) == ("question", ("answer",))
    assert sides(source, query=["question"]) == ("question", ("answer",))
    assert sides(source, document=["answer"]) == ("question", ("answer",))


def test_tickets_with_an_answer_are_no_faq(source_of: Make) -> None:
    """Help desks keep subject, body, answer and queue."""
    head, *rows = tickets(200).splitlines()
    content = "\n".join(
        [f"{head},answer", *(f"{row},we have looked at it and number {i} is done" for i, row in enumerate(rows))]
    )
    found = audit.guess(source_of(content), {})
    assert (found.query, found.label, found.text) == (None, "queue", ("subject", "body"))


def test_answers_of_a_word_are_labels(source_of: Make) -> None:
    """Yes and no are no documents."""
    rows = "".join(f"is it true that number {i} is even?,{('yes', 'no')[i % 2]}\n" for i in range(80))
    assert audit.guess(source_of(f"question,answer\n{rows}"), {}).label == "answer"


def test_whether_a_passage_answers_is_a_label(source_of: Make) -> None:
    rows = "".join(
        f"is it true that {i} is even?,the number {i} is told of here at length,{('true', 'false')[i % 2]}\n"
        for i in range(80)
    )
    found = audit.guess(source_of(f"question,passage,answer\n{rows}"), {})
    assert (found.query, found.label) == (None, "answer")
    assert found.notes == ("to find 'passage' by 'question' instead: --query question --document passage",)


def test_the_users_word_counts_for_a_search(source_of: Make) -> None:
    source = source_of(small(header=("a", "b"), beside=("category", "id")))
    found = audit.guess(source, {"query": ["b"], "document": ["a", "category"], "id": ["id"]})
    assert (found.query, found.text, found.id) == ("b", ("a", "category"), "id")
    assert found.why["query"].startswith("as you said (20 different on 80 rows")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"query": ["question"], "label": ["answer"]},
            "--label: no meaning for a search, which --query and --document",
        ),
        ({"query": ["question"], "text": ["answer"]}, "--text: no meaning for a search"),
        ({"query": ["answer"], "document": ["answer"]}, "--query and --document are the same column 'answer'"),
        ({"query": ["qestion"]}, "no column 'qestion'.*Did you mean 'question'"),
        ({"label": ["answer"]}, "the values of 'answer' are texts .* not names of classes. To find them by 'question'"),
        ({"label": ["answer"]}, r"harness init .* --query question --document answer\. To predict which it is, add"),
    ],
)
def test_what_cannot_be_meant(source_of: Make, given: dict[str, list[str]], message: str) -> None:
    with pytest.raises(HarnessError, match=message) as error:
        audit.guess(source_of(small()), given)
    assert "open the" not in str(error.value)  # nothing of an answer


def test_short_answers_as_label_are_told_to_look_like_answers(source_of: Make) -> None:
    rows = "".join(f"how do I get number {i}?,{('ask the front desk', 'write to us')[i % 2]}\n" for i in range(80))
    found = audit.guess(source_of(f"question,answer\n{rows}"), {"label": ["answer"]})
    assert found.label == "answer"
    assert "looks like answers: to search for them instead of predicting them: --query question" in found.notes[0]


def test_texts_that_may_be_a_search_are_told_how_to_say_it(source_of: Make) -> None:
    """Two columns of texts, and no name or shape that tells."""
    rows = "".join(f"the first of number {i} is here,and the second of {i} is there too\n" for i in range(50))
    with pytest.raises(
        HarnessError, match=r"--label COLUMN\. To find one text by another: .* --query COLUMN --document"
    ):
        audit.guess(source_of(f"one,two\n{rows}"), {})


def test_a_text_that_is_seldom_given_again_is_no_answer(source_of: Make) -> None:
    rows = "".join(f"the first of number {i} is here,and the second of {i * 4 // 5} is there too\n" for i in range(50))
    with pytest.raises(HarnessError, match="no column looks like a label"):
        audit.guess(source_of(f"one,two\n{rows}"), {})


def test_what_is_counted_of_pairs() -> None:
    asked = ["a b", "A  b", "c", "c", "d", "e", "f", "", "g"]
    given = ["x y", "X y", "x y", "zebra", "zebra 1", "x y!", "f", "x y", ""]
    found = pairs_of(asked, given)
    assert found.n_questions == 5
    assert found.per_answer == (2, 1, 1, 1, 1)
    assert (found.n_several, found.n_again, found.n_near, found.n_same) == (1, 1, 2, 1)


def test_the_suite_of_a_faq(source_of: Make, tmp_path: Path) -> None:
    """It loads, searches, and its gate is sized by clusters; what is said of rare terms and groups is left out."""
    source = source_of(faq(125, 11, broken=True), "faq.csv")
    files = written(source)
    suite = suite_in(tmp_path)
    (task,) = suite.tasks
    assert task.spec == {
        "name": "mine", "kind": "retrieval", "data": "../faq.csv", "query": "question", "document": ["answer"],
    }  # fmt: skip
    assert [mode.name for mode in suite.modes] == ["zero-shot"]
    assert suite.gate["primary"] == {"encoder": "minilm", "pooler": "mean", "mode": "zero-shot"}
    assert suite.texts == "none"
    found = audit.audit(source, audit.guess(source, {}), "mine", source.folder)
    assert isinstance(found, SearchAudit)
    assert suite.gate["margin"] == found.margin == 0.065  # 125 clusters; as 1,375 texts it would be 0.02
    assert found.n_judged == 1375
    assert (
        "With 1,375 questions in 125 clusters (those of one answer) and 2 checks, a true loss of 9.1" in files["suite"]
    )
    said = files["audit"].replace("\\", "")
    assert "1,375 different questions, 125 different answers: 11 questions each" in said
    assert "1,375 questions in the suite are 125 clusters" in said
    assert "a random order of them scores 3.6 nDCG@10" in said
    assert "left out: domain-shift (a search trains nothing)" in said
    assert "choose entry" not in "".join(files.values())  # nothing of a text


def test_rows_that_lack_a_side_are_left_out(source_of: Make, tmp_path: Path) -> None:
    files = written(source_of(small() + "\r\nwhat has no answer?,\r\n,what nobody asks for is here\r\n"))
    (task,) = suite_in(tmp_path).tasks
    assert task.spec is not None
    assert task.spec["drop_empty"] is True
    assert "1 row without question, left out" in files["audit"].replace("\\", "")
    assert "1 row without answer, left out" in files["audit"].replace("\\", "")


def test_large_corpora_are_sampled(source_of: Make) -> None:
    """Documents so many that a run takes minutes, with the questions that they answer."""
    source = source_of(faq(900, 2, words=200))
    found = audit.audit(source, audit.guess(source, {}), "mine", source.folder)
    assert found.n_test < found.info.n_test <= 900
    assert found.bundles == ["misspellings", "long-texts"]
