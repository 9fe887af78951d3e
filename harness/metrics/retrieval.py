"""Metrics of a ranking of documents for each query. A document answers a query or does not."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.core.data import Outcomes
from harness.core.errors import DataError
from harness.metrics.declare import Floats, metric, ratio

#: Only so many documents of a ranking count.
DEPTH = 10
#: What the document at each rank adds to nDCG.
DISCOUNTS = 1 / np.log2(np.arange(2, DEPTH + 2))


def ndcg_at_10(relevance: ArrayLike, n_relevant: ArrayLike) -> Floats:
    """nDCG@10 of each query: the discounted gain of its first ten documents over that of the best ranking.

    `relevance` (n_queries, at most 10) is 1 where the document at this rank answers the query; `n_relevant`
    (n_queries,) counts the documents that do. Järvelin, Kekäläinen 2002, doi:10.1145/582415.582418.
    """
    gains = np.asarray(relevance, dtype=np.float64)[:, :DEPTH]
    best = np.cumsum(DISCOUNTS)[np.minimum(np.asarray(n_relevant, dtype=int), DEPTH) - 1]
    values: Floats = gains @ DISCOUNTS[: gains.shape[1]] / best
    return values


def recall_at_10(relevance: ArrayLike, n_relevant: ArrayLike) -> Floats:
    """The share of each query's answers that is among its first ten documents. Shapes as in `ndcg_at_10`."""
    values: Floats = np.asarray(relevance, dtype=np.float64)[:, :DEPTH].sum(axis=1) / np.asarray(n_relevant)
    return values


def query_sums(ranked: Sequence[Sequence[str]], relevant: Sequence[Collection[str]]) -> dict[str, Floats]:
    """The columns `ndcg@10` and `recall@10` of a retrieval cell's outcomes, (n_queries,) each.

    `ranked` gives each query's documents, best first (ten will do), `relevant` those that answer it.
    DataError names the first query that nothing answers.
    """
    relevance = np.zeros((len(ranked), DEPTH))
    for i, (documents, answers) in enumerate(zip(ranked, relevant, strict=True)):
        if not answers:
            raise DataError(f"query {i + 1} of {len(ranked)} has no relevant document, so it cannot be scored.")
        known = set(answers)
        found = [document in known for document in documents[:DEPTH]]
        relevance[i, : len(found)] = found
    n_relevant = np.array([len(set(answers)) for answers in relevant], dtype=int)
    return {"ndcg@10": ndcg_at_10(relevance, n_relevant), "recall@10": recall_at_10(relevance, n_relevant)}


def _ndcg_columns(outcomes: Outcomes) -> Floats:
    return _with_ones(outcomes.sums["ndcg@10"])


def _recall_columns(outcomes: Outcomes) -> Floats:
    return _with_ones(outcomes.sums["recall@10"])


def _with_ones(values: ArrayLike) -> Floats:
    """(n_queries, 2): the value; 1."""
    values = np.asarray(values, dtype=np.float64)
    return np.stack([values, np.ones(len(values))], axis=1)


def _random_ndcg(n_relevant: ArrayLike, n_documents: int) -> float:
    """Mean nDCG@10 of random orders: each rank holds one of the r answers of a query with chance r / n_documents.

    `n_relevant` (n_queries,) counts each query's answers among the `n_documents` searched; NaN without queries.
    """
    answers = np.asarray(n_relevant, dtype=int)
    best = np.cumsum(DISCOUNTS)[np.minimum(answers, DEPTH) - 1]
    each = answers / n_documents * DISCOUNTS[:n_documents].sum() / best
    return float(each.mean()) if len(each) else float("nan")


def _random_recall(n_relevant: ArrayLike, n_documents: int) -> float:
    """Recall@10 of random orders: the share of the documents that ten are, however many of them are answers."""
    return min(DEPTH, n_documents) / n_documents


@metric(
    "ndcg@10",
    label="nDCG@10",
    columns=_ndcg_columns,
    unit="mean over queries",
    range=(0.0, 1.0),
    chance=_random_ndcg,
    test="sign-flip",
    applies_to=("retrieval",),
)
def ndcg(sums: Floats) -> Floats:
    """How high the answers stand among the first ten documents, mean over queries. Sums: nDCG, queries."""
    return ratio(sums[..., 0], sums[..., 1])


@metric(
    "recall@10",
    label="recall@10",
    columns=_recall_columns,
    unit="mean over queries",
    range=(0.0, 1.0),
    chance=_random_recall,
    test="sign-flip",
    applies_to=("retrieval",),
)
def recall(sums: Floats) -> Floats:
    """The share of answers that the first ten documents hold, mean over queries. Sums: recall, queries."""
    return ratio(sums[..., 0], sums[..., 1])
