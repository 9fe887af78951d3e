"""The V-measure equals scikit-learn's, also on resamples; its intervals lie around it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import v_measure_score

from harness.core.data import Outcomes
from harness.core.registry import collect
from harness.metrics import Metric, clusters

(METRIC,) = (Metric(component) for component in collect([clusters]))


def outcomes(gold: list[int], *starts: list[int]) -> Outcomes:
    item = np.arange(len(gold)).astype(str)
    sums = {f"start {i}": np.array(column, float) for i, column in enumerate(starts)}
    told = np.array([f"class {one}" for one in gold])
    return Outcomes(item, item, np.zeros(len(item), int), told, told, np.zeros(len(item)), sums)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=30))
def test_it_is_the_mean_of_sklearns_over_starts(rows: list[tuple[int, int, int]]) -> None:
    """One class only, one cluster only, a single text, each text alone."""
    gold, *starts = (list(column) for column in zip(*rows, strict=True))
    got, n = outcomes(gold, *starts), len(rows)
    columns = METRIC.columns(got)
    for counts in np.vstack([np.ones(n, int), np.random.default_rng(n).multinomial(n, np.full(n, 1 / n), size=3)]):
        drawn = [np.repeat(column, counts) for column in (gold, *starts)]
        expected = np.mean([v_measure_score(drawn[0], own) for own in drawn[1:]])
        found = METRIC.component.function(columns, counts[None].astype(float))[0]
        assert found == pytest.approx(expected, abs=1e-9)


def test_chance_is_what_clusters_of_these_sizes_score_anyhow() -> None:
    rng = np.random.default_rng(0)
    gold, dealt = rng.integers(0, 10, 300).tolist(), rng.integers(0, 10, 300).tolist()
    chance = METRIC.component.facts["chance"](outcomes(gold, gold))
    assert chance == pytest.approx(METRIC.value(outcomes(gold, dealt)), abs=0.03)
    assert chance > 0.03


def test_intervals_hold_the_value_where_there_are_many_small_clusters() -> None:
    """Plain percentiles would lie above it: a text that is drawn twice agrees with itself."""
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 20, 200)
    found = np.where(rng.random(200) < 0.5, gold, rng.integers(0, 20, 200))
    got = outcomes(gold.tolist(), found.tolist())
    told = METRIC.interval([got], "test")
    assert told.low < told.value < told.high
    assert (told.low + told.high) / 2 == pytest.approx(told.value, abs=0.01)
