"""One text and its class."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.core.data import Examples
from harness.suite.schema import ColumnNames, MinClass
from harness.tasks.clusters import near_together
from harness.tasks.kinds import Kind, Pool, examples_of, task_kind
from harness.tasks.labelled import checked_classes, class_faults, class_pool
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item
from harness.tasks.task import Task, named_columns
from harness.tasks.text import text_hash


@task_kind("classification", default=True)
class Classification(Kind):
    """One text an item, which has one class of several."""

    target = "class"
    fields = {"text": ColumnNames, "label": str, "labels": dict[str, str], "min_class": MinClass}
    advice = "name `text` and `label`"
    metrics = ("accuracy", "macro-f1")
    head = "logistic"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`text`, or several columns joined by a line break, and `label`."""
        return {"text": named_columns(spec.get("text", "text")), "label": spec.get("label", "label")}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, too few classes."""
        return class_faults(spec, "text")

    def checked(self, task: Task, reading: Reading) -> Reading:
        """At least two classes, and no more than classes can be."""
        return checked_classes(task, reading)

    def item(self, row: Row) -> Item:
        """A text; copies of one are one item."""
        key = text_hash(row.text)
        return Item(row.id or key, row.group or key, key, row.text, row.label, row.domain)

    def pool(self, task: Task, split: Mapping[str, list[Item]], rows: Sequence[Row], reading: Reading) -> Pool:
        """Each class on both sides where that can be; near copies on the test side are one cluster."""
        return class_pool(task, split, reading, near_together)

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """The texts with their classes."""
        return examples_of(items, [item.text for item in items], labels=tuple(item.label for item in items))

    def labels(self, items: Iterable[Item]) -> set[str]:
        """The classes there are."""
        return {item.label for item in items}
