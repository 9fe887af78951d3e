"""A FAQ that grows: what both have is compared as if nothing new could be found, and what is lost is still seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness import gate
from harness.core.data import Examples, Outcomes
from harness.core.seeds import generator_of
from harness.gate.cells import Cells, answer_hashes
from harness.gate.grown import told, without_new
from harness.metrics.retrieval import mean_average_precision, ndcg, recall, written
from harness.modes.zero_shot import search
from harness.runner.score import DEPTH
from harness.scoring import Found
from harness.scoring.retrieval import Retrieval, document_hash
from tests.fakes.components import component_of
from tests.fakes.gate_runs import SmallRun, accepted, check

METRICS = [component_of(metric) for metric in (ndcg, recall)]
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


def searched(
    answers: list[str], noise: float = 0.8, edited: tuple[str, ...] = (), several: bool = False, metrics: Any = METRICS
) -> Outcomes:
    """`N_EACH` questions to each of these answers, searched with vectors so noisy; `edited` answers have another text.

    With `several` every third question to one of the first 60 has the answer after it as well.
    """
    questions = [f"{answer}/{i}" for answer in answers for i in range(N_EACH)]
    relevant: list[tuple[str, ...]] = [(name.split("/")[0],) for name in questions]
    if several:
        after = dict(zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True))
        relevant = [(*one, after[one[0]]) if one[0] in after and i % 3 == 0 else one for i, one in enumerate(relevant)]
    corpus = examples(answers)
    texts = tuple(f"{name} in other words" if name in edited else name for name in answers)
    corpus = replace(corpus, fields={"text": texts})
    order, similarity = search(
        vectors("question", questions, noise), vectors("document", answers, 0), normalize=True, depth=DEPTH
    )
    found = Found(order[:, 0], similarity[:, 0], order, similarity)
    return Retrieval().outcomes({"query": examples(questions, relevant), "corpus": corpus}, found, metrics)


def run_of(outcomes: Outcomes, corpus: str) -> SmallRun:
    """A run of one search, in every condition."""
    run = SmallRun()
    run.manifest["tasks"]["reviews"] = {"kind": "retrieval", "metrics": ["ndcg@10"], "n_test": 9}
    for cell in run.lines:
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
    found = without_new(large, documents, METRICS)
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
    assert (found.verdict, found.n_items) == ("not comparable", (N_ANSWERS - 2) * N_EACH)
    assert found.why == (
        "2 documents are new and 2 documents are gone: compared on 290 questions whose answers are as they were, as if "
        "nothing new could be found; without what is gone the search is easier, so only a loss is believed; renew the "
        "baseline: the old code on today's data; or keep a frozen copy of the data for the gate"
    )


@pytest.mark.parametrize(("noise", "outcome"), [(0.8, "unjudged"), (0.2, "unjudged"), (1.6, "regressed")])
def test_where_documents_are_gone_nothing_but_a_loss_is_believed(noise: float, outcome: str) -> None:
    found = judged(searched(NAMES[:-1], noise=noise), searched(NAMES))
    assert found.outcome == outcome
    why = check(found, "clean").why
    assert why.startswith("1 document is gone: compared on 295 questions whose answers are as they were; without")
    assert "renew the baseline: the old code on today's data" in why


@pytest.mark.parametrize("n_new", [1, 7, 20])
def test_new_answers_with_their_questions_do_not_make_the_gate_blind(n_new: int) -> None:
    """However many there are: what the baseline asked is still asked."""
    now = [*NAMES, *(f"new{i}" for i in range(n_new))]
    assert judged(searched(now), searched(NAMES)).outcome == "passed"
    assert judged(searched(now, noise=1.6), searched(NAMES)).outcome == "regressed"


def lists(*rankings: str, answers: str = "a") -> Outcomes:
    """Searches with these kept rankings, each of them with these answers."""
    kept = ["|".join(map(document_hash, names.split())) for names in (*rankings, answers)]
    some = searched(NAMES).take(np.arange(len(rankings)))
    ranking = np.array(kept[:-1], dtype=object)
    return replace(some, ranking=ranking, answers=np.full(len(ranking), kept[-1], dtype=object))


def test_a_query_is_told_where_its_kept_ranking_says_where_its_answer_would_be() -> None:
    """Twenty are kept. With 12 new ones on top and 8 known ones the answer may be the ninth, or not be found."""
    new, old = ([f"{kind}{i}" for i in range(20)] for kind in ("new", "old"))
    full = " ".join([*new[:10], *old[:10]])
    pushed = " ".join([*new[:12], *old[:8]])
    found = " ".join([*new[:12], *old[:7], "a"])
    documents = np.array([int(document_hash(one), 16) for one in (*old, "a", "b")], dtype=np.uint32)
    assert told(lists(full, pushed, found), documents).tolist() == [True, False, True]
    assert told(lists(found, answers="a b"), documents).tolist() == [False]
    assert told(lists(full, pushed, found), documents, all_ranks=True).tolist() == [False, False, True]


@pytest.mark.parametrize("by", ["ndcg@10", "map"])
def test_a_metric_of_all_ranks_is_compared_where_they_are_kept(by: str) -> None:
    """As the first metric on fewer questions; as a further one it takes none from the others."""
    both = [*METRICS, component_of(mean_average_precision)]
    then, now = (searched(names, metrics=both) for names in (NAMES, [*NAMES, "new", "newer"]))
    runs = run_of(now, "now"), run_of(then, "then")
    for run in runs:
        run.manifest["tasks"]["reviews"]["metrics"] = [by]
        for cell in run.lines:
            cell["metric"] = by
    clean = check(gate.judge(runs[0], accepted(runs[1]), name="b.json"), "clean")
    assert clean.n_items is not None
    assert 290 < clean.n_items <= 300 if by == "map" else clean.n_items == 300
    assert (clean.verdict, clean.n_changed) == ("ok", 0)


def test_queries_that_new_documents_pushed_out_are_left_out_and_counted() -> None:
    """Twelve new documents stand above what three of them found before."""
    then, crowd = searched(NAMES), [f"crowd{i}" for i in range(12)]
    ranking = then.ranking.copy()
    for i in range(3):
        known = [one for one in ranking[i].split("|") if one != then.answers[i]]
        ranking[i] = "|".join([*map(document_hash, crowd), *known[:8]])
    run = run_of(replace(then, ranking=ranking), "now")
    run.made["tfidf/clean"] = searched([*NAMES, *crowd])
    found = check(gate.judge(run, accepted(run_of(then, "then")), name="b.json"), "clean")
    assert (found.verdict, found.n_items) == ("ok", len(then) - 3)
    assert "; 3 questions left out, as new documents fill the rankings that were kept" in found.why


def test_where_new_documents_push_out_too_many_nothing_is_compared() -> None:
    then = searched(NAMES)
    crowd = "|".join(document_hash(f"crowd{i}") for i in range(20))
    run = run_of(replace(then, ranking=np.full(len(then), crowd, dtype=object)), "now")
    run.made["tfidf/clean"] = searched([*NAMES, *(f"crowd{i}" for i in range(20))])
    found = check(gate.judge(run, accepted(run_of(then, "then")), name="b.json"), "clean")
    assert found.verdict == "not comparable"
    assert "300 questions left out, as new documents fill the rankings that were kept; of the 0 others 270" in found.why


def test_documents_of_a_run_are_known_where_every_cell_keeps_them() -> None:
    """A run of an earlier version, gone on with by this one, keeps the answers of its new cells alone."""
    run = run_of(searched(NAMES), "now")
    assert len(Cells(run).documents("reviews")) == N_ANSWERS
    key = next(iter(run.made))
    run.made[key] = replace(run.made[key], answers=None, ranking=None)
    assert not len(Cells(run).documents("reviews"))
    found = gate.judge(run, accepted(run_of(searched([*NAMES, "old"]), "then")), name="b.json")
    assert "made by a version that kept no rankings" in check(found, "misspellings v1").why


def test_where_too_little_is_shared_the_way_on_is_told() -> None:
    found = judged(searched(NAMES[:50]), searched(NAMES))
    assert found.outcome == "unjudged"
    said = "other test items: 250 of 300 are shared, 90% are needed; renew the baseline: the old code on"
    assert check(found, "clean").why.startswith(said)
    assert "keep a frozen copy of the data for the gate" in check(found, "clean").why


def test_too_many_edited_answers_are_not_compared() -> None:
    found = check(judged(searched(NAMES, edited=tuple(NAMES[:9])), searched(NAMES)), "clean")
    assert found.verdict == "not comparable"
    assert found.why.startswith("the documents that are searched are others: 255 questions have the answers that they")


def test_what_earlier_versions_made_is_told() -> None:
    """Nothing is known of documents in an old baseline, nor of rankings in an old run."""
    now, then = searched([*NAMES, "new"]), searched(NAMES)
    kept = replace(accepted(run_of(then, "then")), documents={})
    found = gate.judge(run_of(now, "now"), kept)
    assert "the baseline is of a version that did not keep which; renew" in check(found, "clean").why
    old = replace(now, answers=None, ranking=None)
    found = judged(old, then)
    assert "made by a version that kept no rankings; run the suite into a new folder" in check(found, "clean").why


def test_searches_of_one_run_know_their_own_documents() -> None:
    """Two tasks ask the same questions of other answers; in one of them an answer is new."""
    then, now = (run_of(searched(NAMES), corpus) for corpus in ("then", "now"))
    for run, names, edited in ((then, NAMES, tuple(NAMES)), (now, [*NAMES, "new"], (*NAMES, "new"))):
        run.with_task("other")
        made = searched(names, edited=edited)
        run.made |= {key: made for key in run.made if key.startswith("other/")}
    found = gate.judge(now, accepted(then), name="b.json")
    assert check(found, "reviews: clean").why == ""
    assert check(found, "other: clean").why.startswith("1 document is new: compared on 300 questions")


def test_other_ids_of_the_same_documents_are_no_change() -> None:
    """Rows in another order may name a document by another row."""
    then = searched(NAMES)
    found = check(judged(then, then), "clean")
    assert (found.verdict, found.why, found.n_changed) == ("ok", "", 0)


def test_graded_answers_keep_their_grades_where_new_documents_are_passed_over() -> None:
    graded = written({document_hash("a"): 3.0, document_hash("b"): 1.0})
    outcomes = replace(lists("new a x b"), answers=np.array([graded], dtype=object), sums={"ndcg@10": np.zeros(1)})
    documents = np.array([int(document_hash(one), 16) for one in "axb"], dtype=np.uint32)
    assert told(outcomes, documents).tolist() == [True]
    again = without_new(outcomes, documents, [component_of(ndcg)])
    assert again.sums["ndcg@10"] == pytest.approx((3 + 1 / 2) / (3 + 1 / np.log2(3)))
    other = written({document_hash("a"): 2.0, document_hash("b"): 1.0})
    changed = replace(outcomes, answers=np.array([other], dtype=object))
    assert answer_hashes(changed) != answer_hashes(outcomes)
