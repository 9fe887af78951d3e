"""Metrics equal scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, ndcg_score

from harness.core.data import Outcomes
from harness.core.errors import DataError
from harness.metrics import classification, ndcg_at_10, query_sums, recall_at_10, score


def outcomes(gold: list[str], prediction: list[str], kind: type = object) -> Outcomes:
    n = len(gold)
    item = np.arange(n).astype(str)
    return Outcomes(item, item, np.zeros(n, int), np.array(gold, kind), np.array(prediction, kind), np.ones(n))


#: `odd` is predicted only, `rare` is gold only.
labels = st.lists(
    st.tuples(st.sampled_from(["yes", "no", "maybe", "rare"]), st.sampled_from(["yes", "no", "maybe", "odd"])),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(labels, st.sampled_from([object, str]))
def test_classification_metrics_equal_sklearn(pairs: list[tuple[str, str]], kind: type) -> None:
    gold, prediction = [g for g, _ in pairs], [p for _, p in pairs]
    got = outcomes(gold, prediction, kind)
    accuracy, macro_f1 = classification.accuracy.component, classification.macro_f1.component  # type: ignore[attr-defined]
    assert score(accuracy, got) == pytest.approx(accuracy_score(gold, prediction))
    assert score(macro_f1, got) == pytest.approx(f1_score(gold, prediction, average="macro"))


def test_macro_f1_of_a_resample_leaves_out_a_class_that_is_not_in_it() -> None:
    gold, prediction = list("aabbc"), list("ababc")
    columns = classification.macro_f1.component.facts["columns"](outcomes(gold, prediction))  # type: ignore[attr-defined]
    counts = np.array([2, 1, 0, 2, 0])
    repeated = np.repeat(np.arange(5), counts)
    expected = f1_score([gold[i] for i in repeated], [prediction[i] for i in repeated], average="macro")
    assert float(classification.macro_f1(counts @ columns)) == pytest.approx(expected)


@pytest.mark.parametrize("n_documents", [4, 10, 30])
def test_ndcg_equals_sklearn(n_documents: int) -> None:
    rng = np.random.default_rng(0)
    scores = rng.permuted(np.tile(np.arange(n_documents), (50, 1)), axis=1)
    relevant = rng.random((50, n_documents)) < 0.4
    relevant[:, 0] = True
    names = [f"d{i}" for i in range(n_documents)]
    ranked = [[names[j] for j in np.argsort(-row)] for row in scores]
    answers = [{names[j] for j in np.flatnonzero(row)} for row in relevant]
    expected = [ndcg_score(relevant[i : i + 1], scores[i : i + 1], k=10) for i in range(50)]
    assert query_sums(ranked, answers)["ndcg@10"] == pytest.approx(expected)


def test_gains_of_a_ranking_by_hand() -> None:
    """One of two answers at rank 2: nDCG (1 / log2 3) / (1 + 1 / log2 3), recall 1/2."""
    sums = query_sums([["a", "b", "c"]], [["b", "z"]])
    assert sums["ndcg@10"] == pytest.approx([(1 / np.log2(3)) / (1 + 1 / np.log2(3))])
    assert sums["recall@10"].tolist() == [0.5]


def test_only_the_first_ten_count() -> None:
    ranked = [[f"d{i}" for i in range(20)]]
    assert query_sums(ranked, [["d10"]])["recall@10"].tolist() == [0.0]
    assert query_sums(ranked, [["d9"]])["recall@10"].tolist() == [1.0]
    relevance = np.ones((1, 20))
    assert ndcg_at_10(relevance, [20]).tolist() == [1.0]
    assert recall_at_10(relevance, [20]).tolist() == [0.5]


def test_a_query_that_nothing_answers_is_named() -> None:
    with pytest.raises(DataError, match="query 2 of 2 has no relevant document"):
        query_sums([["a"], ["b"]], [["a"], []])
