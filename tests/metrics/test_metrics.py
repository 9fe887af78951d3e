"""What every metric promises."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.catalogue import catalogue
from harness.core.data import Outcomes
from harness.core.tags import Entity
from harness.metrics import Metric, in_ranking, judged, query_sums
from harness.metrics.labels import labels_of
from harness.metrics.labels import written as written_labels
from harness.metrics.retrieval import answers_of, ndcg, written
from harness.metrics.tagging import entity_sums
from harness.stats import OfItems, interval
from tests.fakes.components import component_of

METRICS = {name: Metric(component) for name, component in catalogue().of("metric").items()}
SEARCH = [metric.component for metric in METRICS.values() if "per_query" in metric.component.facts]
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
CLASSES = np.array(["calm", "glad", "sad", "tired"])
DOCUMENTS = [f"document-{i}" for i in range(40)]


def sets(metric: Metric, gold: Any, scores: Any) -> Outcomes:
    """Outcomes of several labels an item: those above 0, from flags (n, 3) and scores of each."""
    names = np.array([f"item-{i}" for i in range(len(gold))])
    gold_sets, said_sets = (
        np.array([written_labels(CLASSES[:3][own].tolist()) for own in side]) for side in (gold, scores > 0)
    )
    sums = {f"score {name}": scores[:, i] for i, name in enumerate(CLASSES[:3])}
    return Outcomes(names, names, np.zeros(len(gold), int), gold_sets, said_sets, scores.max(axis=1), sums)


def clusters(gold: Any, columns: Any) -> Outcomes:
    """Outcomes of clusters (n, 2) from two starts."""
    names = np.array([f"item-{i}" for i in range(len(gold))])
    sums = {f"start {i}": np.asarray(columns[:, i], float) for i in range(2)}
    return Outcomes(names, names, np.zeros(len(gold), int), gold, columns[:, 0].astype(str), np.zeros(len(gold)), sums)


def better_half(outcomes: Outcomes) -> Outcomes:
    """The same with what should be predicted of every second item."""
    is_right, sums = np.arange(len(outcomes)) % 2 == 0, dict(outcomes.sums)
    for name, column in sums.items():
        kind, _, label = name.partition(" ")
        if kind == "score":
            sums[name] = np.where(is_right, [9.0 * (label in labels_of(text)) for text in outcomes.gold], column)
        if kind == "start":
            sums[name] = np.where(is_right, np.searchsorted(CLASSES, outcomes.gold), column)
    return replace(outcomes, prediction=np.where(is_right, outcomes.gold, outcomes.prediction), sums=sums)


def outcomes(metric: Metric, gold: Any, prediction: Any, ranked: Any = None, relevant: Any = None) -> Outcomes:
    names = np.array([f"item-{i}" for i in range(len(gold))])
    sums = query_sums(SEARCH, in_ranking(ranked, relevant)) if metric.component in SEARCH else {}
    if "tags" in metric.component.facts["targets"]:
        return tagged(names, gold, prediction)
    score = np.random.default_rng(0).uniform(0.5, 1, len(gold))
    return Outcomes(names, names, np.zeros(len(gold), int), np.array(gold), np.array(prediction), score, sums)


def tagged(names: Any, gold: Any, prediction: Any) -> Outcomes:
    """A name a sentence, which has these types; of forty names. Every third sentence has another, always found."""
    more = [[Entity("place", 1, 2)] if i % 3 == 0 else [] for i in range(len(names))]
    found = [
        [[Entity(str(kind), 0, 1), *other] for kind, other in zip(side, more, strict=True)]
        for side in (gold, prediction)
    ]
    hashes = [
        [f"{i % 40:04x}{list(CLASSES).index(kind):04x}" for i, kind in enumerate(side)] for side in (gold, prediction)
    ]
    given = dict(zip(("answers", "ranking"), map(np.array, hashes), strict=True))
    draw, score = np.zeros(len(names), int), np.ones(len(names))
    return Outcomes(names, names, draw, np.array(gold), np.array(prediction), score, entity_sums(*found), **given)


def answers(n: int, rng: np.random.Generator) -> list[list[str]]:
    return [list(rng.choice(DOCUMENTS, size=rng.integers(1, 15), replace=False)) for _ in range(n)]


def drawn(metric: Metric, seed: int, n: int = 60) -> Outcomes:
    """Predictions and rankings at random."""
    rng = np.random.default_rng(seed)
    if "value" in metric.component.facts["targets"]:
        return outcomes(metric, np.round(rng.normal(size=n), 1), rng.normal(size=n))
    if "labels" in metric.component.facts["targets"]:
        return sets(metric, rng.random((n, 3)) < (0.5, 0.3, 0.2), rng.normal(size=(n, 3)))
    if "cluster" in metric.component.facts["targets"]:
        return clusters(rng.choice(CLASSES, size=n), rng.integers(0, 4, (n, 2)))
    classes = CLASSES[:2] if metric.is_of_items else CLASSES
    gold = rng.choice(classes, size=n, p=[0.7, 0.3] if metric.is_of_items else [0.5, 0.3, 0.15, 0.05])
    ranked = [list(rng.permutation(DOCUMENTS)) for _ in range(n)]
    return outcomes(metric, gold, rng.choice(classes, size=n), ranked, answers(n, rng))


def perfect(metric: Metric, n: int = 60) -> Outcomes:
    rng = np.random.default_rng(0)
    gold = rng.choice(CLASSES[: 2 if metric.is_of_items else 3], size=n)
    if "value" in metric.component.facts["targets"]:
        gold = rng.normal(size=n)
    if "labels" in metric.component.facts["targets"]:
        flags = rng.random((n, 3)) < 0.5
        return sets(metric, flags, flags - 0.5)
    if "cluster" in metric.component.facts["targets"]:
        return clusters(gold, np.stack([np.searchsorted(CLASSES, gold)] * 2, axis=1))
    relevant = [a[:10] for a in answers(n, rng)]
    return outcomes(metric, gold, gold, [[*a, *(d for d in DOCUMENTS if d not in a)] for a in relevant], relevant)


@every_metric
def test_perfect_predictions_get_the_best_value(metric: Metric) -> None:
    best = metric.component.facts["range"][1 if metric.sign > 0 else 0]
    assert metric.value(perfect(metric)) == pytest.approx(best)


@every_metric
def test_random_predictions_stay_in_range_and_are_not_the_best(metric: Metric) -> None:
    low, high = metric.component.facts["range"]
    for seed in range(20):
        value = metric.value(drawn(metric, seed))
        assert low <= value <= high
        assert metric.sign * value < metric.sign * metric.value(perfect(metric))


@pytest.mark.parametrize("name", ["accuracy", "macro-f1"])
def test_chance_is_the_score_of_always_saying_the_commonest_class(name: str) -> None:
    metric = METRICS[name]
    got = drawn(metric, 3)
    names, counts = np.unique(got.gold, return_counts=True)
    constant = np.full(len(got), names[counts.argmax()])
    same = Outcomes(got.item, got.cluster, got.draw, got.gold, constant, got.score, got.sums)
    assert metric.component.facts["chance"](got) == pytest.approx(metric.value(same))


@pytest.mark.parametrize("n_documents", [3, 10, 40])
@pytest.mark.parametrize("metric", SEARCH, ids=[component.name for component in SEARCH])
def test_chance_of_a_search_is_the_mean_score_of_random_orders(metric: Any, n_documents: int) -> None:
    """Over 2,000 orders a query, within four standard errors; queries have 1 to 14 answers, where there are so many."""
    rng, n_orders = np.random.default_rng(0), 2000
    n_relevant = np.minimum([1, 1, 2, 5, 14], n_documents)
    means = []
    for n in n_relevant:
        orders = rng.permuted(np.tile(np.arange(1, n_documents + 1), (n_orders, 1)), axis=1)
        means.append(metric.facts["per_query"](judged(orders[:, :n].tolist())))
    error = np.sqrt(sum(one.var() for one in means) / n_orders) / len(means)
    chance = metric.facts["chance"]([[1.0] * n for n in n_relevant], n_documents)
    assert chance == pytest.approx(np.mean(means), abs=4 * error + 1e-9)


@pytest.mark.parametrize("metric", SEARCH, ids=[component.name for component in SEARCH])
def test_chance_of_queries_with_documents_of_their_own_is_the_mean_of_theirs(metric: Any) -> None:
    grades, sizes = [[1.0], [1.0, 1.0], [1.0], [2.0, 1.0, 1.0]], [3, 40, 3, 12]
    each = [metric.facts["chance"]([own], size) for own, size in zip(grades, sizes, strict=True)]
    assert metric.facts["chance"](grades, sizes) == pytest.approx(np.mean(each))
    assert np.isnan(metric.facts["chance"]([], []))


@every_metric
def test_the_order_of_items_does_not_matter(metric: Metric) -> None:
    got = drawn(metric, 4)
    assert metric.value(got.take(np.arange(len(got))[::-1])) == pytest.approx(metric.value(got))


@every_metric
def test_many_resamples_are_scored_at_once(metric: Metric) -> None:
    """(rows, …) give (rows,), each what its row alone gives; no items give NaN, without a warning."""
    columns = metric.columns(drawn(metric, 5))
    assert columns.shape[0] == 60
    counts = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), size=7).astype(float)
    counts[6] = 0

    def values(rows: Any) -> Any:
        finish = metric.finish
        return finish.function(columns, rows) if isinstance(finish, OfItems) else finish(rows @ columns)

    found = values(counts)
    assert found.shape == (7,)
    for row in range(6):
        assert found[row] == pytest.approx(values(counts[row : row + 1])[0])
    assert np.isnan(found[6])


@every_metric
def test_a_weight_of_two_is_an_item_twice(metric: Metric) -> None:
    """So a resample is scored as the items that it drew would be; but where items are counted that differ."""
    if metric.name == "surface-f1":
        return
    got = drawn(metric, 6)
    columns, twice = metric.columns(got), np.r_[np.full(30, 2.0), np.full(30, 1.0)]
    finish = metric.finish
    value = finish.function(columns, twice[None])[0] if isinstance(finish, OfItems) else finish(twice @ columns)
    assert value == pytest.approx(metric.value(got.take(np.repeat(np.arange(60), twice.astype(int)))))


@every_metric
def test_nothing_to_score_is_not_a_number(metric: Metric) -> None:
    got = drawn(metric, 6)
    assert np.isnan(metric.value(got.take(np.zeros(len(got), bool))))


@every_metric
def test_every_fact_that_a_table_prints_is_there(metric: Metric) -> None:
    assert metric.label
    assert metric.component.facts["unit"]
    assert metric.component.facts["test"] in ("sign-flip", "bootstrap")
    assert metric.component.summary.endswith(".")


@every_metric
def test_the_sign_flip_test_is_used_only_where_the_metric_is_a_mean(metric: Metric) -> None:
    """The test swaps sums of column 0, which says something about the metric only if it is their mean."""
    got = drawn(metric, 7)
    is_mean = metric.value(got) == pytest.approx(metric.columns(got)[:, 0].mean())
    assert is_mean == (metric.component.facts["test"] == "sign-flip")


@every_metric
def test_intervals_differences_and_tests_tell_better_from_worse(metric: Metric) -> None:
    """A side that is right half of the time more often, or a search that is perfect, against one drawn at random."""
    worse, best = drawn(metric, 8), perfect(metric)
    if metric.component not in SEARCH:
        mixed = np.where(np.arange(60) % 2 == 0, worse.gold, worse.prediction)
        is_tagged = "tags" in metric.component.facts["targets"]
        best = outcomes(metric, worse.gold, mixed) if is_tagged else replace(worse, prediction=mixed)
    if {"labels", "cluster"} & set(metric.component.facts["targets"]):
        best = better_half(worse)
    loss = metric.loss([best], [worse], "test")
    assert loss.value == pytest.approx(metric.sign * (metric.value(best) - metric.value(worse)))
    assert 0 < loss.low < loss.value < loss.high
    assert metric.p_worse([best], [worse], "test") < 0.05 < 0.5 < metric.p_worse([worse], [best], "test")
    found = metric.interval([worse], "test")
    assert found.low < metric.value(worse) < found.high
    assert metric.texts([best], [worse], "test").n_changed > 10


@every_metric
def test_repeats_are_scored_one_by_one(metric: Metric) -> None:
    """And their scores are averaged by their items."""
    first, second = drawn(metric, 9), drawn(metric, 10).take(np.arange(20))
    mean = (60 * metric.value(first) + 20 * metric.value(second)) / 80
    assert metric.value(first, second) == pytest.approx(mean)
    assert metric.interval([first, second], "test").value == pytest.approx(mean)


def test_a_thousand_resamples_of_ranks_take_a_second_or_two() -> None:
    rng = np.random.default_rng(0)
    columns, clusters = rng.normal(size=(5000, 2)), np.arange(5000)
    started = time.process_time()
    interval(METRICS["spearman"].finish, (columns, clusters), rng=rng, n_resamples=1000)
    assert time.process_time() - started < 6  # 0.6 s on a core that is free


def test_answers_are_read_as_they_were_written() -> None:
    answers = {"0a1b2c3d": 1.0, "22cc33dd": 3.0, "ffffffff": 0.5}
    assert written(answers) == "0a1b2c3d|22cc33dd=3.0|ffffffff=0.5"
    assert answers_of(written(answers)) == answers


def test_chance_of_graded_answers_is_the_mean_score_of_random_orders() -> None:
    rng, grades = np.random.default_rng(0), [3.0, 1.0, 1.0]
    ranks = rng.permuted(np.tile(np.arange(1, 21), (4000, 1)), axis=1)[:, :3].tolist()
    scores = component_of(ndcg).facts["per_query"](judged(ranks, [grades] * len(ranks)))
    chance = component_of(ndcg).facts["chance"]([grades], 20)
    assert chance == pytest.approx(scores.mean(), abs=4 * scores.std() / len(ranks) ** 0.5)
