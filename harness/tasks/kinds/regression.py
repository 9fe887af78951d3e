"""One text and a number that is to be learnt."""

from collections.abc import Mapping
from typing import Any

from harness.suite.schema import ColumnNames
from harness.tasks.kinds import task_kind
from harness.tasks.kinds.classification import Classification


@task_kind("regression")
class Regression(Classification):
    """One text an item, and a number that is to be predicted: stars, minutes, a rating."""

    target = "value"
    fields = {"text": ColumnNames, "score": str}
    advice = "name `text` and `score`"
    metrics = ("spearman", "rmse")
    head = "ridge"
    objective = "squared-error"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`text`, or several columns joined by a line break, and `score`."""
        return {**super().columns(spec), "label": None, "number": spec.get("score", "score")}
