"""The frame of a chart: where values stand in pixels, and the axes that say so."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from harness.wording import numbers


@dataclass(frozen=True)
class Frame:
    """Where data stands in the drawing: x is logarithmic unless told, y linear and turned so that better is up."""

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    left: int = 46
    right: int = 14
    top: int = 12
    bottom: int = 44
    is_log: bool = True

    def x(self, value: float) -> float:
        """Pixels from the left."""
        low, high, at = (math.log(v) if self.is_log else v for v in (*self.x_range, value))
        return self.left + (at - low) / (high - low) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        low, high = self.y_range
        return self.top + (high - value) / (high - low) * (self.height - self.top - self.bottom)


def round_step(span: float) -> float:
    """A round step of 1, 2 or 5 times a power of ten: four to eight of them in the span."""
    raw = span / 5
    power: float = 10.0 ** math.floor(math.log10(raw))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= raw)


def _x_ticks(low: float, high: float, is_log: bool) -> list[float]:
    """1, 2 and 5 times the powers of ten inside; powers alone where that would be many. Else round steps."""
    if not is_log:
        step = max(1.0, round_step(high - low))
        return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [m * 10.0**p for p in powers for m in steps if low <= m * 10.0**p <= high]
        if len(ticks) <= 8:
            return ticks
    return ticks


def rounded(low: float, high: float) -> tuple[float, float]:
    """The round values that hold a span between them; a step on both sides of one value."""
    step = round_step(high - low or 1.0)
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    return (bottom, top) if bottom < top else (bottom - step, top + step)


def drawing(frame: Frame, title: str, words: str, parts: Sequence[str]) -> str:
    """The parts as one `<svg>`, with its title and what it shows in words."""
    size = f'viewBox="0 0 {frame.width} {frame.height}" width="{frame.width}" height="{frame.height}"'
    head = [
        f'<svg class="chart" role="img" {size}>',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(words)}</desc>",
    ]
    return "\n".join(part for part in (*head, *parts, "</svg>") if part)


def polyline(points: Sequence[tuple[float, float]], kind: str, frame: Frame) -> str:
    """A line through two or more points; nothing through fewer."""
    path = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>' if len(points) > 1 else ""


def axes(frame: Frame, x_label: str, y_label: str) -> list[str]:
    """Grid, ticks and names of both axes, as SVG."""
    bottom, right = frame.height - frame.bottom, frame.width - frame.right
    parts = ['<g class="axis">']
    low, high = sorted(frame.y_range)
    step = round_step(high - low)
    for i in range(round((high - low) / step) + 1):
        y, value = frame.y(low + i * step), low + i * step
        parts.append(f'<line x1="{frame.left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        text = numbers.fixed(value, max(0, -math.floor(math.log10(step))))
        parts.append(f'<text x="{frame.left - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for tick in _x_ticks(*frame.x_range, frame.is_log):
        x = frame.x(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>')
        text = numbers.significant(tick, 1) if frame.is_log else numbers.fixed(tick, 0)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{text}</text>')
    middle = (frame.left + right) / 2
    parts.append(f'<text x="{middle:.1f}" y="{frame.height - 6}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(
        f'<text x="12" y="{(frame.top + bottom) / 2:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 12 {(frame.top + bottom) / 2:.1f})">{escape(y_label)}</text>'
    )
    return [*parts, "</g>"]
