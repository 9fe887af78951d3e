"""The chart of latency: an SVG that says what it shows."""

import itertools
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from harness.report import chart, labels
from harness.report.chart import Point
from harness.report.labels import Box

POINTS = [
    Point("tfidf", 0.3, 65.3, 60.0, 71.0, True, False),
    Point("minilm / cls", 8.1, 82.7, 78.0, 87.0, True, False),
    Point("minilm / mean", 8.2, 88.7, 85.0, 92.0, True, True),
    Point("minilm / max", 8.3, 81.9, 77.0, 86.0, False, False),
    Point("mpnet / mean", 42.0, 89.7, 86.0, 93.0, True, False),
    Point("a <b> & c", 41.0, 87.0, 83.0, 91.0, False, False),
]


def parsed(points: Sequence[Point] = POINTS, **options: Any) -> Element:
    return ElementTree.fromstring(chart.drawing(points, "t", "accuracy, points", **options).svg())


def marks(root: Element, name: str) -> list[Element]:
    return [mark for group in root.iter("g") if group.get("class") == name for mark in group]


def place(mark: Element) -> tuple[float, float]:
    """Where a mark stands in the plot."""
    x, y = re.fullmatch(r"translate\((.+),(.+)\)", mark.attrib["transform"]).groups()
    return float(x), float(y)


@pytest.mark.parametrize("width", [360, 860])
def test_every_row_has_a_point_inside_the_plot(width: int) -> None:
    root = parsed(width=width)
    points = marks(root, "point")
    assert len(points) == len(marks(root, "bar")) == len(POINTS)
    for x, y in map(place, points):
        assert 0 < x < width - 60
        assert 0 < y < float(root.attrib["height"]) - 56


def test_chart_is_named_and_described() -> None:
    """Who cannot see it reads every point."""
    root = parsed()
    assert root.findtext("title") == "t"
    for point in POINTS:
        assert point.label in root.findtext("desc", "")


def test_dominated_points_are_hollow_and_the_pick_is_larger() -> None:
    points = marks(parsed(), "point")
    assert [point.get("fill") for point in points].count("var(--paper)") == 2
    (pick,) = {point.attrib["d"] for point in points if point.attrib["d"] != points[0].attrib["d"]}
    assert points[2].attrib["d"] == pick


def test_better_is_up() -> None:
    """Also where a lower value is better."""
    order = sorted(range(len(POINTS)), key=lambda i: POINTS[i].y)
    for better_is_up in (True, False):
        heights = [place(mark)[1] for mark in marks(parsed(better_is_up=better_is_up), "point")]
        assert [heights[i] for i in order] == sorted(heights, reverse=better_is_up)


def test_labels_stand_beside_their_points() -> None:
    """They are placed in pixels, the points by a scale: both mean the same."""
    points, beside = marks(parsed(), "point"), marks(parsed(), "label")
    assert [label.text for label in beside] == [point.label for point in POINTS]
    for point, label in zip(points, beside, strict=True):
        (x, y), (at, base) = place(point), place(label)
        assert abs(x - at) in (pytest.approx(10, abs=0.2), pytest.approx(16, abs=0.2))
        assert abs(y - base) < 90


def test_equal_points_do_not_break_it() -> None:
    """No spread in x or y, no interval."""
    same = [Point("a", 1.0, 50.0, 50.0, 50.0, True, True), Point("b", 1.0, 50.0, 50.0, 50.0, False, False)]
    assert len(marks(parsed(same), "point")) == 2


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.4, 9.0, [0.5, 1, 2, 5]),
        (0.01, 400, [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300]),
        (0.2, 90, [0.2, 0.5, 1, 2, 5, 10, 20, 50]),
    ],
)
def test_times_on_the_axis_are_round(low: float, high: float, expected: list[float]) -> None:
    same = [
        Point("a", low * 1.35, 50.0, 50.0, 50.0, True, True),
        Point("b", high / 1.9, 50.0, 50.0, 50.0, False, False),
    ]
    ticks = {text.text for text in parsed(same).iter("text")}
    fewer = expected if len(expected) <= 8 else [tick for tick in expected if f"{tick:g}".strip("0.") == "1"]
    assert {f"{tick:g}" for tick in fewer} <= ticks


def test_a_narrow_chart_of_many_names_the_front() -> None:
    """Thirteen names do not fit on a telephone; those that matter do, with their pooler."""
    many = [
        Point(f"a-rather-long-encoder-name-{i} / mean", 1.0 + i, 60.0 + i, 59.0 + i, 61.0 + i, i % 4 == 0, i == 8)
        for i in range(13)
    ]
    names = [label.text or "" for label in marks(parsed(many, width=360), "label")]
    assert len(names) == 4
    assert all(name.endswith("… / mean") and len(name) <= 22 for name in names)
    assert len(marks(parsed(many, width=860), "label")) == 13


@pytest.mark.parametrize("width", [360, 860])
def test_labels_keep_off_each_other(width: int) -> None:
    """Eight rows in two columns, as a suite of two encoders and four poolers makes them."""
    spots = [(0.3 * width, 60 + 9.0 * i) for i in range(4)] + [(0.8 * width, 50 + 7.0 * i) for i in range(4)]
    names = [f"encoder / pooler{i}" for i in range(8)]
    placed = labels.place(names, spots, [], Box(40, 0, width, 300))
    for a, b in itertools.combinations(placed, 2):
        assert a.box.overlap(b.box) == 0
