"""Metrics of searches equal trec_eval's, those of tags seqeval's: on random input, and on next to nothing."""

import warnings
from typing import Any

import numpy as np
import pytest
import pytrec_eval
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score

from harness.catalogue import catalogue
from harness.core.tags import parts
from harness.metrics import Metric, in_ranking, query_sums
from harness.scoring.tagging import Tagging
from tests.metrics.test_entities import outcomes

SEARCH = {"ndcg@10": "ndcg_cut_10", "recall@10": "recall_10", "map": "map", "mrr@10": "recip_rank"}


@st.composite
def searches(draw: st.DrawFn) -> list[tuple[list[str], dict[str, int]]]:
    """Queries: documents, best first, and grades of some, of which one at least answers; it may not be found."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        names = [f"d{n}" for n in range(draw(st.integers(1, 25)))]
        ranked = draw(st.permutations(names))[: draw(st.integers(1, len(names)))]
        grades = draw(st.dictionaries(st.sampled_from([*names, "gone"]), st.integers(0, 3), min_size=1))
        answer = draw(st.sampled_from(sorted(grades)))
        found.append((ranked, grades | {answer: max(1, grades[answer])}))
    return found


@settings(deadline=None, max_examples=150)
@given(searches())
@example([(["d0"], {"d0": 1})])
@example([(["d0"], {"gone": 2, "d0": 0})])
def test_searches_score_as_trec_eval_scores_them(queries: Any) -> None:
    """One document alone, answers that are never found, judged documents that do not answer.

    trec_eval's reciprocal rank looks at all ranks, so it gets the first ten.
    """
    ranked, grades = zip(*queries, strict=True)
    made = query_sums([catalogue().get("metric", name) for name in SEARCH], in_ranking(ranked, grades))
    judge = pytrec_eval.RelevanceEvaluator({f"q{i}": own for i, own in enumerate(grades)}, set(SEARCH.values()))
    depths = {name: 10 if name == "mrr@10" else None for name in SEARCH}
    for name, theirs in SEARCH.items():
        runs = {f"q{i}": {d: -float(n) for n, d in enumerate(own[: depths[name]])} for i, own in enumerate(ranked)}
        expected = judge.evaluate(runs)
        assert made[name] == pytest.approx([expected[f"q{i}"][theirs] for i in range(len(ranked))], abs=1e-9)


LETTERS = ("O", "O", "B-a", "I-a", "B-b", "I-b", "E-a", "S-b")
TAGS = st.integers(1, 7).flatmap(
    lambda n: st.tuples(*[st.lists(st.sampled_from(LETTERS), min_size=n, max_size=n) for _ in range(2)])
)


@settings(deadline=None, max_examples=150)
@given(st.lists(TAGS, min_size=1, max_size=5))
@example([(["O", "O"], ["O", "O"])])
@example([(["O"], ["B-a"])])
@example([(["B-a", "I-a"], ["O", "O"])])
@example([(["I-a", "B-a"], ["B-a", "E-a"])])
def test_entities_score_as_seqeval_scores_them(sentences: Any) -> None:
    """Over all types and each by itself, in any scheme, broken or not; nothing to find and nothing found is 0."""
    gold, predicted = ([list(own) for own in side] for side in zip(*sentences, strict=True))
    made = outcomes([(*own, ["x"] * len(own[0])) for own in sentences])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = f1_score(gold, predicted)
        report: Any = {}
        if any(parts(tag)[1] for own in (*gold, *predicted) for tag in own):  # its report of nothing at all fails
            report = classification_report(gold, predicted, output_dict=True)
    found = Metric(catalogue().get("metric", "entity-f1")).value(made)
    assert np.nan_to_num(found) == pytest.approx(expected, abs=1e-9)
    for kind, (right, said, there) in Tagging().facts(made)["entities"].items():
        assert 2 * right / (said + there) == pytest.approx(report[kind]["f1-score"], abs=1e-9)
        assert there == report[kind]["support"]
