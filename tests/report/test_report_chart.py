"""The chart: a text of SVG that says what it shows."""

import itertools
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.report import chart
from harness.report.chart import Point
from harness.report.labels import Box, place

POINTS = [
    Point("tfidf", 0.3, 65.3, 60.0, 71.0, True, False),
    Point("minilm / cls", 8.1, 82.7, 78.0, 87.0, True, False),
    Point("minilm / mean", 8.2, 88.7, 85.0, 92.0, True, True),
    Point("minilm / max", 8.3, 81.9, 77.0, 86.0, False, False),
    Point("mpnet / mean", 42.0, 89.7, 86.0, 93.0, True, False),
    Point("a <b> & c", 41.0, 87.0, 83.0, 91.0, False, False),
]
NS = {"svg": "http://www.w3.org/2000/svg"}


def parsed(**options: Any) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg(POINTS, "t", "accuracy, points", **options))


@pytest.mark.parametrize("width", [360, 860])
def test_everything_is_inside_the_drawing(width: int) -> None:
    root = parsed(width=width)
    height = float(root.attrib["height"])
    for circle in root.iter("circle"):
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height


def test_chart_is_named_and_described() -> None:
    """Who cannot see it reads every point."""
    root = parsed()
    assert root.findtext("title") == "t"
    for point in POINTS:
        assert point.label in root.findtext("desc", "")


def test_dominated_points_are_hollow_and_the_pick_is_marked() -> None:
    kinds = [circle.attrib["class"] for circle in parsed().iter("circle")]
    assert sorted(kinds) == ["off", "off", "on", "on", "on", "pick"]


def test_better_is_up() -> None:
    """Also where a lower value is better."""
    ups = [c.attrib["cy"] for c in parsed().iter("circle")]
    downs = [c.attrib["cy"] for c in parsed(better_is_up=False).iter("circle")]
    order = sorted(range(len(POINTS)), key=lambda i: POINTS[i].y)
    assert [float(ups[i]) for i in order] == sorted(map(float, ups), reverse=True)
    assert [float(downs[i]) for i in order] == sorted(map(float, downs))


def test_equal_points_do_not_break_it() -> None:
    """No spread in x or y, no interval."""
    same = [Point("a", 1.0, 50.0, 50.0, 50.0, True, True), Point("b", 1.0, 50.0, 50.0, 50.0, False, False)]
    ElementTree.fromstring(chart.svg(same, "t", "y"))


def test_a_narrow_chart_of_many_names_the_front() -> None:
    """Thirteen names do not fit on a telephone; those that matter do, with their pooler."""
    many = [
        Point(f"a-rather-long-encoder-name-{i} / mean", 1.0 + i, 60.0 + i, 59.0 + i, 61.0 + i, i % 4 == 0, i == 8)
        for i in range(13)
    ]
    names = [
        t.text or ""
        for t in ElementTree.fromstring(chart.svg(many, "t", "y", width=360)).find("g[@class='labels']").iter("text")
    ]
    assert len(names) == 4
    assert all(name.endswith("… / mean") and len(name) <= 22 for name in names)
    wide = ElementTree.fromstring(chart.svg(many, "t", "y", width=860)).find("g[@class='labels']")
    assert len(list(wide.iter("text"))) == 13


@pytest.mark.parametrize("width", [360, 860])
def test_labels_keep_off_each_other(width: int) -> None:
    """Eight rows in two columns, as a suite of two encoders and four poolers makes them."""
    spots = [(0.3 * width, 60 + 9.0 * i) for i in range(4)] + [(0.8 * width, 50 + 7.0 * i) for i in range(4)]
    names = [f"encoder / pooler{i}" for i in range(8)]
    placed = place(names, spots, [], Box(40, 0, width, 300))
    for a, b in itertools.combinations(placed, 2):
        assert a.box.overlap(b.box) == 0
