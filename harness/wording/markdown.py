"""Text and tables as Markdown that shows them as they are."""

import re
from collections.abc import Sequence

from tabulate import tabulate


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no end of a table cell."""
    text = text.replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"([`*|~])", r"\\\1", text).replace("](", "]\\(")
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)


def fenced(text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], align: Sequence[str], form: str = "github") -> str:
    """A table of texts as they are; `align` says `left` or `right` for each column."""
    return tabulate(rows, headers, tablefmt=form, colalign=align if rows else None, disable_numparse=True)
