"""One text and its class, which nobody learns: are texts of one class near each other?"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.core.errors import DataError
from harness.tasks.checks import class_names
from harness.tasks.kinds import task_kind
from harness.tasks.kinds.classification import Classification
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, Pool, clustered
from harness.tasks.task import Task


@task_kind("clustering")
class Clustering(Classification):
    """One text an item; texts are put into clusters without being told their classes, which are then compared."""

    target = "cluster"
    metrics = ("v-measure",)
    test_share = 1.0
    head = None
    objective = None

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """Those of classes; a train side."""
        told = "`train` has no meaning for clustering, which learns nothing; give `data`, or `test` alone."
        return [*super().faults(spec), *([told] if "train" in spec else [])]

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a text, all of them on the test side unless `test_share` says otherwise."""
        pool = self.left(task, {**split, "train": []}, reading)
        counts = Counter(item.label for item in pool.test)
        if len(counts) < 2:
            raise DataError(
                f"{reading.place}: the test side has texts of {len(counts)} of the classes; expected at least two. Add "
                "rows, or raise `test_share`.",
                plain=class_names(counts),
            )
        return pool._replace(test=clustered(pool.test, self.together(pool.test)))

    def told(self, item: Item) -> Any:
        """Its class."""
        return item.label

    def classes(self, item: Item) -> tuple[str, ...]:
        """Its class."""
        return (item.label,)
