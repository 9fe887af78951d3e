"""Scores of one class a pair."""

from harness.scoring import scoring
from harness.scoring.pairs import Pairs


@scoring("pair-classification")
class PairClassification(Pairs):
    """The class that a head predicts from both vectors."""
