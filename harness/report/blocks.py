"""What a page is made of: sections, parts and blocks, as values."""

from dataclasses import dataclass, field

from harness.report import chart, curves
from harness.report.model import Verdict
from harness.report.table import Table


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list, each item a sentence or two."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    facts: tuple[tuple[str, str], ...]


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

    @property
    def description(self) -> str:
        """The points in words."""
        return chart.describe(self.points, self.y_label)


@dataclass(frozen=True)
class Curves:
    """Drawings of how training went; the table beside them says the same."""

    drawings: tuple[curves.Drawing, ...]


Block = Text | Items | Facts | Code | Chart | Curves | Table | Verdict


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
    parts: tuple[Part, ...] = field(default=())
