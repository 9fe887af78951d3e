"""Two texts and how similar they are."""

from collections.abc import Mapping
from typing import Any

from harness.tasks.kinds import task_kind
from harness.tasks.pairs import Pairs


@task_kind("similarity")
class Similarity(Pairs):
    """Two texts an item, and a number that says how similar they are."""

    target = "number"
    fields = {**Pairs.fields, "score": str}
    metrics = ("spearman", "pearson")
    head = "ridge"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Both texts and `score`."""
        return {**super().columns(spec), "label": None, "number": spec.get("score", "score")}
