"""Two texts and the class of the pair."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.suite.schema import MinClass
from harness.tasks.kinds import Pool, task_kind
from harness.tasks.labelled import checked_classes, class_faults, class_pool
from harness.tasks.pairs import Pairs, sharing_a_text, with_shared_note
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item
from harness.tasks.task import Task


@task_kind("pair-classification")
class PairClassification(Pairs):
    """Two texts an item, and one class of several: a paraphrase or not, an answer that fits or does not."""

    target = "class"
    fields = {**Pairs.fields, "label": str, "labels": dict[str, str], "min_class": MinClass}
    metrics = ("accuracy", "macro-f1")
    head = "logistic"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Both texts and `label`."""
        return {**super().columns(spec), "label": spec.get("label", "label")}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, the same for both, too few classes."""
        return [*super().faults(spec), *class_faults(spec)]

    def checked(self, task: Task, reading: Reading) -> Reading:
        """At least two classes, and no more than classes can be."""
        return checked_classes(task, reading)

    def pool(self, task: Task, split: Mapping[str, list[Item]], rows: Sequence[Row], reading: Reading) -> Pool:
        """Each class on both sides where that can be; pairs on the test side that share a text are one cluster."""
        return with_shared_note(class_pool(task, split, reading, sharing_a_text))

    def told(self, item: Item) -> str:
        """Its class."""
        return item.label

    def labels(self, items: Iterable[Item]) -> set[str]:
        """The classes there are."""
        return {item.label for item in items}
