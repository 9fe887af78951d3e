"""Kinds of task, the side of the data: what the items are, what is asked of them, how rows become items.

A kind is a class in a file below this package (those of pairs share one), decorated with `@task_kind(name)`; its other
half, how items are scored, stands under the same name in `harness.scoring`.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar, Literal

from harness.core.data import Examples
from harness.core.registry import Catalogue, component, found_in
from harness.suite.schema import ColumnNames
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item, Pool, draw
from harness.tasks.task import Task
from harness.tasks.text import text_hash

#: What is told of an item.
Target = Literal["class", "labels", "number", "value", "cluster", "relevant", "tags"]
#: Those that are numbers.
NUMBERS: tuple[Target, ...] = ("number", "value")
#: `@task_kind(name)` above a subclass of `Kind` makes it a kind of task.
task_kind = partial(component, "task-kind")


class Kind:
    """What the harness asks of a kind of task. Stateless; what is not said here is that of one text an item.

    roles: the sides of an item that an encoder reads, as keys have them, and what suites and messages call them; the
        items of the first are scored. `read` are those whose texts are measured and timed.
    typed: the roles that a person writes when the encoder is served, where typing errors occur; `stored` those that
        are written before and may be long, where texts are cut. A role may be both.
    target: what is told of an item: a class; several `labels` or none; a number that says how alike its texts are; a
        number that is to be learnt (`value`); the class of its `cluster`; which documents are `relevant`; or the `tags`
        of its words.
    per: what has a vector, a text or each of its words; `pooler` makes them where a suite names none (None: that of
        each encoder).
    fields: the fields of its YAML mapping beside those of every kind, with their annotations. `advice` says what to
        write in place of another kind's field.
    metrics: the primary one first. `test_share`: what the test side gets where a rule splits.
    head: of a probe. `objective`: of a training.
    joined: what is resampled together where nobody named groups, in words. `counted`: an item, and several of them.
    """

    name: ClassVar[str]
    roles: ClassVar[Mapping[str, str]] = {"text": "text"}
    read: ClassVar[tuple[str, ...]] = ("text",)
    typed: ClassVar[tuple[str, ...]] = ("text",)
    stored: ClassVar[tuple[str, ...]] = ("text",)
    target: ClassVar[Target]
    per: ClassVar[Literal["text", "word"]] = "text"
    pooler: ClassVar[str | None] = None
    fields: ClassVar[Mapping[str, Any]] = {}
    advice: ClassVar[str] = ""
    metrics: ClassVar[tuple[str, ...]]
    test_share: ClassVar[float] = 0.3
    head: ClassVar[str | None] = None
    objective: ClassVar[str | None] = None
    joined: ClassVar[str] = ""
    counted: ClassVar[tuple[str, str]] = ("text", "texts")

    @property
    def scored(self) -> str:
        """The role whose items have an outcome."""
        return next(iter(self.roles))

    @property
    def searched(self) -> tuple[str, ...]:
        """The roles whose items have none: what is searched."""
        return () if self.trains else tuple(self.roles)[1:]

    @property
    def trains(self) -> bool:
        """Whether something is learnt from the train side."""
        return self.target not in ("cluster", "relevant")

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Which columns a user's mapping names, by field of `Columns`, beside those of every kind."""
        raise NotImplementedError

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """What is wrong in a user's mapping beyond types and fields of other kinds, as sentences: no column named."""
        several = [field for field, note in self.fields.items() if note is ColumnNames]
        return [f"`{field}` names no column." for field in several if spec.get(field, True) in ("", [])]

    def checked(self, task: Task, reading: Reading) -> Reading:
        """The rows, if the kind can use them. DataError says what to do where it cannot."""
        return reading

    def content(self, row: Row) -> str:
        """The hash of what an item is: copies of one are one item."""
        return text_hash(row.text)

    def item(self, row: Row) -> Item:
        """The item of a row, which is its own id and cluster where the row names none."""
        key = self.content(row)
        told: dict[str, Any] = {"second": row.second, "value": row.number, "labels": row.labels}
        told |= {"words": row.words, "tags": row.tags}
        return Item(row.id or key, row.group or key, key, row.text, row.label, row.domain, **told)

    def classes(self, item: Item) -> tuple[str, ...]:
        """The classes that an item has; none where it has something else."""
        return ()

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """The items of both sides. DataError where they cannot serve the task."""
        raise NotImplementedError

    def draw(self, pool: Pool, items: Sequence[Item], size: int, seed: int) -> list[Item]:
        """A sample of items of one side, in order of id; a bigger one holds the smaller."""
        return draw(items, size, seed)

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """Items of one side as a role of them is read."""
        raise NotImplementedError

    def joint(self, sides: Mapping[str, Examples]) -> Examples:
        """The items with all their sides as one input, as an encoder reads them that is trained for the task.

        That is the text; a kind of several sides says what it is.
        """
        (text,) = sides.values()
        return text

    def matched(self, sides: Mapping[str, Examples]) -> Examples:
        """The items with a field a role, each read by itself, as an encoder learns them whose vectors are compared.

        Where there is one role these are the texts; a kind of several sides says what belongs together.
        """
        (text,) = sides.values()
        return text

    def tables(
        self, sides: Mapping[str, Mapping[str, Examples]]
    ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
        """Examples by side and role as rows of files by name, and the fields of the mapping that reads them."""
        raise NotImplementedError

    def n_scored(self, pool: Pool) -> int:
        """How many items of the test side have an outcome."""
        return len(pool.test)

    def whole(self, pool: Pool) -> Sequence[Item]:
        """The items of both sides, as a row learns from and is tested on them by turns; none that are held out."""
        return [item for item in (*pool.train, *pool.test) if not item.held_out]

    def measured(self, pool: Pool) -> list[str]:
        """The texts of the test side by which it is one of long texts, or of short ones."""
        return [item.text for item in pool.test]

    def sample(self, pool: Pool, n: int) -> list[str]:
        """Some texts of the test side, always the same, to know the language by."""
        drawn = draw(pool.test, n, seed=0)
        return [text for item in drawn for text in (item.text, item.second)[: len(self.roles)]]

    def cluster(self, task: Task, has_groups: bool) -> str:
        """What is resampled together, in words. `has_groups`: whether the source says what belongs together."""
        if task.columns.group is not None:
            return f"values of {task.columns.group}"
        return self.joined or ("documents" if has_groups else "near copies together")


def examples_of(items: Sequence[Item], texts: Sequence[str], **more: Any) -> Examples:
    """Examples of these items, in order, that read these texts."""
    domains, held_out = tuple(item.domain for item in items), tuple(item.held_out for item in items)
    return Examples(
        items=tuple(item.id for item in items),
        clusters=tuple(item.cluster for item in items),
        fields={"text": tuple(texts)},
        domains=domains if any(domains) else None,
        held_out=held_out if any(held_out) else None,
        places=tuple(item.place for item in items),
        **more,
    )


@cache
def _catalogue() -> Catalogue:
    from harness.tasks import kinds

    return Catalogue(item for item in found_in(kinds) if item.kind == "task-kind")


def names() -> tuple[str, ...]:
    """All kinds, by name; the one that a mapping has when it says none comes first."""
    found = _catalogue().of("task-kind")
    return tuple(sorted(found, key=lambda name: (not found[name].facts.get("default"), name)))


@cache
def kind_of(name: str) -> Kind:
    """The kind of this name. KeyError where there is none."""
    kind: Kind = _catalogue().get("task-kind", name).function()
    kind.__class__.name = name
    return kind


@cache
def roles() -> dict[str, str]:
    """All roles that an encoder may read in a way of their own, and what they are called; `text` comes first."""
    return {"text": "text"} | {role: said for name in names() for role, said in kind_of(name).roles.items()}


def target_of(name: Any) -> str | None:
    """The target of a kind by its name, as a stored run has it; None where there is no such kind (any more)."""
    return kind_of(name).target if name in names() else None


def counted_of(name: Any) -> tuple[str, str]:
    """What one test item of a kind is called, and several; texts where there is no such kind (any more)."""
    one, several = (kind_of(name) if name in names() else Kind()).counted
    return f"test {one}", f"test {several}"


def is_joint(name: Any) -> bool:
    """Whether rows whose weights are trained read several texts of an item of this kind as one input."""
    return name in names() and len(kind_of(name).roles) > 1


def searched_of(name: Any) -> tuple[str, ...]:
    """The roles of a kind that have no outcome themselves: what is searched; () where there is no such kind."""
    return kind_of(name).searched if name in names() else ()
