"""Scores of a search: which documents are found for a query, and in which order."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.metrics.retrieval import query_sums
from harness.modes import Predictor
from harness.scoring import Found, Scoring, contents, outcomes_of, scoring

#: Documents whose similarity to a query differs by this share, or less, are as near as rounding tells.
TIED = 1e-5


@scoring("retrieval")
class Retrieval(Scoring):
    """The documents most similar to a query."""

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int) -> Found:
        """The first documents of each query; the prediction is the first."""
        assert predictor.rank is not None
        order, similarity = predictor.rank(inputs["query"], inputs["corpus"], depth)
        return Found(order[:, 0], similarity[:, 0], order, similarity)

    def outcomes(self, clean: Mapping[str, Examples], found: Found) -> Outcomes:
        """The first document against all relevant ones, and hashes of those found first and of those that answer."""
        queries, corpus = clean["query"], clean["corpus"]
        assert queries.relevant is not None
        ids, texts = np.array(corpus.items)[found.order], np.array([document_hash(text) for text in corpus.text])
        by_id = dict(zip(corpus.items, texts.tolist(), strict=True))
        return outcomes_of(
            queries,
            np.array(["|".join(relevant) for relevant in queries.relevant]),
            Found(ids[:, 0].astype(str), found.scores),
            contents(queries.items, queries.text),
            sums=query_sums(ids, queries.relevant),
            answers=np.array(["|".join(sorted(by_id[one] for one in r)) for r in queries.relevant]),
            ranking=np.array(["|".join(row) for row in texts[found.order].tolist()]),
        )

    def knows(self, outcomes: Outcomes, examples: Mapping[str, Examples], index: Any) -> tuple[Any, ...]:
        """How many documents answer each query, and how many are searched."""
        n_relevant = np.array([len(relevant) for relevant in examples["query"].relevant or ()])
        return (n_relevant if index is None else n_relevant[index], len(examples["corpus"]))

    def changed(self, before: Found, after: Found) -> Any:
        """Whether another document is first, unless the two are as near as rounding tells."""
        first = after.similarity[after.order == before.order[:, :1]]
        return after.similarity[:, 0] - first > TIED * np.abs(after.similarity[:, 0])

    def hidden(self, outcomes: Outcomes, hide: Any) -> dict[str, Any]:
        """The ids of documents."""
        gold = [np.array(value.split("|")) for value in outcomes.gold.tolist()]
        return {"gold": np.array(["|".join(hide(ids)) for ids in gold]), "prediction": hide(outcomes.prediction)}


def document_hash(text: str) -> str:
    """8 hex digits over the text of a document, whatever its id."""
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
