"""Scores of several labels an item."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.core.registry import Component
from harness.metrics.labels import SCORE, labels_of, written
from harness.modes import Predictor
from harness.scoring import Found, Scoring, contents, outcomes_of, scoring


@scoring("multi-label")
class MultiLabel(Scoring):
    """The labels that a head predicts; gold and predictions are JSON lists of them."""

    def target(self, examples: Mapping[str, Examples]) -> Any:
        """(n,) a tuple of labels an item."""
        labels = next(iter(examples.values())).labels or ()
        found = np.empty(len(labels), dtype=object)
        found[:] = labels
        return found

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """The labels of each item; it is ranked by the label that the row is surest of."""
        assert predictor.predict is not None
        chosen, scores = predictor.predict(self.features(inputs))
        names = np.array(predictor.labels)
        values = np.array([written(names[own].tolist()) for own in chosen])
        return Found(values, scores.max(axis=1), labels=dict(zip(predictor.labels, scores.T, strict=True)))

    def outcomes(self, clean: Mapping[str, Examples], found: Found, metrics: Sequence[Component]) -> Outcomes:
        """What happened to each item, with the score of each label where a metric goes by it."""
        one = next(iter(clean.values()))
        gold = np.array([written(own) for own in self.target(clean)])
        by_score = any(metric.facts.get("by_score") for metric in metrics)
        sums = {SCORE + name: column for name, column in (found.labels or {}).items()} if by_score else {}
        return outcomes_of(one, gold, found, contents(one.items, one.text), sums=sums)

    def said(self, outcomes: Outcomes) -> list[str]:
        """The labels, with commas between."""
        return _listed(outcomes.prediction)

    def asked(self, outcomes: Outcomes) -> list[str]:
        """The labels that it should have."""
        return _listed(outcomes.gold)


def _listed(column: Any) -> list[str]:
    return [", ".join(labels_of(text)) or "none" for text in column.tolist()]
