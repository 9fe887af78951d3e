"""Scores of clusters that are found without classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.core.registry import Component
from harness.metrics.clusters import START
from harness.modes import Predictor
from harness.scoring import Found, Scoring, contents, outcomes_of, scoring

#: How many clusters are looked for where nobody says how many classes there are.
N_CLUSTERS = 8


@scoring("clustering")
class Clustering(Scoring):
    """The clusters of the test texts, as many as there are classes, from several starts.

    The starts are the same for every row and are averaged within a cell: where k-means begins is no property of an
    encoder, so neither a row nor a repeat should hang on one of them, and a gain of rows is that on the same texts from
    the same starts. mteb clusters by MiniBatchKMeans, in batches, vectors of no particular length, and averages over
    drawn parts of the texts or over the sets that a task comes in: its figures are near to these, and not the same.
    """

    def sought(self, clean: Mapping[str, Examples], metrics: Sequence[Component]) -> int:
        """How many classes there are."""
        return len(set(next(iter(clean.values())).labels or ()))

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """The cluster of each item, by the first start; those of all starts beside."""
        assert predictor.group is not None
        groups = predictor.group(self.features(inputs), sought or N_CLUSTERS)
        columns = {f"{START}{start}": _renamed(column) for start, column in enumerate(groups.T)}
        first = columns[f"{START}0"]
        return Found(np.array([f"cluster {1 + number}" for number in first.tolist()]), first, labels=columns)

    def outcomes(self, clean: Mapping[str, Examples], found: Found, metrics: Sequence[Component]) -> Outcomes:
        """The class of each item and its cluster from each start."""
        one = next(iter(clean.values()))
        sums = {name: np.asarray(column, dtype=np.float64) for name, column in (found.labels or {}).items()}
        return outcomes_of(one, self.target(clean), found, contents(one.items, one.text), sums=sums)

    def flipped(self, before: Outcomes, after: Outcomes) -> None:
        """Nothing: a cluster is what is in it, and has no name."""

    def right(self, outcomes: Outcomes) -> None:
        """Nothing: no cluster is right by itself."""


def _renamed(column: Any) -> Any:
    """Clusters (n,) numbered by the item in which they first occur, so that the same clusters have the same numbers."""
    _, first, codes = np.unique(column, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[codes.reshape(-1)]
