"""Metrics equal scikit-learn's and scipy's, also on resamples, and trec_eval's by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    mean_absolute_error,
    ndcg_score,
    root_mean_squared_error,
)

from harness.core.data import Outcomes
from harness.core.errors import DataError
from harness.core.registry import collect
from harness.metrics import Metric, classification, correlation, errors, in_ranking, judged, query_sums, retrieval

METRICS = {c.name: Metric(c) for c in collect([classification, correlation, errors, retrieval])}
SEARCH = [metric.component for metric in METRICS.values() if "per_query" in metric.component.facts]


def outcomes(gold: Any, prediction: Any, kind: type = object, score: Any = None) -> Outcomes:
    n = len(gold)
    item = np.arange(n).astype(str)
    scores = np.ones(n) if score is None else np.asarray(score)
    return Outcomes(item, item, np.zeros(n, int), np.array(gold, kind), np.array(prediction, kind), scores)


def sums(ranked: list[list[str]], relevant: Any) -> Any:
    return query_sums(SEARCH, in_ranking(ranked, relevant))


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
    assert METRICS["accuracy"].value(got) == pytest.approx(accuracy_score(gold, prediction))
    assert METRICS["macro-f1"].value(got) == pytest.approx(f1_score(gold, prediction, average="macro"))


def test_macro_f1_of_a_resample_leaves_out_a_class_that_is_not_in_it() -> None:
    gold, prediction = list("aabbc"), list("ababc")
    columns = METRICS["macro-f1"].columns(outcomes(gold, prediction))
    counts = np.array([2, 1, 0, 2, 0])
    repeated = np.repeat(np.arange(5), counts)
    expected = f1_score([gold[i] for i in repeated], [prediction[i] for i in repeated], average="macro")
    assert float(classification.macro_f1(counts @ columns)) == pytest.approx(expected)


def resamples(n: int, seed: int = 0) -> Any:
    """How often each of n items is drawn: all once, and five resamples."""
    return np.vstack([np.ones(n, int), np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=5)])


numbers = st.lists(st.tuples(st.integers(0, 5), st.floats(-3, 3)), min_size=3, max_size=40)


@settings(deadline=None, max_examples=60)
@given(numbers)
@pytest.mark.filterwarnings("ignore")
def test_correlations_of_resamples_equal_scipys(pairs: list[tuple[int, float]]) -> None:
    """Of the items repeated as often as they were drawn; gold has many ties, a constant side has no correlation."""
    gold, prediction = (np.array(side, float) for side in zip(*pairs, strict=True))
    got = outcomes(gold, prediction, float)
    weights = resamples(len(gold))
    spearman, pearson = METRICS["spearman"], METRICS["pearson"]
    ranked = correlation.spearman(spearman.columns(got), weights.astype(float))
    straight = correlation.pearson(weights @ pearson.columns(got))
    for i, counts in enumerate(weights):
        x, y = np.repeat(gold, counts), np.repeat(prediction, counts)
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            assert np.isnan(ranked[i])
            continue
        assert ranked[i] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)
        if min(np.std(x), np.std(y)) > 1e-3:  # nearer to a constant rounding decides
            assert straight[i] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(numbers)
def test_errors_of_resamples_equal_sklearns(pairs: list[tuple[int, float]]) -> None:
    """And chance is the error of the best constant, the mean or the median of gold."""
    gold, prediction = (np.array(side, float) for side in zip(*pairs, strict=True))
    got = outcomes(gold, prediction, float)
    known: Any = {"rmse": (root_mean_squared_error, np.mean), "mae": (mean_absolute_error, np.median)}
    for name, (reference, constant) in known.items():
        metric = METRICS[name]
        for counts in resamples(len(gold)):
            value = metric.component.function(counts @ metric.columns(got))
            assert value == pytest.approx(reference(np.repeat(gold, counts), np.repeat(prediction, counts)))
        chance = metric.component.facts["chance"](got)
        assert chance == pytest.approx(reference(gold, np.full(len(gold), constant(gold))))


def test_constant_numbers_have_no_correlation() -> None:
    got = outcomes(np.arange(5.0), np.full(5, 0.1), float)
    assert all(np.isnan(METRICS[name].value(got)) for name in ("spearman", "pearson"))


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_of_resamples_equals_sklearns(seed: int) -> None:
    """With and without ties; the score of the rarer class is what predictions and their scores say of it."""
    rng = np.random.default_rng(seed)
    share = np.round(rng.random(200), 1 if seed % 2 else 9)
    gold = np.where(rng.random(200) < 0.3 * share + 0.1, "spam", "ham")
    prediction = np.where(share > 0.5, "spam", "ham")
    got = outcomes(gold, prediction, str, np.maximum(share, 1 - share))
    weights = resamples(200, seed)
    columns = METRICS["average-precision"].columns(got)
    found = classification.average_precision(columns, weights.astype(float))
    for value, counts in zip(found, weights, strict=True):
        expected = average_precision_score(np.repeat(gold == "spam", counts), np.repeat(share, counts))
        assert value == pytest.approx(expected)
    assert METRICS["average-precision"].component.facts["chance"](got) == np.mean(gold == "spam")


def test_average_precision_takes_two_classes() -> None:
    with pytest.raises(DataError, match=r"takes two classes, not 3 \(a, b, c …\)"):
        METRICS["average-precision"].value(outcomes(list("abc"), list("abc")))


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("n_documents", [4, 10, 30])
def test_ndcg_equals_sklearn(n_documents: int, graded: bool) -> None:
    rng = np.random.default_rng(0)
    scores = rng.permuted(np.tile(np.arange(n_documents), (50, 1)), axis=1)
    grades = (rng.random((50, n_documents)) < 0.4) * (rng.integers(0, 4, (50, n_documents)) if graded else 1)
    grades[:, 0] = 1
    names = [f"d{i}" for i in range(n_documents)]
    ranked = [[names[j] for j in np.argsort(-row)] for row in scores]
    answers: Any = [dict(zip(names, row.tolist(), strict=True)) for row in grades]
    if not graded:
        answers = [{name for name, grade in row.items() if grade} for row in answers]
    expected = [ndcg_score(grades[i : i + 1], scores[i : i + 1], k=10) for i in range(50)]
    assert sums(ranked, answers)["ndcg@10"] == pytest.approx(expected)


def test_a_graded_search_scores_as_trec_eval_scores_it() -> None:
    """pytrec_eval-terrier 0.5.11 on three queries: grades 3 to 0, a document judged 0, one that is never found."""
    ranked = [[f"d{i}" for i in range(12)]] * 3
    grades = [{"d1": 3.0, "d4": 1.0, "d0": 0.0, "d11": 2.0}, {"d0": 1.0, "gone": 2.0}, {"d10": 1.0, "d11": 2.0}]
    found = sums(ranked, grades)
    assert found["ndcg@10"] == pytest.approx([0.478729, 0.380094, 0.0], abs=1e-6)
    assert found["map"] == pytest.approx([(1 / 2 + 2 / 5 + 3 / 12) / 3, 1 / 2, (1 / 11 + 2 / 12) / 2])
    assert found["recall@10"] == pytest.approx([2 / 3, 1 / 2, 0.0])
    assert found["mrr@10"] == pytest.approx([1 / 2, 1.0, 0.0])


def test_average_precision_over_queries_equals_sklearn() -> None:
    """Over all documents, however far down they stand."""
    rng = np.random.default_rng(1)
    scores, relevant = rng.random((20, 300)), rng.random((20, 300)) < 0.02
    relevant[:, 7] = True
    order = np.argsort(-scores, axis=1)
    ranks = [(np.argsort(order[i])[relevant[i]] + 1).tolist() for i in range(20)]
    expected = [average_precision_score(relevant[i], scores[i]) for i in range(20)]
    assert query_sums(SEARCH, judged(ranks))["map"] == pytest.approx(expected)


def test_gains_of_a_ranking_by_hand() -> None:
    """One of two answers at rank 2: nDCG (1 / log2 3) / (1 + 1 / log2 3), recall 1/2."""
    found = sums([["a", "b", "c"]], [["b", "z"]])
    assert found["ndcg@10"] == pytest.approx([(1 / np.log2(3)) / (1 + 1 / np.log2(3))])
    assert found["recall@10"].tolist() == [0.5]
    assert found["mrr@10"].tolist() == [0.5]
    assert found["map"].tolist() == [0.25]


def test_only_the_first_ten_count() -> None:
    ranked = [[f"d{i}" for i in range(20)]]
    for name in ("recall@10", "mrr@10", "ndcg@10"):
        assert sums(ranked, [["d10"]])[name].tolist() == [0.0]
        assert sums(ranked, [["d9"]])[name][0] > 0
    assert sums(ranked, [["d10"]])["map"] == pytest.approx([1 / 11])
    assert sums(ranked, ranked)["ndcg@10"].tolist() == [1.0]
    assert sums(ranked, ranked)["recall@10"].tolist() == [0.5]


@pytest.mark.parametrize("answers", [[["a"], []], [{"a": 1.0}, {"b": 0.0}]])
def test_a_query_that_nothing_answers_is_named(answers: Any) -> None:
    with pytest.raises(DataError, match="query 2 of 2 has no relevant document"):
        sums([["a"], ["b"]], answers)
