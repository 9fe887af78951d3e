"""Scores of one number a pair."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.modes import Predictor
from harness.scoring import Found, scoring
from harness.scoring.pairs import Pairs

#: A number has changed if it moved by this share of the predictions' standard deviation.
MOVED = 0.1


@scoring("similarity")
class Similarity(Pairs):
    """The similarity of both vectors, or the number that a head predicts from them."""

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """What the head predicts; where nothing was learnt, how similar the two sides are."""
        if predictor.predict is not None:
            return super().predict(predictor, inputs, depth)
        assert predictor.compare is not None
        values = np.asarray(predictor.compare(inputs["text_a"], inputs["text_b"]), dtype=np.float64)
        return Found(values, values)

    def changed(self, before: Found, after: Found) -> Any:
        """Whether a number moved by a tenth of their standard deviation."""
        return np.abs(after.values - before.values) > MOVED * np.std(before.values)

    def flipped(self, before: Outcomes, after: Outcomes) -> None:
        """Nothing: two numbers are hardly ever the same."""
