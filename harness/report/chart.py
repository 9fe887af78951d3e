"""Latency against quality as an SVG, written by hand: colours are CSS variables, so that dark mode works."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from harness.report.axes import Frame, axes, drawing, polyline, rounded
from harness.report.labels import Box, place
from harness.wording import numbers

#: Up to this width in pixels a chart is narrow, and with more points than this it has many.
NARROW, MANY = 500, 6


@dataclass(frozen=True)
class Point:
    """One row: x in milliseconds, y and its interval in printed units."""

    label: str
    x: float
    y: float
    low: float
    high: float
    on_front: bool
    is_pick: bool


def svg(points: Sequence[Point], title: str, y_label: str, *, better_is_up: bool = True, width: int = 760) -> str:
    """The chart as one `<svg>`."""
    frame = _frame(points, width, better_is_up)
    parts = [
        *axes(frame, "milliseconds a text, p50 (logarithmic; left is faster)", y_label),
        polyline(sorted((p.x, p.y) for p in points if p.on_front), "front", frame),
        *(_bar(p, frame) for p in points),
        *(_marker(p, frame) for p in points),
        *_labels(points, frame),
    ]
    return drawing(frame, title, describe(points, y_label), parts)


def describe(points: Sequence[Point], y_label: str) -> str:
    """The chart in words: every point with its numbers."""
    each = [
        f"{p.label}: {numbers.fixed(p.y, 1)} at {numbers.milliseconds(p.x)}" + (" (on the front)" if p.on_front else "")
        for p in points
    ]
    return f"{y_label} against milliseconds a text. " + "; ".join(each) + "."


def _frame(points: Sequence[Point], width: int, better_is_up: bool) -> Frame:
    xs = [p.x for p in points]
    bottom, top = rounded(min(p.low for p in points), max(p.high for p in points))
    y_range = (bottom, top) if better_is_up else (top, bottom)
    room = 1.9 if width > NARROW else 2.6  # on the right, for the labels of the slowest
    return Frame(width, round(230 + 0.18 * width), (min(xs) / 1.35, max(xs) * room), y_range)


def _bar(p: Point, frame: Frame) -> str:
    x, top, bottom = frame.x(p.x), frame.y(p.high), frame.y(p.low)
    return f'<path class="bar" d="M{x:.1f} {top:.1f}V{bottom:.1f}M{x - 3:.1f} {top:.1f}h6M{x - 3:.1f} {bottom:.1f}h6"/>'


def _marker(p: Point, frame: Frame) -> str:
    kind = "pick" if p.is_pick else "on" if p.on_front else "off"
    return f'<circle class="{kind}" cx="{frame.x(p.x):.1f}" cy="{frame.y(p.y):.1f}" r="{6 if p.is_pick else 4.5}"/>'


def _labels(points: Sequence[Point], frame: Frame) -> list[str]:
    spots = [(frame.x(p.x), frame.y(p.y)) for p in points]
    bars = [Box(x - 3, frame.y(p.high), x + 3, frame.y(p.low)) for (x, _), p in zip(spots, points, strict=True)]
    bars += _along(sorted(spot for spot, p in zip(spots, points, strict=True) if p.on_front))
    inside = Box(frame.left, 2, frame.width - 2, frame.height - frame.bottom)
    names = [
        _short(p.label, 34 if frame.width > NARROW else 22) if is_named(p, points, frame.width) else "" for p in points
    ]
    placed = place(names, spots, bars, inside)
    parts = []
    for p, name, (x, y), label in zip(points, names, spots, placed, strict=True):
        if name and label.is_far:
            end = f'x2="{label.x:.1f}" y2="{label.y - 4:.1f}"'
            parts.append(f'<line class="leader" x1="{x:.1f}" y1="{y:.1f}" {end}/>')
        if name:
            kind = ' class="picked"' if p.is_pick else ""
            at = f'x="{label.x:.1f}" y="{label.y:.1f}" text-anchor="{label.anchor}"'
            parts.append(f"<text{kind} {at}>{escape(name)}</text>")
    return ['<g class="labels">', *parts, "</g>"]


def is_named(point: Point, points: Sequence[Point], width: int) -> bool:
    """True where the point has its name beside it: all have, but on a narrow chart of many only those on the front."""
    return width > NARROW or len(points) <= MANY or point.on_front or point.is_pick


def _short(name: str, n: int) -> str:
    """The name in n characters: the encoder is cut, the pooler stays."""
    if len(name) <= n:
        return name
    encoder, slash, rest = name.partition(" / ")
    room = n - len(slash) - len(rest) - 1
    return f"{encoder[:room]}…{slash}{rest}" if room > 3 else f"{name[: n - 1]}…"


def _along(corners: Sequence[tuple[float, float]]) -> list[Box]:
    """Small boxes along a line, so that labels keep off it."""
    boxes = []
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        n = max(1, int(math.hypot(x1 - x0, y1 - y0) / 8))
        steps = [i / n for i in range(n + 1)]
        boxes += [Box(x - 3, y - 3, x + 3, y + 3) for x, y in ((x0 + t * (x1 - x0), y0 + t * (y1 - y0)) for t in steps)]
    return boxes
