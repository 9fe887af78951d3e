"""Scores of a search in which each query has documents of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.core.registry import Component
from harness.modes import Predictor
from harness.scoring import Found, contents, scoring
from harness.scoring.retrieval import Retrieval, grades_of


@scoring("reranking")
class Reranking(Retrieval):
    """The candidates of a query, the most similar first; equal ones keep the order of documents, as in any search.

    So the MAP is mteb's but for ties: there it is scikit-learn's average precision, which takes equal ones together.
    """

    def sought(self, clean: Mapping[str, Examples], metrics: Sequence[Component]) -> Any:
        """The places of the candidates of each query, in order."""
        place = {item: at for at, item in enumerate(clean["corpus"].items)}
        return [np.array(sorted(place[item] for item in own)) for own in clean["query"].candidates or ()]

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """All candidates of each query; where these are not known, a search in all documents."""
        if sought is None:
            return super().predict(predictor, inputs, depth)
        assert predictor.rank is not None
        order, similarity = predictor.rank(inputs["query"], inputs["corpus"], depth, None, sought)
        return Found(order[:, 0], similarity[:, 0], order, similarity)

    def contents(self, queries: Examples, hashes: Mapping[str, str]) -> Any:
        """A query is what it asks and its candidates: with others it is another item."""
        listed = tuple("|".join(sorted(hashes[item] for item in own)) for own in queries.candidates or ())
        return contents(queries.items, queries.text, listed)

    def knows(self, outcomes: Outcomes, examples: Mapping[str, Examples], index: Any) -> tuple[Any, ...]:
        """The grades of what answers each query, and how many candidates it has."""
        queries = examples["query"]
        grades, sizes = grades_of(queries), [len(own) for own in queries.candidates or ()]
        every = np.arange(len(queries))
        places: list[int] = (every if index is None else every[index]).tolist()
        return [grades[place] for place in places], [sizes[place] for place in places]
