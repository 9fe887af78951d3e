"""A FAQ that grows: what both have is compared as if nothing new could be found, and what is lost is still seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness import gate
from harness.core.data import Examples, Outcomes
from harness.core.seeds import generator_of
from harness.gate.grown import without_new
from harness.modes.zero_shot import search
from harness.runner.outcomes import document_hash, ranked_outcomes
from harness.runner.score import DEPTH
from tests.gate.small import SmallRun, accepted, check

N_ANSWERS, N_EACH, WIDTH = 60, 5, 16
NAMES = [str(i) for i in range(N_ANSWERS)]


def vectors(kind: str, names: list[str], noise: float) -> Any:
    """A vector a name, near to that of the answer it belongs to (`12/3` belongs to `12`): (n, 16)."""
    rows = []
    for name in names:
        answer = name.split("/")[0]
        own = generator_of("noise", kind, name).normal(size=WIDTH)
        rows.append(generator_of("answer", answer).normal(size=WIDTH) + noise * own)
    return np.array(rows)


def examples(names: list[str], relevant: list[tuple[str, ...]] | None = None) -> Examples:
    ids, clusters = tuple(names), tuple(name.split("/")[0] for name in names)
    return Examples(ids, clusters, {"text": ids}, relevant=None if relevant is None else tuple(relevant))


def searched(answers: list[str], noise: float = 0.8, edited: tuple[str, ...] = (), several: bool = False) -> Outcomes:
    """`N_EACH` questions to each of these answers, searched with vectors so noisy; `edited` answers have another text.

    With `several` every third question to one of the first 60 has the answer after it as well.
    """
    questions = [f"{answer}/{i}" for answer in answers for i in range(N_EACH)]
    relevant = [(name.split("/")[0],) for name in questions]
    if several:
        after = dict(zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True))
        relevant = [(*one, after[one[0]]) if one[0] in after and i % 3 == 0 else one for i, one in enumerate(relevant)]
    corpus = examples(answers)
    texts = tuple(f"{name} in other words" if name in edited else name for name in answers)
    corpus = replace(corpus, fields={"text": texts})
    order, similarity = search(
        vectors("question", questions, noise), vectors("document", answers, 0), normalize=True, depth=DEPTH
    )
    return ranked_outcomes(examples(questions, relevant), corpus, order, similarity)


def run_of(outcomes: Outcomes, corpus: str) -> SmallRun:
    """A run of one search, in every condition."""
    run = SmallRun()
    run.manifest["tasks"]["reviews"] = {"kind": "retrieval", "metrics": ["ndcg@10"]}
    for cell in run.cells:
        cell["metric"] = "ndcg@10"
        cell["facts"] = {"content": {"query": corpus, "corpus": corpus}}
    run.made = dict.fromkeys(run.made, outcomes)
    return run


def judged(now: Outcomes, then: Outcomes) -> gate.Judgement:
    return gate.judge(run_of(now, "now"), accepted(run_of(then, "then")), name="b.json")


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("n_new", [1, 4, 10])
def test_without_new_is_the_search_of_what_was_there(n_new: int, several: bool) -> None:
    """Query by query, to the digit, as long as no more are new than are kept beyond the metric's depth."""
    small, large = (searched(names, several=several) for names in (NAMES, [*NAMES, *(f"new{i}" for i in range(n_new))]))
    large = large.take(np.arange(len(small)))
    documents = np.array([int(document_hash(name), 16) for name in NAMES], dtype=np.uint32)
    found = without_new(large, documents)
    for name, column in small.sums.items():
        assert np.array_equal(found.sums[name], column)
    assert not np.array_equal(large.sums["ndcg@10"], small.sums["ndcg@10"])


def test_an_answer_more_changes_nothing_and_is_told() -> None:
    """Though some of the old questions now find the new one first."""
    found = judged(searched([*NAMES, "new", "newer"]), searched(NAMES))
    clean = check(found, "clean")
    assert (found.outcome, clean.verdict, clean.n_changed, clean.n_items) == ("passed", "ok", 0, N_ANSWERS * N_EACH)
    assert clean.why.startswith(
        "2 documents are new: compared on 300 questions whose answers are as they were, as if nothing new could be "
        "found; with the new ones they score "
    )
    assert all(not other.why for other in found.others)


def test_a_worse_search_fails_though_an_answer_was_added() -> None:
    found = judged(searched([*NAMES, "new"], noise=1.6), searched(NAMES))
    assert found.outcome == "regressed"
    assert check(found, "clean").verdict == "regressed"
    assert check(found, "clean").why.startswith("1 document is new: compared on 300 questions")


def test_questions_of_an_answer_that_was_edited_are_left_out() -> None:
    found = check(judged(searched(NAMES, edited=("7", "8")), searched(NAMES)), "clean")
    assert (found.verdict, found.n_items) == ("ok", (N_ANSWERS - 2) * N_EACH)
    assert found.why == (
        "2 documents are new and 2 are gone: compared on 290 questions whose answers are as they were, as if nothing "
        "new could be found; without what is gone the search is easier, so more may be lost"
    )


def test_an_answer_that_is_gone_is_told() -> None:
    found = check(judged(searched(NAMES[:-1]), searched(NAMES)), "clean")
    assert found.why.startswith("1 document is gone: compared on 295 questions whose answers are as they were; without")


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (
            [*NAMES, *(f"new{i}" for i in range(20))],
            "other test items: 300 of 400 are shared, 90% are needed; renew the",
        ),
        (NAMES[:50], "other test items: 250 of 300 are shared, 90% are needed; renew the baseline: the old code on"),
    ],
)
def test_where_too_little_is_shared_the_way_on_is_told(now: list[str], why: str) -> None:
    found = judged(searched(now), searched(NAMES))
    assert found.outcome == "unjudged"
    assert check(found, "clean").why.startswith(why)
    assert "keep a frozen copy of the data for the gate" in check(found, "clean").why


def test_too_many_edited_answers_are_not_compared() -> None:
    found = check(judged(searched(NAMES, edited=tuple(NAMES[:9])), searched(NAMES)), "clean")
    assert found.verdict == "not comparable"
    assert found.why.startswith("the documents that are searched are others: 255 questions have the answers that they")


def test_what_earlier_versions_made_is_told() -> None:
    """Nothing is known of documents in an old baseline, nor of rankings in an old run."""
    now, then = searched([*NAMES, "new"]), searched(NAMES)
    kept = accepted(run_of(then, "then"))
    kept.value["documents"].clear()  # type: ignore[attr-defined]
    found = gate.judge(run_of(now, "now"), kept)
    assert "the baseline is of a version that did not keep which; renew" in check(found, "clean").why
    old = replace(now, answers=None, ranking=None)
    found = judged(old, then)
    assert "made by a version that kept no rankings; run the suite into a new folder" in check(found, "clean").why


def test_other_ids_of_the_same_documents_are_no_change() -> None:
    """Rows in another order may name a document by another row."""
    then = searched(NAMES)
    found = check(judged(then, then), "clean")
    assert (found.verdict, found.why, found.n_changed) == ("ok", "", 0)
