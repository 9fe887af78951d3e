"""Defaults of a user's task."""

from collections.abc import Mapping
from types import MappingProxyType

#: The primary metric first.
DEFAULT_METRICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"classification": ("accuracy", "macro-f1"), "retrieval": ("ndcg@10", "recall@10")}
)

#: What the test side gets where the rule splits. A retrieval task trains nothing, so all is for the test.
DEFAULT_TEST_SHARE: Mapping[str, float] = MappingProxyType({"classification": 0.3, "retrieval": 1.0})
