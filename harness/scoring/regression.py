"""Scores of a number an item."""

from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.scoring import Found, Scoring, scoring

#: A number has changed if it moved by this share of the predictions' standard deviation.
MOVED = 0.1


class Numbers(Scoring):
    """What kinds with a number an item have in common."""

    def changed(self, before: Found, after: Found) -> Any:
        """Whether a number moved by a tenth of their standard deviation."""
        return np.abs(after.values - before.values) > MOVED * np.std(before.values)

    def flipped(self, before: Outcomes, after: Outcomes) -> None:
        """Nothing: two numbers are hardly ever the same."""

    def right(self, outcomes: Outcomes) -> None:
        """Nothing: a number is near or far."""


@scoring("regression")
class Regression(Numbers):
    """The number that a head predicts."""
