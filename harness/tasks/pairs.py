"""What kinds of task with two texts an item have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from harness.core.data import Examples
from harness.core.inputs import Pair
from harness.suite.schema import ColumnNames
from harness.tasks.clusters import joined
from harness.tasks.kinds import Kind, Pool, examples_of
from harness.tasks.sample import draw
from harness.tasks.sources.row import Row
from harness.tasks.splits import Item
from harness.tasks.task import named_columns
from harness.tasks.text import counted, near, text_hash


class Pairs(Kind):
    """Two texts an item, each read by itself as a role; what is told of them is up to the kind."""

    roles = {"text_a": "text_a", "text_b": "text_b"}
    read = typed = stored = ("text_a", "text_b")
    fields: ClassVar[Mapping[str, Any]] = {"text_a": ColumnNames, "text_b": ColumnNames}
    advice = "name `text_a` and `text_b`"
    joined = "pairs that share a text"
    counted = ("pair", "pairs")

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Both texts, of which none may be empty."""
        first, second = (named_columns(spec.get(field, field)) for field in ("text_a", "text_b"))
        return {"text": first, "second": second, "label": None, "whole": True}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, or the same for both."""
        first, second = (spec.get(field, field) for field in ("text_a", "text_b"))
        faults = [f"`{field}` names no column." for field in ("text_a", "text_b") if spec.get(field, True) in ("", [])]
        if named_columns(first) == named_columns(second):
            named = " and ".join(map(repr, named_columns(first)))
            faults.append(f"`text_a` and `text_b` are the same column {named}; expected two.")
        return faults

    def item(self, row: Row) -> Item:
        """A pair, in its order; copies of one are one item."""
        key = f"{text_hash(row.text)}{text_hash(row.second)}"
        return Item(
            row.id or key, row.group or key, key, row.text, row.label, row.domain, False, row.second, row.number
        )

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """One of the texts of each pair, with what is told of the pair."""
        texts = [item.text if role == "text_a" else item.second for item in items]
        return examples_of(items, texts, labels=tuple(map(self.told, items)))

    def joint(self, sides: Mapping[str, Examples]) -> Examples:
        """Pairs, as the encoder's family reads them."""
        pairs = map(Pair, sides["text_a"].text, sides["text_b"].text)
        return replace(sides["text_a"], fields={"text": tuple(pairs)})

    def told(self, item: Item) -> Any:
        """What is told of a pair: its class or its number."""
        raise NotImplementedError

    def sample(self, pool: Pool, n: int) -> list[str]:
        """Both texts of some pairs."""
        return [text for item in draw(pool.sides["test"], n, seed=0) for text in (item.text, item.second)]


def sharing_a_text(items: Iterable[Item]) -> tuple[Item, ...]:
    """The pairs with those that share a text, or a near copy of one, as one cluster; groups stay as they are."""
    found = list(items)
    names = joined([[f"near:{text_hash(near(text))}" for text in (item.text, item.second)] for item in found])
    return tuple(
        item._replace(cluster=name) if item.cluster == item.key else item
        for item, name in zip(found, names, strict=True)
    )


def with_shared_note(pool: Pool) -> Pool:
    """The pool with a note that counts test pairs of which train has a text in another pair."""
    learnt = {text_hash(text) for item in pool.sides["train"] for text in (item.text, item.second)}
    n_shared = sum(not learnt.isdisjoint((item.key[:16], item.key[16:])) for item in pool.sides["test"])
    if not n_shared:
        return pool
    note = f"{counted(n_shared, 'test pair')} of {len(pool.sides['test']):,} share a text with a train pair"
    return replace(pool, notes=(*pool.notes, note))
