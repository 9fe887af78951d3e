"""What every drawing promises, and when none is made."""

import re
import sys
from xml.etree import ElementTree

import pytest

from harness import report
from harness.report import html, markdown
from harness.report.drawing import Drawing, Space, _converted, layer, numeric
from tests.fakes.runs import FakeRun

HOSTILE = '"><script>alert(1)</script> & role="x" aria-label=\'y\''


def drawing() -> Drawing:
    spots = [{"x": 1 / 3, "y": 2 / 3, "text": HOSTILE, "colour": "var(--row-1)"}]
    x, y = numeric("x", domain=[0, 1]), numeric("y", domain=[0, 1])
    layers = (layer("text", spots, "name", x=x, y=y, text="text", fill="colour"), layer("point", spots, x=x, y=y))
    return Drawing(HOSTILE, HOSTILE, Space(300, 200), layers)


def test_texts_from_outside_stay_texts() -> None:
    """In the title, the description and the plot; no word of them is lost."""
    made = drawing().svg()
    assert "<script" not in made
    root = ElementTree.fromstring(made)
    texts = [root.findtext("title"), root.findtext("desc"), root.findtext(".//g[@class='name']/text")]
    assert texts == [HOSTILE] * 3


def test_colours_are_those_of_the_page_and_so_is_the_font() -> None:
    made = drawing().svg()
    assert 'fill="var(--row-1)"' in made
    assert "font-family" not in made


def test_it_has_no_ids_and_fetches_nothing() -> None:
    """Several stand on one page."""
    root = ElementTree.fromstring(drawing().svg())
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"id", "href", "style", "aria-label"}
    assert root.attrib["viewBox"] == "0 0 300 200"


def test_the_same_values_are_the_same_bytes() -> None:
    """Numbers have one decimal, so that they fit a page."""
    made = drawing().svg()
    assert made == drawing().svg()
    assert not re.search(r"[\d.]*\.\d\d", re.sub(r"<desc>.*</desc>", "", made).replace("0.65", ""))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_drawn_as_one(bad: float) -> None:
    spots = [{"x": bad, "y": 0.5}]
    at = {"x": numeric("x", domain=[0, 1]), "y": numeric("y", domain=[0, 1])}
    made = Drawing("t", "w", Space(300, 200), (layer("point", spots, "point", **at),)).svg()
    assert "NaN" not in made
    assert "Infinity" not in made


def test_only_the_page_needs_the_plotting_library(run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Console, frame, gate and Markdown draw nothing: it takes a second to start."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    _converted.cache_clear()  # an earlier page may have had the same drawings
    view = report.build(run)
    assert report.summary(view)
    assert report.rows(view)
    assert markdown.render(view)
    with pytest.raises(ImportError):
        html.render(view)
