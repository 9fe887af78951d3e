"""What every source gives: rows by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


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


@dataclass(frozen=True)
class Reading:
    """Rows by side: `train` and `test` where the source has sides, else `all`. `place` names the source."""

    place: str
    sides: Mapping[str, tuple[Row, ...]]
    notes: tuple[str, ...] = ()
