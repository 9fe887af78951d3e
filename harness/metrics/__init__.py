"""Metrics: facts, the columns a metric looks at, and a function of their sums or of weighted items.

To add one, write a function in this package and decorate it: see `metric`, and `query_metric` for a search.
"""

from harness.metrics.bound import Metric
from harness.metrics.declare import metric
from harness.metrics.retrieval import Judged, in_ranking, judged, query_metric, query_sums

__all__ = ["Judged", "Metric", "in_ranking", "judged", "metric", "query_metric", "query_sums"]
