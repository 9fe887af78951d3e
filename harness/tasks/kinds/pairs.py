"""Two texts, and the class of the pair or how similar they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.core.data import Examples
from harness.core.inputs import Pair
from harness.suite.schema import ColumnNames
from harness.tasks.kinds import task_kind
from harness.tasks.kinds.classification import Labelled
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item, Pool, joined, near_name
from harness.tasks.task import Task, named_columns
from harness.tasks.text import counted, text_hash


class Pairs(Labelled):
    """Two texts an item, each read by itself as a role; what is told of them is up to the kind."""

    roles = {"text_a": "text_a", "text_b": "text_b"}
    read = typed = stored = ("text_a", "text_b")
    fields = {"text_a": ColumnNames, "text_b": ColumnNames}
    advice = "name `text_a` and `text_b`"
    joined = "pairs that share a text"
    counted = ("pair", "pairs")

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Both texts, of which none may be empty, and `label`."""
        first, second = (named_columns(spec.get(field, field)) for field in self.roles)
        return {**super().columns(spec), "text": first, "second": second, "whole": True}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, the same for both, too few classes."""
        faults, (first, second) = super().faults(spec), (named_columns(spec.get(field, field)) for field in self.roles)
        if first == second:
            named = " and ".join(map(repr, first))
            faults.append(f"`text_a` and `text_b` are the same column {named}; expected two.")
        return faults

    def content(self, row: Row) -> str:
        """Both texts, in their order."""
        return f"{text_hash(row.text)}{text_hash(row.second)}"

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a pair, with a note that counts test pairs of which train has a text in another pair."""
        pool = super().pool(task, split, reading)
        learnt = {text_hash(text) for item in pool.train for text in (item.text, item.second)}
        n_shared = sum(not learnt.isdisjoint((item.key[:16], item.key[16:])) for item in pool.test)
        note = f"{counted(n_shared, 'test pair')} of {len(pool.test):,} share a text with a train pair"
        return pool.noted(note) if n_shared else pool

    def together(self, items: Sequence[Item]) -> list[str]:
        """One name for pairs that share a text, or a near copy of one."""
        return joined([[near_name(text) for text in (item.text, item.second)] for item in items])

    def joint(self, sides: Mapping[str, Examples]) -> Examples:
        """Pairs, as the encoder's family reads them."""
        pairs = map(Pair, sides["text_a"].text, sides["text_b"].text)
        return replace(sides["text_a"], fields={"text": tuple(pairs)})

    def matched(self, sides: Mapping[str, Examples]) -> Examples:
        """The two texts of each pair."""
        return replace(sides["text_a"], fields={role: side.text for role, side in sides.items()})


@task_kind("pair-classification")
class PairClassification(Pairs):
    """Two texts an item, and one class of several: a paraphrase or not, an answer that fits or does not."""

    fields = {**Pairs.fields, **Labelled.fields}


@task_kind("similarity")
class Similarity(Pairs):
    """Two texts an item, and a number that says how similar they are."""

    target = "number"
    fields = {**Pairs.fields, "score": str}
    metrics = ("spearman", "pearson")
    head = "ridge"
    objective = "squared-error"

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Both texts and `score`."""
        return {**super().columns(spec), "label": None, "number": spec.get("score", "score")}
