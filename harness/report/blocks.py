"""What a page is made of: sections, parts and blocks, as values."""

from dataclasses import dataclass

from harness.report.drawing import Drawing
from harness.report.model import Verdict
from harness.report.robustness_model import Flips
from harness.report.table import Table


@dataclass(frozen=True)
class Code:
    """Something to type, as it is."""

    text: str


@dataclass(frozen=True)
class Figure:
    """Drawings side by side, each under its title, and what is to be known of them.

    `keys` are the marks of rows and their names. `narrow` is what stands for the one drawing on narrow screens, and a
    remark on it. `words` say the same in Markdown; none where a table does.
    """

    drawings: tuple[Drawing, ...]
    caption: str
    keys: tuple[tuple[str, str], ...] = ()
    narrow: tuple[Drawing, str] | None = None
    words: tuple[str, ...] = ()


#: A text is a paragraph, a tuple a list of sentences, a dict names and values.
Block = str | tuple[str, ...] | dict[str, str] | Code | Figure | Flips | Table | Verdict


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
