"""What a page is made of: sections, parts and blocks, as values."""

from dataclasses import dataclass

from harness.report import chart, curves
from harness.report.model import Flips, Verdict
from harness.report.table import Table


@dataclass(frozen=True)
class Code:
    """Something to type, as it is."""

    text: str


@dataclass(frozen=True)
class Chart:
    """Points to draw, and the same in words."""

    points: tuple[chart.Point, ...]
    title: str
    y_label: str
    better_is_up: bool
    remark: str


@dataclass(frozen=True)
class Curves:
    """Drawings of how training went; the table beside them says the same."""

    drawings: tuple[curves.Drawing, ...]


#: A text is a paragraph, a tuple a list of sentences, a dict names and values.
Block = str | tuple[str, ...] | dict[str, str] | Code | Chart | Curves | Flips | Table | Verdict


@dataclass(frozen=True)
class Part:
    """Blocks under a heading of their own (none where `title` is empty). A long one may be folded."""

    title: str
    blocks: tuple[Block, ...]
    is_folded: bool = False


@dataclass(frozen=True)
class Section:
    """A chapter of the page."""

    anchor: str
    title: str
    parts: tuple[Part, ...]
