"""What every source gives: rows by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from harness.core.registry import F, component


class Time(NamedTuple):
    """When a row is from: `at` orders the rows of a source, `shown` is how the source has it."""

    at: float
    shown: str


class Row(NamedTuple):
    """One row as read. An empty `id` or `group` stands for the text itself; no domain or label is ''.

    `second` is the other text of a row that has two: the question that `text` answers, or what it is compared with.
    `labels` are those of a row that may have many, each once, in order. `words` are those of a text that comes cut into
    words, `tags` theirs in IOB2.
    """

    id: str
    text: str
    label: str
    domain: str = ""
    group: str = ""
    second: str = ""
    time: Time = Time(0.0, "")
    number: float = 0.0
    labels: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Query(NamedTuple):
    """A question and the keys of the documents that answer it, with a grade over 0 each where people graded them."""

    id: str
    cluster: str
    text: str
    relevant: tuple[str, ...]
    grades: tuple[float, ...] = ()

    @property
    def answers(self) -> tuple[tuple[str, float], ...]:
        """Each document with its grade, 1 where nobody graded."""
        return tuple(zip(self.relevant, self.grades or [1.0] * len(self.relevant), strict=True))


@dataclass(frozen=True)
class Reading:
    """Rows by side: `train` and `test` where the source has sides, else `all`. `place` names the source.

    `form` is not empty where a file's values are others than earlier versions read in it. Where `queries` stand in a
    table of their own, the rows are documents, which queries have by their id.
    """

    place: str
    sides: Mapping[str, tuple[Row, ...]]
    notes: tuple[str, ...] = ()
    form: str = ""
    queries: tuple[Query, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The rows of all sides."""
        return [row for rows in self.sides.values() for row in rows]

    def noted(self, *notes: str) -> "Reading":
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def reader(
    name: str, *, asset: str | None = None, tasks: tuple[Any, ...], domains: tuple[str, ...] = ()
) -> Callable[[F], F]:
    """Make `(columns) -> Reading` the reader of packaged data, an asset or data of its own, for these built-in tasks.

    The source of each is `AssetSource(asset, name)`; `domains` are all that its rows may have.
    """
    return component("reader", name, asset=asset, tasks=tasks, domains=domains)
