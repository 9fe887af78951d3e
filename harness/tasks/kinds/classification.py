"""One text and its class; and what kinds with a class or a number an item have in common, whatever its texts are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.suite.schema import ColumnNames, MinClass
from harness.tasks.balance import balanced, share_note
from harness.tasks.checks import alike_note, check_classes, check_sides, class_names, lists_note, named_classes
from harness.tasks.kinds import NUMBERS, Kind, Target, examples_of, task_kind
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, Pool, clustered, left_of, near_name
from harness.tasks.task import Task, named_columns
from harness.tasks.text import counted


class Labelled(Kind):
    """A class of several an item, or a number where `target` says so."""

    target: ClassVar[Target] = "class"
    fields = {"label": str, "labels": dict[str, str], "min_class": MinClass}
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "macro-f1")
    head: ClassVar[str | None] = "logistic"
    objective: ClassVar[str | None] = "cross-entropy"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`label`."""
        return {"label": spec.get("label", "label")}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, too few classes."""
        faults = super().faults(spec)
        if "labels" in self.fields.keys() & spec.keys() and len(set(spec["labels"].values())) < 2:
            faults.append("`labels` names fewer than two classes; expected at least two.")
        return faults

    def checked(self, task: Task, reading: Reading) -> Reading:
        """At least two classes, and no more than classes can be, with notes on them."""
        if self.target in NUMBERS:
            return reading
        counts = Counter(row.label for row in reading.rows)
        check_classes(counts, reading.place, task.columns.label or "label")
        return reading.noted(*alike_note(counts), *lists_note(counts))

    def left(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a text, with notes on the rows and on texts of which different things are told."""
        is_split = "all" in reading.sides and self.trains
        pool = (balanced(split, task.test_share) if is_split else left_of(split)).noted(*reading.notes)
        if not pool.n_conflicting:
            return pool
        what = f"under different {'numbers' if self.target in NUMBERS else 'labels'}"
        return pool.noted(f"{pool.n_conflicting:,} {self.counted[1]} that occur {what} are left out")

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a text. Each class on both sides where a rule splits; numbers that differ on either side."""
        is_split, is_grouped, pool = (
            "all" in reading.sides,
            task.columns.group is not None,
            self.left(task, split, reading),
        )
        counts = Counter(item.label for item in (*pool.train, *pool.test))
        if self.target in NUMBERS:
            _check_numbers(pool, task, reading.place)
        elif is_split:
            pool = without_one_sided(pool, is_grouped)
            pool = pool.noted(*share_note(pool, task.test_share, is_grouped))
        else:
            pool = pool.noted(*_unlearnt_note(pool, counts))
        if self.target == "class":
            check_sides(pool, counts, reading.place)
        return pool._replace(test=clustered(pool.test, self.together(pool.test)))

    def together(self, items: Sequence[Item]) -> list[str]:
        """A name for each item of the test side, one for those that are resampled together: near copies."""
        return [near_name(item.text) for item in items]

    def whole(self, pool: Pool) -> Sequence[Item]:
        """The items of both sides, near copies together."""
        items = super().whole(pool)
        return clustered(items, self.together(items))

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """One of the texts of each item, with what is told of it."""
        texts = [item.text if role == self.scored else item.second for item in items]
        return examples_of(items, texts, labels=tuple(map(self.told, items)))

    def told(self, item: Item) -> Any:
        """What is told of an item."""
        return item.label if self.target == "class" else item.value

    def classes(self, item: Item) -> tuple[str, ...]:
        """Its class, where it has one."""
        return (item.label,) if self.target == "class" else ()


@task_kind("classification", default=True)
class Classification(Labelled):
    """One text an item, which has one class of several."""

    fields = {"text": ColumnNames, **Labelled.fields}
    advice = "name `text` and `label`"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`text`, or several columns joined by a line break, and `label`."""
        return {"text": named_columns(spec.get("text", "text")), **super().columns(spec)}

    def tables(
        self, sides: Mapping[str, Mapping[str, Examples]]
    ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
        """A file a side: id, the texts by role, what is told of them, group, and domain where there are any."""
        told = "score" if self.target in NUMBERS else "label"
        tables: dict[str, list[dict[str, Any]]] = {}
        fields = {"id": "id", "group": "group", told: told, **{role: role for role in self.roles}}
        for side, by_role in sides.items():
            first = by_role[self.scored]
            texts = zip(*(by_role[role].text for role in self.roles), strict=True)
            domains, held_out = first.domains or ("",) * len(first), first.held_out or (False,) * len(first)
            for i, own in enumerate(texts):
                name = "validation.jsonl" if held_out[i] else f"{side}.jsonl"
                row = {"id": first.items[i], **dict(zip(self.roles, own, strict=True)), told: (first.labels or ())[i]}
                row |= {"group": first.clusters[i]} | ({"domain": domains[i]} if domains[i] else {})
                tables.setdefault(name, []).append(row)
        fields |= {"domain": "domain"} if any("domain" in row for rows in tables.values() for row in rows) else {}
        return tables, {name.removesuffix(".jsonl"): name for name in tables} | fields


def _check_numbers(pool: Pool, task: Task, place: str) -> None:
    """DataError where all numbers of a side are the same, so that they have no order."""
    for side, items in (("train", [item for item in pool.train if not item.held_out]), ("test", pool.test)):
        if len({item.value for item in items}) < 2:
            said = f"have the number {items[0].value:g} in column {task.columns.number!r}" if items else "there are"
            raise DataError(
                f"{place}: all {len(items)} rows of the {side} side {said}; expected at least two numbers. "
                "Add rows, or name another column."
            )


def without_one_sided(pool: Pool, is_grouped: bool) -> Pool:
    """What is left of the classes that have a text on either side, and a note that counts the others."""
    one_sided = {item.label for item in pool.train} ^ {item.label for item in pool.test}
    counts = Counter(item.label for item in (*pool.train, *pool.test))
    gone = Counter({label: n for label, n in counts.items() if label in one_sided})
    if not gone:
        return pool
    whose = "whose groups cannot be parted" if is_grouped else "of one text"
    what = f"{counted(len(gone), 'class', 'classes')} {whose} left out ({counted(gone.total(), 'text')})"
    kept = [[item for item in side if item.label not in gone] for side in (pool.train, pool.test)]
    return pool._replace(train=kept[0], test=kept[1]).noted(what + named_classes(gone, class_names(counts)))


def _unlearnt_note(pool: Pool, counts: Counter[str]) -> tuple[str, ...]:
    """A note that counts the test texts of classes that no text of train has; `counts` are of all texts."""
    learnt = {item.label for item in pool.train if not item.held_out}
    gone = Counter(item.label for item in pool.test if item.label not in learnt)
    if not gone:
        return ()
    what = f"{counted(gone.total(), 'test text')} of {counted(len(gone), 'class', 'classes')} that train has none of"
    return (f"{what}, wrong for every row{named_classes(gone, class_names(counts))}",)
