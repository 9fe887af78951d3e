"""What a user's task may say in a suite: name, type and default of each field."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from harness.core.registry import Between

#: The default of a field that must be given.
REQUIRED: Any = ...

#: The primary metric first.
DEFAULT_METRICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"classification": ("accuracy", "macro-f1"), "retrieval": ("ndcg@10", "recall@10")}
)

#: What the test side gets where the rule splits. A retrieval task trains nothing, so all is for the test.
DEFAULT_TEST_SHARE: Mapping[str, float] = MappingProxyType({"classification": 0.3, "retrieval": 1.0})

#: (annotation, default) by field. None: not given; the fields that depend on others say so in the docs.
TASK_FIELDS: Mapping[str, tuple[Any, Any]] = MappingProxyType(
    {
        "name": (str, REQUIRED),
        "kind": (Literal["classification", "retrieval"], "classification"),
        "data": (str | None, None),
        "train": (str | None, None),
        "test": (str | None, None),
        "text": (str | list[str] | None, None),
        "label": (str | None, None),
        "labels": (dict[str | int | float | bool, str] | None, None),
        "query": (str | None, None),
        "document": (str | list[str] | None, None),
        "domain": (str | None, None),
        "group": (str | None, None),
        "id": (str | None, None),
        "encoding": (str | None, None),
        "config": (str | None, None),
        "revision": (str | None, None),
        "train_split": (str | None, None),
        "test_split": (str | None, None),
        "test_share": (Annotated[float, Between(0.01, 1.0)] | None, None),
        "metrics": (list[str] | None, None),
    }
)
