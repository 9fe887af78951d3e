"""Sections for a terminal, and as Markdown. What comes from the data cannot become markup or control codes."""

import shutil
from collections.abc import Sequence
from textwrap import fill

from harness.audit.section import Section
from harness.wording.markdown import escape, table
from harness.wording.visible import visible

#: Columns of a terminal that lines are broken for: what it has, within these.
_LEAST, _MOST = 40, 100


def plain(sections: Sequence[Section]) -> str:
    """For a terminal."""
    width = max(_LEAST, min(_MOST, shutil.get_terminal_size().columns))
    parts = []
    for section in sections:
        lines = [visible(section.title)]
        lines += [fill(visible(line), width, initial_indent="  ", subsequent_indent="    ") for line in section.lines]
        if section.table:
            lines += [f"  {line}" for line in _table(section.table, "simple").split("\n")]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def markdown(title: str, sections: Sequence[Section]) -> str:
    """A document with a heading a section."""
    parts = [f"# {_shown(title)}"]
    for section in sections:
        parts += [f"## {_shown(section.title)}", "\n".join(f"- {_shown(line)}" for line in section.lines)]
        if section.table:
            parts.append(_table([[_shown(cell) for cell in row] for row in section.table], "github"))
    return "\n\n".join(parts) + "\n"


def _shown(text: str) -> str:
    return escape(visible(text))


def _table(rows: Sequence[Sequence[str]], form: str) -> str:
    align = ["left"] + ["right"] * (len(rows[0]) - 1)
    body = [[visible(cell) for cell in row] for row in rows[1:]]
    return table(rows[0], body, align, form)
