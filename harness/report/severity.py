"""Scores over severities: a drawing a component that a task has at several, a line a row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.catalogue import catalogue
from harness.report import comparison_table, front
from harness.report.blocks import Figure
from harness.report.drawing import Drawing, Space, Spec, axis, layer, numeric, padded
from harness.report.measure import Measure
from harness.report.model import CONDITIONS, Names, Result, Row, Task
from harness.report.source import grouped
from harness.stats import Interval

SPACE = Space(300, 220, left=42, right=8, top=8, bottom=40)
#: How rows with a colour are told apart by shape too: the marks of the page, and their names in Vega-Lite.
SHAPES = {"●": "circle", "■": "square", "▲": "triangle-up", "◆": "diamond", "✚": "cross", "▼": "triangle-down"}
#: What stands on the axis where nothing is changed.
CLEAN = "clean"


@dataclass(frozen=True)
class Curve:
    """What one row scores where. `place` is that among the rows with a colour; None for the others."""

    row: Row
    place: int | None
    scores: Mapping[str, Interval]


@dataclass(frozen=True)
class Sweep:
    """One component at several severities. `name` is that of its severity, `levels` what stands on the axis for them.

    The levels go from where nothing is changed to the farthest from it, or up where there is no such severity.
    """

    title: str
    name: str
    levels: tuple[str, ...]
    curves: tuple[Curve, ...]


def figure(task: Task) -> Figure | None:
    """The drawings of a task, all over one scale of scores; None where it has no component at several severities."""
    places = coloured(task)
    sweeps = [
        _sweep(title, results, places)
        for title, results in _by_component(task).items()
        if len({result.severity for _, result in results}) > 1
    ]
    if not sweeps:
        return None
    curves = [curve for sweep in sweeps for curve in sweep.curves]
    bounds = [b for curve in curves for s in curve.scores.values() for b in (s.value, s.low, s.high)]
    y_range = padded([task.measure.factor * bound for bound in bounds if math.isfinite(bound)])
    floors = [task.measure.factor * row.clean.chance for row in task.rows if row.clean and row.clean.chance is not None]
    chance = [floor for floor in floors[:1] if y_range[0] <= floor <= y_range[1]]
    labels = {row.names: row.label for row in task.rows}
    caption = "Severities are evenly spaced. Bars: 95 % intervals."
    caption += " Dashed: chance." if chance else ""
    caption += " Grey: the other rows, whose scores are in the tables." if any(c.place is None for c in curves) else ""
    return Figure(
        tuple(_drawing(sweep, task.measure, y_range, chance) for sweep in sweeps),
        caption,
        keys=tuple((mark, labels[names]) for mark, names in zip(SHAPES, places, strict=False)),
    )


def coloured(task: Task) -> dict[Names, int]:
    """The rows with a colour, all above chance: the best of every encoder, best first, then the next best."""
    rows = [row for row in comparison_table.ordered(task) if front.above_chance(row, task.measure)]
    best = {row.encoder: row.names for row in reversed(rows)}.values()
    ordered = sorted(rows, key=lambda row: row.names not in best)
    return {row.names: place for place, row in enumerate(ordered[: len(SHAPES)])}


def colour(place: int | None) -> str:
    """The variable of the page for a place among these rows."""
    return "var(--quiet)" if place is None else f"var(--row-{place + 1})"


def _by_component(task: Task) -> dict[str, list[tuple[Row, Result]]]:
    """The results at a severity, by component and by the other parameters that it has more than one value of."""
    results = [
        (row, result)
        for row in comparison_table.ordered(task)
        for result in row.results
        if result.kind in CONDITIONS and result.severity is not None and result.score is not None
    ]
    kinds = grouped((result.component, result.parameters) for _, result in results)
    return grouped((_title(result, kinds[result.component]), (row, result)) for row, result in results)


def _title(result: Result, kinds: Sequence[Mapping[str, Any]]) -> str:
    """`truncate`; `truncate, side last` beside another side."""
    given = {name: value for parameters in kinds for name, value in parameters.items()}
    told = [name for name in given if len({str(parameters.get(name)) for parameters in kinds}) > 1]
    others = [f"{name} {result.parameters[name]}" for name in told if name in result.parameters]
    return ", ".join([result.component or result.condition, *others])


def _sweep(title: str, results: Sequence[tuple[Row, Result]], places: Mapping[Names, int]) -> Sweep:
    component = catalogue().find(results[0][1].component or "", CONDITIONS)
    facts = component.facts if component else {}
    found = sorted({r.severity for _, r in results if r.severity is not None})
    identity = facts.get("identity")
    if identity is not None and identity >= found[-1]:
        found.reverse()
    curves = []
    for mine in grouped((row.names, (row, result)) for row, result in results).values():
        row = mine[0][0]
        scores = {CLEAN: row.score} if identity is not None and row.score is not None else {}
        scores |= {f"{r.severity:g}": r.score for _, r in mine if r.score is not None}
        curves.append(Curve(row, places.get(row.names), scores))
    levels = [CLEAN] * (identity is not None) + [f"{level:g}" for level in found]
    return Sweep(title, facts.get("severity") or "severity", tuple(levels), tuple(curves))


def _drawing(sweep: Sweep, measure: Measure, y_range: Sequence[float], chance: Sequence[float]) -> Drawing:
    what = f"{measure.label}, {measure.unit}"
    below = sorted(sweep.curves, key=lambda curve: curve.place is not None)  # what has a colour lies above
    spots = [spot for curve in below for spot in _spots(curve, sweep, measure)]
    named = [spot for spot in spots if spot["shape"]]
    x = {"field": "at", "type": "ordinal", "sort": None, "axis": axis(sweep.name, SPACE, "bottom", labelAngle=0)}
    x["scale"] = {"type": "point", "domain": list(sweep.levels), "padding": 0.4}
    y = numeric("y", domain=y_range, reverse=not measure.higher_is_better)
    y["axis"] = axis(what, SPACE, "left", tickCount=5)
    moved = {"xOffset": {"expr": "datum.dodge"}}
    line, point = {"type": "line", "strokeWidth": 1.6, **moved}, {"type": "point", "opacity": 1, "size": 45, **moved}
    dashed = {"type": "rule", "color": "var(--quiet)", "strokeDash": [4, 4]}
    bar, bars = {"type": "rule", "opacity": 0.7, **moved}, [spot for spot in named if "low" in spot]
    each = {"detail": {"field": "row", "type": "nominal"}, "strokeOpacity": "opacity"}
    layers = (
        layer(dashed, [{"y": value} for value in chance], "chance", y=y),
        layer(line, spots, "line", x=x, y=y, stroke="colour", **each),
        layer(bar, bars, "bar", x=x, y=y | {"field": "low"}, y2={"field": "high"}, stroke="colour"),
        layer(point, named, "point", x=x, y=y, fill="colour", stroke="colour", shape="shape"),
    )
    words = ". ".join(_said(curve, measure) for curve in sweep.curves)
    return Drawing(sweep.title, f"{what}, by {sweep.name}. {words}.", SPACE, layers)


def _spots(curve: Curve, sweep: Sweep, measure: Measure) -> list[Spec]:
    """The points of a curve; those of rows with a colour stand a little beside each other."""
    n, place = sum(one.place is not None for one in sweep.curves), curve.place
    looks: Spec = {"row": curve.row.label, "colour": colour(place), "opacity": 0.35, "dodge": 0, "shape": ""}
    if place is not None:
        looks |= {"opacity": 0.9, "dodge": 2.5 * (place - (n - 1) / 2), "shape": list(SHAPES.values())[place]}
    found = []
    for level in sweep.levels:
        if score := curve.scores.get(level):
            value, low, high = (measure.factor * bound for bound in (score.value, score.low, score.high))
            bounds = {"low": low, "high": high} if math.isfinite(low + high) else {}
            found.append({"at": level, "y": value, **bounds, **looks})
    return found


def _said(curve: Curve, measure: Measure) -> str:
    each = [f"{measure.number(score.value)} at {level}" for level, score in curve.scores.items()]
    return f"{curve.row.label}: {', '.join(each)}"
