"""What scores of pairs have in common."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.scoring import Scoring


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
