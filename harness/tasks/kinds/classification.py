"""One text and its class."""

from collections.abc import Mapping
from typing import Any

from harness.suite.schema import ColumnNames
from harness.tasks.kinds import task_kind
from harness.tasks.labelled import Labelled
from harness.tasks.task import named_columns


@task_kind("classification", default=True)
class Classification(Labelled):
    """One text an item, which has one class of several."""

    fields = {"text": ColumnNames, **Labelled.fields}
    advice = "name `text` and `label`"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`text`, or several columns joined by a line break, and `label`."""
        return {"text": named_columns(spec.get("text", "text")), **super().columns(spec)}
