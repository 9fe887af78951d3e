"""Scores of one class an item."""

from harness.scoring import Scoring, scoring


@scoring("classification")
class Classification(Scoring):
    """The class that a head predicts."""
