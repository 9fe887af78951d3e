"""Scores of one class an item."""

from collections.abc import Mapping

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.scoring import Found, Scoring, contents, outcomes_of, scoring


@scoring("classification")
class Classification(Scoring):
    """The class that a head predicts."""

    def outcomes(self, clean: Mapping[str, Examples], found: Found) -> Outcomes:
        """Gold and predicted class."""
        examples = clean["text"]
        gold = np.array(examples.labels).astype(str)
        return outcomes_of(examples, gold, found, contents(examples.items, examples.text))
