"""Metrics of several labels an item equal scikit-learn's, also on resamples and where little is there."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from harness.core.data import Outcomes
from harness.core.registry import collect
from harness.metrics import Metric, labels
from harness.metrics.labels import SCORE, best_constant, labels_of, written

METRICS = {c.name: Metric(c) for c in collect([labels])}
NAMES = np.array(["anger", "joy", "sad, but calm", "é|\"'"])


def outcomes(gold: Any, predicted: Any, scores: Any) -> Outcomes:
    """Of (n, 4) flags and scores."""
    item = np.arange(len(gold)).astype(str)
    gold_sets, said_sets = (np.array([written(NAMES[own].tolist()) for own in side]) for side in (gold, predicted))
    sums = {SCORE + name: scores[:, i] for i, name in enumerate(NAMES)}
    return Outcomes(item, item, np.zeros(len(item), int), gold_sets, said_sets, scores.max(axis=1), sums)


def flags(n: int, seed: int, share: float) -> Any:
    return np.random.default_rng(seed).random((n, 4)) < share * np.array([1, 0.6, 0.3, 0.05])


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 30), st.integers(0, 99), st.sampled_from([0.0, 0.5, 1.0]), st.booleans())
@pytest.mark.filterwarnings("ignore")
def test_they_equal_sklearns_on_resamples(n: int, seed: int, share: float, is_tied: bool) -> None:
    """With ties, labels that nobody has, items without a label, nothing at all."""
    gold, predicted = flags(n, seed, share), flags(n, seed + 1, 0.8)
    rng = np.random.default_rng(seed)
    scores = np.round(rng.random((n, 4)), 1 if is_tied else 9)
    got = outcomes(gold, predicted, scores)
    for counts in np.vstack([np.ones(n, int), rng.multinomial(n, np.full(n, 1 / n), size=3)]):
        drawn, said, scored = (np.repeat(part, counts, axis=0) for part in (gold, predicted, scores))
        for average, name in (("micro", "micro-f1"), ("macro", "macro-f1-labels")):
            metric = METRICS[name]
            expected = f1_score(drawn, said, average=average, zero_division=np.nan)
            assert metric.component.function(counts @ metric.columns(got)) == pytest.approx(expected, nan_ok=True)
        metric = METRICS["macro-average-precision"]
        each = average_precision_score(drawn, scored, average=None)
        known = np.atleast_1d(each)[drawn.any(axis=0)]
        value = metric.component.function(metric.columns(got), counts[None].astype(float))[0]
        assert value == pytest.approx(known.mean() if len(known) else np.nan, nan_ok=True)


def test_chance_is_the_score_of_the_best_constant_labels() -> None:
    gold = flags(300, 0, 0.9)
    said, value = best_constant(gold.mean(axis=0))
    constant = np.tile(said, (300, 1))
    sets = [np.array([i >> k & 1 for k in range(4)], bool) for i in range(1, 16)]
    best = max(f1_score(gold, np.tile(own, (300, 1)), average="micro") for own in sets)
    assert value == pytest.approx(best)
    got = outcomes(gold, constant, np.zeros((300, 4)))
    for name in ("micro-f1", "macro-f1-labels", "macro-average-precision"):
        assert METRICS[name].component.facts["chance"](got) == pytest.approx(METRICS[name].value(got))


def test_labels_are_read_as_they_were_written() -> None:
    assert labels_of(written(NAMES[::-1].tolist())) == NAMES.tolist()
    assert written([]) == "[]"


def test_nothing_predicted_of_nothing_is_no_number_and_warns_of_nothing() -> None:
    got = outcomes(np.zeros((5, 4), bool), np.zeros((5, 4), bool), np.zeros((5, 4)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(np.isnan(metric.value(got)) for metric in METRICS.values())
        assert all(np.isnan(metric.component.facts["chance"](got)) for metric in METRICS.values())
