"""What scores of pairs have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.core.registry import Component
from harness.scoring import Found, Scoring, contents, outcomes_of


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

    def outcomes(self, clean: Mapping[str, Examples], found: Found, metrics: Sequence[Component]) -> Outcomes:
        """What is told and what is predicted."""
        one, other = clean["text_a"], clean["text_b"]
        return outcomes_of(one, self.target(clean), found, contents(one.items, one.text, other.text))
