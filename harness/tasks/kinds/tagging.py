"""Sentences that come cut into words, and a tag for each word."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.inputs import Words
from harness.core.tags import entities
from harness.suite.schema import ColumnNumber
from harness.tasks.balance import balanced, share_note
from harness.tasks.checks import named_classes
from harness.tasks.kinds import Kind, examples_of, task_kind
from harness.tasks.sources.row import Reading
from harness.tasks.splits import Item, Pool, clustered, left_of, near_name
from harness.tasks.task import Task
from harness.tasks.text import counted


@task_kind("tagging")
class Tagging(Kind):
    """Words of a sentence, each with a tag: the names of persons, places and products in it (IOB1, IOB2, BIOES)."""

    target = "tags"
    per = "word"
    pooler = "word-mean"
    fields = {"tokens": ColumnNumber, "tags": ColumnNumber}
    advice = "name `tokens` and `tags`"
    metrics = ("entity-f1", "surface-f1")
    head = "logistic"
    objective = "token-cross-entropy"
    counted = ("sentence", "sentences")

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`tokens` and `tags`: columns of lists, or numbers of columns in a .conll file."""
        named = {field: str(spec.get(field, field)) for field in self.fields}
        return {"text": (), "label": None, "words": named["tokens"], "tags": named["tags"]}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, the same for both."""
        named = [str(spec.get(field, field)) for field in self.fields]
        faults = [f"`{field}` names no column." for field in self.fields if spec.get(field, True) == ""]
        if named[0] == named[1]:
            faults.append(f"`tokens` and `tags` are the same column {named[0]!r}; expected two.")
        return faults

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a sentence. DataError where a side has no sentence, or none with an entity."""
        is_split = "all" in reading.sides
        pool = (balanced(split, task.test_share) if is_split else left_of(split)).noted(*reading.notes)
        if pool.n_conflicting:
            pool = pool.noted(f"{pool.n_conflicting:,} sentences that occur under different tags are left out")
        if is_split:
            pool = pool.noted(*share_note(pool, task.test_share, task.columns.group is not None))
        learnt, tested = _types([item for item in pool.train if not item.held_out]), _types(pool.test)
        for side, types, items in (("train", learnt, pool.train), ("test", tested, pool.test)):
            if not types:
                what = f"none of the {len(items):,} sentences of the {side} side has an entity" if items else ""
                told = what or f"the {side} side has no sentences"
                raise DataError(
                    f"{reading.place}: {told}; expected some words that are tagged with a type. "
                    f"Name another column in `tags`, or add sentences."
                )
        pool = pool.noted(*_types_notes(learnt, tested))
        return pool._replace(test=clustered(pool.test, [near_name(item.text) for item in pool.test]))

    def draw(self, pool: Pool, items: Sequence[Item], size: int, seed: int) -> list[Item]:
        """Sentences with an entity and those without in proportion, so that a small sample has some."""
        by_id = {item.id: item for item in items}
        told = [item._replace(label=str(any(map(_is_inside, item.tags)))) for item in items]
        return [by_id[item.id] for item in super().draw(pool, told, size, seed)]

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """The words of each sentence, and their tags."""
        read = examples_of(items, [item.text for item in items], tags=tuple(item.tags for item in items))
        return Examples(**{**vars(read), "fields": {"text": tuple(Words(item.words) for item in items)}})

    def tables(
        self, sides: Mapping[str, Mapping[str, Examples]]
    ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
        """A file a side: id, words, tags, group, and domain where there are any."""
        tables: dict[str, list[dict[str, Any]]] = {}
        for side, by_role in sides.items():
            own = by_role[self.scored]
            domains, held_out = own.domains or ("",) * len(own), own.held_out or (False,) * len(own)
            for i, (sentence, tags) in enumerate(zip(own.text, own.tags or (), strict=True)):
                row = {"id": own.items[i], "tokens": list(sentence.words), "tags": list(tags), "group": own.clusters[i]}
                row |= {"domain": domains[i]} if domains[i] else {}
                tables.setdefault("validation.jsonl" if held_out[i] else f"{side}.jsonl", []).append(row)
        fields = {"id": "id", "group": "group", "tokens": "tokens", "tags": "tags"}
        fields |= {"domain": "domain"} if any("domain" in row for rows in tables.values() for row in rows) else {}
        return tables, {name.removesuffix(".jsonl"): name for name in tables} | fields


def _is_inside(tag: str) -> bool:
    return tag != "O"


def _types(items: Sequence[Item]) -> Counter[str]:
    """How many entities there are, by type."""
    return Counter(entity.type for item in items for entity in entities(item.tags))


def _types_notes(learnt: Counter[str], tested: Counter[str]) -> list[str]:
    """Notes on the types of entities, and on those that nobody can have learnt."""
    both = learnt + tested
    notes = [
        f"{counted(both.total(), 'entity', 'entities')} of {counted(len(both), 'type')}{named_classes(both, both)}"
    ]
    if gone := Counter({kind: n for kind, n in tested.items() if kind not in learnt}):
        what = f"{counted(gone.total(), 'test entity', 'test entities')} of {counted(len(gone), 'type')}"
        notes.append(f"{what} that train has none of, missed by every row{named_classes(gone, gone)}")
    return notes
