"""Metrics: facts, the columns a metric sums, and a function of the sums.

To add one, write a function from sums (..., k) to values (...,) in this package and decorate it.
"""

from harness.metrics.declare import metric, score
from harness.metrics.retrieval import ndcg_at_10, query_sums, recall_at_10

__all__ = ["metric", "ndcg_at_10", "query_sums", "recall_at_10", "score"]
