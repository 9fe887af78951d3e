"""What every source gives: rows by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Time(NamedTuple):
    """When a row is from: `at` orders the rows of a source, `shown` is how the source has it."""

    at: float
    shown: str


class Row(NamedTuple):
    """One row as read. An empty `id` or `group` stands for the text itself; no domain or label is ''.

    For a retrieval task `text` is the document that answers `query`, and `label` its topic.
    """

    id: str
    text: str
    label: str
    domain: str = ""
    group: str = ""
    query: str = ""
    time: Time = Time(0.0, "")


@dataclass(frozen=True)
class Reading:
    """Rows by side: `train` and `test` where the source has sides, else `all`. `place` names the source.

    `form` is not empty where a file's values are others than earlier versions read in it.
    """

    place: str
    sides: Mapping[str, tuple[Row, ...]]
    notes: tuple[str, ...] = ()
    form: str = ""
