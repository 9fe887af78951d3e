"""Outcomes of a classification or a search, in the one schema."""

from dataclasses import replace
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.metrics.retrieval import query_sums


def _outcomes(test: Examples, gold: Any, predicted: Any, scores: Any, **sums: Any) -> Outcomes:
    return Outcomes(
        item=np.array(test.items),
        cluster=np.array(test.clusters),
        draw=np.zeros(len(test), dtype=np.int32),
        gold=np.asarray(gold).astype(str),
        prediction=np.asarray(predicted).astype(str),
        score=np.asarray(scores, dtype=np.float64),
        sums=sums,
    )


def class_outcomes(test: Examples, predicted: Any, scores: Any) -> Outcomes:
    """Outcomes of a classification."""
    return _outcomes(test, np.array(test.labels), predicted, scores)


def ranked_outcomes(queries: Examples, corpus: Examples, order: Any, similarity: Any) -> Outcomes:
    """Outcomes of a search: prediction is the first document, gold all relevant ones."""
    assert queries.relevant is not None
    ids = np.array(corpus.items)[order]
    sums = query_sums(ids, queries.relevant)
    gold = ["|".join(r) for r in queries.relevant]
    outcomes = _outcomes(queries, gold, ids[:, 0], similarity[:, 0])
    return replace(outcomes, sums=sums)
