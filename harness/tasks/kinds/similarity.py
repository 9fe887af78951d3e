"""Two texts and how similar they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.tasks.kinds import Pool, task_kind
from harness.tasks.labelled import number_pool
from harness.tasks.pairs import Pairs, sharing_a_text, with_shared_note
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item
from harness.tasks.task import Task


@task_kind("similarity")
class Similarity(Pairs):
    """Two texts an item, and a number that says how similar they are."""

    target = "number"
    fields = {**Pairs.fields, "score": str}
    metrics = ("spearman", "pearson")
    head = "ridge"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Both texts and `score`."""
        return {**super().columns(spec), "number": spec.get("score", "score")}

    def pool(self, task: Task, split: Mapping[str, list[Item]], rows: Sequence[Row], reading: Reading) -> Pool:
        """Numbers that differ on both sides; pairs on the test side that share a text are one cluster."""
        return with_shared_note(number_pool(task, split, reading, sharing_a_text))

    def told(self, item: Item) -> float:
        """Its number."""
        return item.value
