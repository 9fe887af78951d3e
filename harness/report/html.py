"""The report as one page: no network, readable without JavaScript, light and dark."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from harness.report import page, robustness
from harness.report.model import View

#: Names of conditions with more characters than this may go on a second line.
LONG = 24


def render(view: View) -> str:
    """The whole page. The template escapes every text; drawings escape their own."""
    page_text = _template().render(
        title=view.title,
        banner=page.banner(view),
        sections=page.sections(view),
        kind=lambda block: type(block).__name__,
        draw=lambda drawing: Markup(drawing.svg()),
    )
    return page_text.lstrip()


def _sentence(text: str) -> str:
    """The text with its intervals, and its numbers and their units, kept on one line."""
    text = re.sub(r"(?<=\d), (?=−?[\d.,]+\])", ",\u00a0", text)
    return re.sub(r"(?<=[\d\]]) (?=(?:ms|MB|GB|s|points)\b|%)", "\u00a0", text)


def _phrases(text: str) -> str:
    """The text, which may go on the next line after a comma alone."""
    return text.replace(" ", "\u00a0").replace(",\u00a0", ", ")


def _breakable(name: str) -> Markup:
    """The name of a condition, which may go on the next line before its parameters."""
    return Markup(escape(name).replace("[", Markup("<wbr>["))) if len(name) > LONG else escape(name)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(LONG=LONG)
    environment.filters.update(sentence=_sentence, breakable=_breakable, phrases=_phrases, flipped=robustness.flipped)
    return environment.get_template("page.html.j2")
