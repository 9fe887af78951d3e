"""Scores of one class or number a pair."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.modes import Predictor
from harness.scoring import Found, Scoring, scoring
from harness.scoring.regression import Numbers


class Pairs(Scoring):
    """Two texts an item, read by themselves."""

    def features(self, inputs: Mapping[str, Any]) -> Any:
        """(n, 4 d): u, v, |u - v| and u v of the vectors u and v; of texts both, with a line break between.

        Conneau et al. 2017, arXiv:1705.02364. Pairs that are read as one input have one vector.
        """
        if "text" in inputs:
            return inputs["text"]
        u, v = inputs["text_a"], inputs["text_b"]
        if isinstance(u, list):
            return [f"{one}\n{other}" for one, other in zip(u, v, strict=True)]
        return np.concatenate([u, v, np.abs(u - v), u * v], axis=1)


@scoring("pair-classification")
class PairClassification(Pairs):
    """The class that a head predicts from both vectors."""


@scoring("similarity")
class Similarity(Numbers, Pairs):
    """The similarity of both vectors, or the number that a head predicts from them."""

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """What the head predicts; where nothing was learnt, how similar the two sides are."""
        if predictor.predict is not None:
            return super().predict(predictor, inputs, depth)
        assert predictor.compare is not None
        values = np.asarray(predictor.compare(inputs["text_a"], inputs["text_b"]), dtype=np.float64)
        return Found(values, values)

    def sensitivity(
        self, predictor: Predictor, clean: Mapping[str, Any], now: Mapping[str, Any], judged: Any
    ) -> float | None:
        """Information sensitivity: of the pairs that people judged less alike than the median, the share (ties half).

        That of those pairs in which the other text is less similar to the first than the first with its form changed,
        by what the row takes for similarity; only pairs whose first text's vector moved. 1: a change of meaning always
        counts for more; 0.5: it is no matter which. As the question is put by SAGE (2025, arXiv:2509.21310), with
        people's judgements in place of texts cut or shuffled.
        """
        if predictor.compare is None:
            return None
        first = clean["text_a"]
        asked = (judged < np.median(judged)) & (first != now["text_a"]).any(axis=1)
        if not asked.any():
            return None
        form, meaning = (predictor.compare(first[asked], other[asked]) for other in (now["text_a"], clean["text_b"]))
        return float(np.mean((meaning < form) + 0.5 * (meaning == form)))
