"""Robustness profiles: what is left of a row's score under each kind of stress, a small drawing a row."""

import math
from collections.abc import Mapping
from typing import get_args

from harness.catalogue import catalogue
from harness.conditions.declare import Stress
from harness.report import comparison_table
from harness.report.blocks import Figure
from harness.report.drawing import Drawing, Space, Spec, layer
from harness.report.model import CONDITIONS, Result, Row, Task
from harness.report.severity import colour, coloured
from harness.report.source import grouped
from harness.stats import Interval
from harness.wording import numbers

#: So many rows have a drawing; the others, folded away, their profile in words.
DRAWN = 12
#: Pixels that a kind of stress takes.
_HEIGHT = 32
#: The result that leaves the least under a stress, and the share of the score above chance that it leaves.
Left = tuple[Result, Interval]


def profiles(task: Task) -> tuple[Figure | None, tuple[str, ...]]:
    """The drawings of the best rows, and the other rows in words; nothing where there is a single stress."""
    found = {row.names: of_row(row) for row in task.rows if row.score is not None}
    stresses = [one for one in get_args(Stress) if any(one in profile for profile in found.values())]
    if len(stresses) < 2:
        return None, ()
    places = coloured(task)
    drawings = [
        _drawing(_title(row, task), {one: found[row.names].get(one) for one in stresses}, places.get(row.names))
        for row in comparison_table.ordered(task)
        if found.get(row.names)
    ]
    caption = (
        "How much of the score above chance is left under the worst condition of each kind, which is named below its "
        "bar. Lines: 95 % intervals of that condition. Left aside: conditions that the encoder sees nothing of."
    )
    words = tuple(f"{drawing.title}. {drawing.words}" for drawing in drawings)
    return Figure(tuple(drawings[:DRAWN]), caption, words=words[:DRAWN]), words[DRAWN:]


def of_row(row: Row) -> dict[str, Left]:
    """By stress, the condition that leaves least of the score above chance, and what it leaves.

    One that changes few texts counts where there is no other, one that the encoder sees nothing of does not.
    """
    told = [
        (result, result.drop.kept) for result in row.results if result.drop is not None and result.share_changed != 0
    ]
    found = grouped((_stress(result), (result, kept)) for result, kept in told if kept is not None)
    return {
        stress: min(many, key=lambda one: (one[0].is_idle, one[1].value)) for stress, many in found.items() if stress
    }


def _stress(result: Result) -> str | None:
    component = catalogue().find(result.component or "", CONDITIONS)
    return component.facts["stress"] if component else None


def _title(row: Row, task: Task) -> str:
    return f"{row.label}: {task.measure.label} {task.measure.number(row.score.value)}" if row.score else row.label


def _drawing(title: str, profile: Mapping[str, Left | None], place: int | None) -> Drawing:
    """A bar a stress, the number behind it, the condition below; in two layers, since layers take time."""
    space = Space(300, _HEIGHT * len(profile), left=92, right=46, top=0, bottom=0)
    rules: list[Spec] = []
    texts: list[Spec] = []
    said = []
    for i, (stress, found) in enumerate(profile.items()):
        y, end = _HEIGHT * i + 10, space.plot[0]
        number = _number(found)
        texts += [_text(stress, -8, y, align="right"), _text(number, end + 6, y)]
        if found is not None:
            result, kept = found
            low, value, high = (_pixels(bound, kept.value, end) for bound in (kept.low, kept.value, kept.high))
            thin = {"y": y, "width": 1, "opacity": 1, "colour": "var(--ink)"}
            thick = {"y": y, "width": 9, "x": 0}
            rules += [
                {**thick, "x2": end, "colour": "var(--line)", "opacity": 1},
                {**thick, "x2": value, "colour": colour(place), "opacity": 0.65},
                {**thin, "x": low, "x2": high},
            ]
            texts.append(_text(result.condition, 0, y + 13, size=11, colour="var(--quiet)"))
            said.append(f"{stress} {number} ({result.condition})")
    look = {"stroke": "colour", "strokeWidth": "width", "strokeOpacity": "opacity"}
    text = {"type": "text", "baseline": "middle", "align": {"expr": "datum.align"}}
    layers = (
        layer("rule", rules, "kept", y="y", x="x", x2="x2", **look),
        layer(text, texts, "said", x="x", y="y", text="text", size="size", fill="colour"),
    )
    return Drawing(title, f"Left of the score above chance: {', '.join(said)}.", space, layers)


def _pixels(share: float, otherwise: float, width: int) -> float:
    """Where a bar ends: between nothing and all."""
    return width * min(1.0, max(0.0, share if math.isfinite(share) else otherwise))


def _number(found: Left | None) -> str:
    if found is None:
        return numbers.NONE
    return f"{numbers.fixed(100 * found[1].value, 0)} %" if found[1].value >= 0.005 else "≤ 0 %"


def _text(text: str, x: int, y: int, align: str = "left", size: int = 12, colour: str = "var(--ink)") -> Spec:
    return {"text": text, "x": x, "y": y, "align": align, "size": size, "colour": colour}
