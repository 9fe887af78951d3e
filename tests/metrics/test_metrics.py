"""What every metric promises."""

from typing import Any

import numpy as np
import pytest

from harness.core.data import Outcomes
from harness.core.registry import Component, collect
from harness.metrics import classification, ndcg_at_10, query_sums, recall_at_10, retrieval, score

METRICS = {c.name: c for c in collect([classification, retrieval])}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
CLASSES = np.array(["calm", "glad", "sad", "tired"])
DOCUMENTS = [f"document-{i}" for i in range(40)]


def outcomes(gold: Any, prediction: Any, ranked: list[list[str]], relevant: list[list[str]]) -> Outcomes:
    n = len(gold)
    names = np.array([f"item-{i}" for i in range(n)])
    sums = query_sums(ranked, relevant)
    return Outcomes(names, names, np.zeros(n, int), np.array(gold), np.array(prediction), np.ones(n), sums)


def answers(n: int, rng: np.random.Generator) -> list[list[str]]:
    return [list(rng.choice(DOCUMENTS, size=rng.integers(1, 15), replace=False)) for _ in range(n)]


def drawn(seed: int, n: int = 60) -> Outcomes:
    """Predictions and rankings at random."""
    rng = np.random.default_rng(seed)
    gold = rng.choice(CLASSES, size=n, p=[0.5, 0.3, 0.15, 0.05])
    ranked = [list(rng.permutation(DOCUMENTS)) for _ in range(n)]
    return outcomes(gold, rng.choice(CLASSES, size=n), ranked, answers(n, rng))


def perfect(n: int = 60) -> Outcomes:
    rng = np.random.default_rng(0)
    gold = rng.choice(CLASSES[:3], size=n)
    relevant = [a[:10] for a in answers(n, rng)]
    ranked = [[*a, *(d for d in DOCUMENTS if d not in a)] for a in relevant]
    return outcomes(gold, gold, ranked, relevant)


def test_these_metrics_are_there() -> None:
    assert {name: m.facts["applies_to"] for name, m in METRICS.items()} == {
        "accuracy": ("classification",),
        "macro-f1": ("classification",),
        "ndcg@10": ("retrieval",),
        "recall@10": ("retrieval",),
    }


@every_metric
def test_perfect_predictions_get_the_best_value(metric: Component) -> None:
    best = metric.facts["range"][1 if metric.facts["higher_is_better"] else 0]
    assert score(metric, perfect()) == pytest.approx(best)


@every_metric
def test_random_predictions_stay_in_range_and_are_not_the_best(metric: Component) -> None:
    low, high = metric.facts["range"]
    for seed in range(20):
        value = score(metric, drawn(seed))
        assert low <= value <= high
        assert value < score(metric, perfect())


@pytest.mark.parametrize("name", ["accuracy", "macro-f1"])
def test_chance_is_the_score_of_always_saying_the_commonest_class(name: str) -> None:
    metric, got = METRICS[name], drawn(3)
    chance = metric.facts["chance"](got)
    names, counts = np.unique(got.gold, return_counts=True)
    constant = np.full(len(got), names[counts.argmax()])
    same = Outcomes(got.item, got.cluster, got.draw, got.gold, constant, got.score, got.sums)
    assert chance == pytest.approx(score(metric, same))


@pytest.mark.parametrize("n_documents", [3, 10, 40])
@pytest.mark.parametrize("name", ["ndcg@10", "recall@10"])
def test_chance_of_a_search_is_the_mean_score_of_random_orders(name: str, n_documents: int) -> None:
    """Over 4,000 orders a query, within four standard errors; queries have 1 to 14 answers, where there are so many."""
    rng, n_orders = np.random.default_rng(0), 4000
    n_relevant = np.minimum([1, 1, 2, 5, 14], n_documents)
    means = []
    for n in n_relevant:
        answers = rng.permuted(np.tile(np.arange(n_documents) < n, (n_orders, 1)), axis=1)
        means.append((ndcg_at_10 if name == "ndcg@10" else recall_at_10)(answers, np.full(n_orders, n)))
    error = np.sqrt(sum(one.var() for one in means) / n_orders) / len(means)
    chance = METRICS[name].facts["chance"](n_relevant, n_documents)
    assert chance == pytest.approx(np.mean(means), abs=4 * error + 1e-9)


@every_metric
def test_the_order_of_items_does_not_matter(metric: Component) -> None:
    got = drawn(4)
    assert score(metric, got.take(np.arange(len(got))[::-1])) == pytest.approx(score(metric, got))


@every_metric
def test_many_resamples_are_scored_at_once(metric: Component) -> None:
    """Sums (rows, k) give (rows,), each what its row alone gives; no items give NaN, without a warning."""
    columns = metric.facts["columns"](drawn(5))
    assert columns.shape[0] == 60
    counts = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), size=7)
    counts[6] = 0
    values = metric.function(counts @ columns)
    assert values.shape == (7,)
    for row in range(6):
        assert float(values[row]) == pytest.approx(float(metric.function(counts[row] @ columns)))
    assert np.isnan(values[6])


@every_metric
def test_nothing_to_score_is_not_a_number(metric: Component) -> None:
    got = drawn(6)
    assert np.isnan(score(metric, got.take(np.zeros(len(got), bool))))


@every_metric
def test_every_fact_that_a_table_prints_is_there(metric: Component) -> None:
    assert metric.facts["label"]
    assert metric.facts["unit"]
    assert metric.facts["test"] in ("sign-flip", "bootstrap")
    assert metric.summary.endswith(".")


@every_metric
def test_the_sign_flip_test_is_used_only_where_the_metric_is_a_mean(metric: Component) -> None:
    """The test swaps sums of column 0, which says something about the metric only if it is their mean."""
    got = drawn(7)
    mean = metric.facts["columns"](got)[:, 0].mean()
    assert (score(metric, got) == pytest.approx(mean)) == (metric.facts["test"] == "sign-flip")
