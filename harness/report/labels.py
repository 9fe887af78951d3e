"""Where the labels of a chart go: beside their points, not on each other."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Width of a character and height of a line, in pixels, at the chart's font size: a little generous.
CHARACTER, LINE = 6.7, 15.0


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """The shared area."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)

    def outside(self, other: "Box") -> float:
        """How far this stands out of the other, in pixels."""
        sides = (other.left - self.left, self.right - other.right, other.top - self.top, self.bottom - other.bottom)
        return sum(max(0.0, side) for side in sides)


@dataclass(frozen=True)
class Label:
    """The text's anchor point and side; far ones need a line to their point."""

    x: float
    y: float
    anchor: str
    is_far: bool
    box: Box


def place(texts: Sequence[str], points: Sequence[tuple[float, float]], bars: Sequence[Box], inside: Box) -> list[Label]:
    """A place for each text, from the top point down: the candidate that covers least.

    Candidates are right and left of the point, shifted up and down by half lines.
    """
    markers = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in points]
    taken: list[Box] = []
    placed: dict[int, Label] = {}
    for i in sorted(range(len(texts)), key=lambda i: (points[i][1], points[i][0])):
        others = [box for j, box in enumerate(markers) if j != i]
        candidates = _candidates(texts[i], *points[i])
        best = min(candidates, key=lambda c: c[0] + _cost(c[1], taken, others, bars, inside))[1]
        taken.append(best.box)
        placed[i] = best
    return [placed[i] for i in range(len(texts))]


def _candidates(text: str, x: float, y: float) -> list[tuple[float, Label]]:
    width = CHARACTER * len(text)
    found = []
    for step in range(-10, 11):
        dy = step * LINE / 2
        gap = 10 if abs(dy) < 9 else 16
        for side, dislike in ((1, 0.0), (-1, 4.0)):
            at, base = x + side * gap, y + dy + 4
            left = at if side > 0 else at - width
            box = Box(left, base - LINE + 3, left + width, base + 3)
            label = Label(at, base, "left" if side > 0 else "right", abs(dy) > 12, box)
            found.append((dislike + abs(dy) * 0.6, label))
    return found


def _cost(label: Label, taken: list[Box], markers: list[Box], bars: Sequence[Box], inside: Box) -> float:
    covered = 2 * sum(label.box.overlap(box) for box in taken)
    covered += 1.5 * sum(label.box.overlap(box) for box in markers)
    covered += 0.3 * sum(label.box.overlap(box) for box in bars)
    return covered + 40 * label.box.outside(inside)
