"""What every source gives: rows by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from harness.core.registry import component

F = TypeVar("F", bound=Callable[..., Any])


class Time(NamedTuple):
    """When a row is from: `at` orders the rows of a source, `shown` is how the source has it."""

    at: float
    shown: str


class Row(NamedTuple):
    """One row as read. An empty `id` or `group` stands for the text itself; no domain or label is ''.

    `second` is the other text of a row that has two: the question that `text` answers, or what it is compared with.
    """

    id: str
    text: str
    label: str
    domain: str = ""
    group: str = ""
    second: str = ""
    time: Time = Time(0.0, "")
    number: float = 0.0


@dataclass(frozen=True)
class Reading:
    """Rows by side: `train` and `test` where the source has sides, else `all`. `place` names the source.

    `form` is not empty where a file's values are others than earlier versions read in it.
    """

    place: str
    sides: Mapping[str, tuple[Row, ...]]
    notes: tuple[str, ...] = ()
    form: str = ""


def reader(
    name: str, *, asset: str | None = None, tasks: tuple[Any, ...], domains: tuple[str, ...] = ()
) -> Callable[[F], F]:
    """Make `(columns) -> Reading` the reader of packaged data, an asset or data of its own, for these built-in tasks.

    The source of each is `AssetSource(asset, name)`; `domains` are all that its rows may have.
    """
    return component("reader", name, asset=asset, tasks=tasks, domains=domains)
