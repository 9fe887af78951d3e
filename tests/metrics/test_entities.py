"""Entity F1 and surface F1, held against counting by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.catalogue import catalogue
from harness.core.data import Examples, Outcomes
from harness.core.inputs import Words
from harness.core.tags import entities
from harness.metrics import Metric
from harness.scoring import Found
from harness.scoring.tagging import Tagging
from tests.core.test_tags import by_conlleval

TAGS = ("O", "O", "B-a", "I-a", "B-b", "I-b")
SENTENCE = st.integers(1, 6).flatmap(
    lambda n: st.tuples(*[st.lists(st.sampled_from(one), min_size=n, max_size=n) for one in (TAGS, TAGS, "xyz")])
)


def outcomes(sentences: list[Any]) -> Outcomes:
    ids = tuple(map(str, range(len(sentences))))
    gold, predicted, words = zip(*sentences, strict=True)
    examples = Examples(ids, ids, {"text": tuple(map(Words, map(tuple, words)))}, tags=tuple(map(tuple, gold)))
    values = np.empty(len(ids), dtype=object)
    values[:] = [tuple(own) for own in predicted]
    return Tagging().outcomes({"text": examples}, Found(values, np.ones(len(ids))), [])


def metric(name: str) -> Metric:
    return Metric(catalogue().get("metric", name))


def f1(gold: set[Any], predicted: set[Any]) -> float:
    return 2 * len(gold & predicted) / (len(gold) + len(predicted)) if gold or predicted else 0.0


@given(st.lists(SENTENCE, min_size=1, max_size=6))
@settings(max_examples=80)
def test_entity_f1_is_that_of_all_entities_and_surface_f1_that_of_distinct_ones(sentences: list[Any]) -> None:
    made = outcomes(sentences)
    sides: list[list[set[Any]]] = [[set(), set()], [set(), set()]]
    for number, (*tags, words) in enumerate(sentences):
        for side, own in enumerate(tags):
            for kind, start, end in by_conlleval(own):
                sides[0][side].add((number, kind, start, end))
                sides[1][side].add((kind, " ".join(words[start:end])))
    assert metric("entity-f1").value(made) == pytest.approx(f1(*sides[0]), abs=1e-12)
    assert metric("surface-f1").value(made) == pytest.approx(f1(*sides[1]), abs=1e-12)


def test_no_entity_anywhere_scores_nothing() -> None:
    made = outcomes([(["O", "O"], ["O", "O"], ["x", "y"])])
    assert metric("entity-f1").value(made) == 0
    assert metric("surface-f1").value(made) == 0
    assert made.gold.tolist() == made.prediction.tolist() == ["none"]


def test_one_type_only_is_scored() -> None:
    made = outcomes([(["B-a", "O"], ["B-a", "B-a"], ["x", "x"]), (["B-a"], ["O"], ["x"])])
    assert metric("entity-f1").value(made) == pytest.approx(2 / 4)
    assert metric("surface-f1").value(made) == 1.0  # `x` is found once, and there


def test_both_have_intervals_and_losses() -> None:
    tags = ["B-a", "O", "B-b"]
    sentences = [(tags, ["B-a", "O", "B-b" if i % 3 else "O"], ["x", "y", str(i)]) for i in range(30)]
    worse = [(gold, ["O", *rest[1:]] if i % 2 else rest, words) for i, (gold, rest, words) in enumerate(sentences)]
    before, after = outcomes(sentences), outcomes(worse)
    for name in ("entity-f1", "surface-f1"):
        interval = metric(name).interval([before], "seed")
        assert interval.low < interval.value < interval.high
    assert metric("entity-f1").loss([before], [after], "seed").value > 0
    assert metric("entity-f1").p_worse([before], [after], "seed") < 0.05
    assert metric("surface-f1").loss([before], [after], "seed").value == pytest.approx(0)


def test_what_is_predicted_says_types_and_places_of_words() -> None:
    made = outcomes([(["B-a", "I-a", "O", "B-b"], ["I-a", "I-a", "O", "O"], list("wxyz"))])
    assert (made.gold[0], made.prediction[0]) == ("a:1-2 b:4", "a:1-2")
    assert entities(["I-a", "I-a"]) == entities(["B-a", "I-a"])
