"""One text and several labels of it, or none."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.core.errors import DataError
from harness.suite.schema import ColumnNames
from harness.tasks.checks import check_labels, class_names, named_classes
from harness.tasks.kinds import task_kind
from harness.tasks.kinds.classification import Classification
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, Pool, clustered
from harness.tasks.task import Task, named_columns
from harness.tasks.text import counted


@task_kind("multi-label")
class MultiLabel(Classification):
    """One text an item, which has several labels, one, or none: emotions, topics, what a ticket is about."""

    target = "labels"
    fields = {"text": ColumnNames, "label": str, "separator": str, "label_columns": ColumnNames}
    advice = "name `text` and `label`, or `label_columns`"
    metrics = ("micro-f1", "macro-f1-labels", "macro-average-precision")
    objective = "binary-cross-entropy"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`text`, and the labels: in one column (`label`, with a `separator`) or a column each (`label_columns`)."""
        flags = named_columns(spec.get("label_columns", ()))
        several = {} if flags else {"several": spec.get("label", "label"), "separator": spec.get("separator")}
        return {**super().columns(spec), "label": None, "flags": flags, **several}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, labels in two places, nothing between labels."""
        faults, beside = super().faults(spec), [f"`{field}`" for field in ("label", "separator") if field in spec]
        if "label_columns" in spec and beside:
            faults.append(
                f"{' and '.join(beside)}: no meaning beside `label_columns`, which hold 0 or 1. Give one of both."
            )
        if spec.get("separator") == "":
            faults.append("`separator` is empty; expected what stands between labels, such as ';'.")
        return faults

    def checked(self, task: Task, reading: Reading) -> Reading:
        """Labels that rows share, with a note on rows that have none, or where each has one."""
        counts = Counter(label for row in reading.rows for label in row.labels)
        check_labels(counts, len(reading.rows), reading.place, _told(task))
        if all(len(row.labels) == 1 for row in reading.rows):
            reading = reading.noted("each text has one label: as classes (no `kind`) they would be told apart better")
        elif n_bare := sum(not row.labels for row in reading.rows):
            reading = reading.noted(f"{counted(n_bare, 'row')} without a label")
        return reading

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a text; labels are on the sides that the rule gives them. Something to learn and to judge by."""
        pool = self.left(task, split, reading)
        learnt, tested = ([label for item in side if not item.held_out for label in item.labels] for side in pool[:2])
        for side, labels in (("train", learnt), ("test", tested)):
            if not labels:
                raise DataError(f"{reading.place}: no text of the {side} side has a label. Add rows, or another file.")
        counts, known = Counter([*learnt, *tested]), set(learnt)
        gone = Counter(label for label in tested if label not in known)
        if gone:
            n_texts = counted(sum(not known.issuperset(item.labels) for item in pool.test), "test text")
            what = f"{n_texts} with {counted(len(gone), 'label')} that train has none of, which no row can say"
            pool = pool.noted(what + named_classes(gone, class_names(counts)))
        return pool._replace(test=clustered(pool.test, self.together(pool.test)))

    def told(self, item: Item) -> Any:
        """Its labels."""
        return item.labels

    def classes(self, item: Item) -> tuple[str, ...]:
        """Its labels."""
        return item.labels


def _told(task: Task) -> str:
    """Where the labels are, in words."""
    if task.columns.flags:
        return f"columns {', '.join(map(repr, task.columns.flags))}"
    return f"column {task.columns.several!r}"
