"""Latency against quality: a point a row, those that no other row beats joined by a line."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.drawing import Drawing, Space, Spec, axis, layer, numeric, padded
from harness.report.labels import Box, place
from harness.wording import numbers

#: Width in pixels on wide and on narrow screens; a narrow one with more points than `MANY` names those on the front.
WIDE, NARROW, MANY = 860, 360, 6


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


def drawing(
    points: Sequence[Point], title: str, y_label: str, *, better_is_up: bool = True, width: int = WIDE
) -> Drawing:
    """The chart; x is logarithmic."""
    space = Space(width, round(230 + 0.18 * width))
    x_range = [min(p.x for p in points) / 1.35, max(p.x for p in points) * (1.9 if width > NARROW else 2.6)]
    y_range = padded([value for p in points for value in (p.low, p.high)])
    below = axis("milliseconds a text, p50 (logarithmic; left is faster)", space, "bottom", format=",~r")
    x = numeric("x", type="log", domain=x_range) | {"axis": {**below, "values": _ticks(*x_range)}}
    y = numeric("y", domain=y_range, reverse=not better_is_up) | {"axis": axis(y_label, space, "left", tickCount=6)}
    at = {"x": x, "y": y}
    line = {"type": "line", "color": "var(--accent)", "strokeWidth": 1.5, "opacity": 0.55}
    bar = {"type": "rule", "color": "var(--quiet)", "strokeWidth": 1.2, "opacity": 0.6}
    looks = {"fill": "fill", "stroke": "stroke", "size": "size"}
    layers = (
        layer(line, [_spot(p) for p in points if p.on_front], "front", **at),
        layer(bar, [{"x": p.x, "y": p.low, "high": p.high} for p in points], "bar", **at, y2={"field": "high"}),
        layer({"type": "point", "opacity": 1, "strokeWidth": 1.6}, [_spot(p) for p in points], "point", **at, **looks),
        *_labels(points, space, x_range, y_range if better_is_up else y_range[::-1]),
    )
    return Drawing(title, describe(points, y_label), space, layers)


def describe(points: Sequence[Point], y_label: str) -> str:
    """The chart in words: every point with its numbers."""
    each = [
        f"{p.label}: {numbers.fixed(p.y, 1)} at {numbers.milliseconds(p.x)}" + (" (on the front)" if p.on_front else "")
        for p in points
    ]
    return f"{y_label} against milliseconds a text. " + "; ".join(each) + "."


def _spot(p: Point) -> Spec:
    stroke = "var(--accent)" if p.on_front or p.is_pick else "var(--quiet)"
    fill = stroke if p.on_front or p.is_pick else "var(--paper)"
    return {"x": p.x, "y": p.y, "fill": fill, "stroke": stroke, "size": 115 if p.is_pick else 65}


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten inside; powers alone where that would be many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    choices = ([float(f"{m}e{p}") for p in powers for m in steps] for steps in ((1, 2, 5), (1, 3), (1,)))
    found = [[tick for tick in ticks if low <= tick <= high] for ticks in choices]
    return next((ticks for ticks in found if len(ticks) <= 8), found[-1])


def _labels(
    points: Sequence[Point], space: Space, x_range: Sequence[float], y_range: Sequence[float]
) -> tuple[Spec, Spec]:
    """Lines to the labels that stand far off, and the labels; both in pixels of the plot."""
    width, height = space.plot
    left, right = map(math.log, x_range)

    def pixels(x: float, y: float) -> tuple[float, float]:
        return (math.log(x) - left) / (right - left) * width, (y_range[1] - y) / (y_range[1] - y_range[0]) * height

    spots = [pixels(p.x, p.y) for p in points]
    ends = [sorted((pixels(p.x, p.low)[1], pixels(p.x, p.high)[1])) for p in points]
    bars = [Box(x - 3, top, x + 3, bottom) for (x, _), (top, bottom) in zip(spots, ends, strict=True)]
    bars += _along(sorted(spot for spot, p in zip(spots, points, strict=True) if p.on_front))
    inside = Box(0, 2 - space.top, width + space.right - 2, height)
    named = [space.width > NARROW or len(points) <= MANY or p.on_front or p.is_pick for p in points]
    room = 34 if space.width > NARROW else 22
    names = [_short(p.label, room) if is_named else "" for p, is_named in zip(points, named, strict=True)]
    values = [
        {"x": x, "y": y, "at": label.x, "base": label.y, "far": label.is_far, "end": label.y - 4}
        | {"text": name, "align": label.anchor, "weight": 650 if p.is_pick else 400}
        for p, name, (x, y), label in zip(points, names, spots, place(names, spots, bars, inside), strict=True)
        if name
    ]
    rule = {"type": "rule", "color": "var(--quiet)", "opacity": 0.5}
    text = {"type": "text", "align": {"expr": "datum.align"}, "fontWeight": {"expr": "datum.weight"}, "fontSize": 12}
    return (
        layer(rule, [value for value in values if value["far"]], "leader", x="x", y="y", x2="at", y2="end"),
        layer(
            {**text, "baseline": "alphabetic", "color": "var(--ink)"}, values, "label", x="at", y="base", text="text"
        ),
    )


def _short(name: str, n: int) -> str:
    """The name in n characters: the encoder is cut, the pooler stays."""
    if len(name) <= n:
        return name
    encoder, slash, rest = name.partition(" / ")
    room = n - len(slash) - len(rest) - 1
    return f"{encoder[:room]}…{slash}{rest}" if room > 3 else f"{name[: n - 1]}…"


def _along(corners: Sequence[tuple[float, float]]) -> list[Box]:
    """Small boxes along a line, so that labels keep off it."""
    steps = [i / 30 for i in range(31)]
    lines = itertools.pairwise(corners)
    spots = [(x0 + t * (x1 - x0), y0 + t * (y1 - y0)) for (x0, y0), (x1, y1) in lines for t in steps]
    return [Box(x - 3, y - 3, x + 3, y + 3) for x, y in spots]
