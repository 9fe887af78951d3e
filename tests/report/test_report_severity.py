"""Curves over severities: which there are, what stands on their axes, who has a colour."""

import math
from dataclasses import replace
from typing import Any

from harness.report import severity
from harness.report.model import Result, Row, Task, View
from harness.report.severity import SHAPES
from harness.stats import Interval


def at(row: Row, component: str, level: float | None, kind: str = "perturbation", **parameters: Any) -> Result:
    """A result of a row under a component; it scores a little less than the row."""
    score = Interval(row.score.value - 0.01, row.score.low, row.score.high)
    made = replace(row.clean, kind=kind, component=component, severity=level, parameters=parameters, score=score)
    return replace(made, address=replace(made.address, condition=f"{component}@{level}"))


def task_of(view: View, *asked: tuple[Any, ...], **parameters: Any) -> Task:
    """The first task, whose rows with a score are measured under these (component, severity, kind) alone."""
    task = view.tasks[0]
    rows = [replace(row, results=tuple(at(row, *one, **parameters) for one in asked)) for row in task.rows if row.score]
    return replace(task, rows=tuple(rows))


def axis_of(drawing: Any) -> tuple[str, list[str]]:
    x = drawing.layers[1]["encoding"]["x"]
    return x["axis"]["title"], x["scale"]["domain"]


def test_each_component_starts_where_nothing_is_changed(view: View) -> None:
    """The lowest severity, the whole text, all tokens; nowhere is a text as it was when its evidence moves."""
    task = task_of(
        view,
        *(("keyboard", level) for level in (5.0, 1.0, 3.0)),
        *(("truncate", level) for level in (0.25, 0.5)),
        *(("max-length", level, "reading") for level in (64.0, 128.0)),
        *(("evidence-position", level) for level in (1.0, 0.0)),
        *(("of-a-lost-plugin", level) for level in (2.0, 1.0)),
    )
    found = {drawing.title: axis_of(drawing) for drawing in severity.figure(task).drawings}
    assert found == {
        "keyboard": ("severity", ["clean", "1", "3", "5"]),
        "truncate": ("keep", ["clean", "0.5", "0.25"]),
        "max-length": ("tokens", ["clean", "128", "64"]),
        "evidence-position": ("position", ["0", "1"]),
        "of-a-lost-plugin": ("severity", ["1", "2"]),
    }


def test_one_severity_is_no_curve(view: View) -> None:
    """Nor is a condition that has none."""
    assert severity.figure(task_of(view, ("keyboard", 3.0), ("lowercase", 5.0), ("rare-words", None, "slice"))) is None
    assert severity.figure(replace(view.tasks[0], rows=())) is None


def test_other_parameters_are_other_curves(view: View) -> None:
    """The drawing is named by what tells it from the other."""
    one, other = (task_of(view, ("truncate", 0.5), ("truncate", 0.25), side=side) for side in ("first", "last"))
    rows = [replace(a, results=(*a.results, *b.results)) for a, b in zip(one.rows, other.rows, strict=True)]
    titles = [drawing.title for drawing in severity.figure(replace(one, rows=tuple(rows))).drawings]
    assert titles == ["truncate, side first", "truncate, side last"]


def test_the_best_row_of_every_encoder_has_a_colour(view: View) -> None:
    """Best first; then the next best. Rows at chance have none, and the legend says who has."""
    task = view.tasks[0]
    places = severity.coloured(task)
    assert len(places) == len(SHAPES)
    assert [names[0] for names in places][:4] == ["minilm", "mpnet", next(n for n, *_ in places if "<" in n), "tfidf"]
    assert "majority" not in {names[0] for names in places}
    figure = severity.figure(task)
    labels = {row.names: row.label for row in task.rows}
    assert list(figure.keys) == list(zip(SHAPES, [labels[names] for names in places], strict=True))
    assert "Grey: the other rows" in figure.caption


def test_a_drawing_has_a_line_a_row_and_says_every_score(view: View) -> None:
    (drawing,) = severity.figure(view.tasks[0]).drawings
    rows = [row for row in view.tasks[0].rows if row.score]
    lines = drawing.layers[1]["data"]["values"]
    assert {spot["row"] for spot in lines} == {row.label for row in rows}
    tfidf = next(row for row in rows if row.label == "tfidf")
    found = {result.condition: result.score.value for result in tfidf.results}
    said = ", ".join(
        f"{100 * found[name]:.1f} at {name.split('@')[-1]}" for name in ("clean", "keyboard@3", "keyboard@5")
    )
    assert f"tfidf: {said}" in drawing.words


def test_a_score_without_an_interval_has_no_bar(view: View) -> None:
    task = task_of(view, ("keyboard", 1.0), ("keyboard", 3.0))
    lone = [
        replace(row, results=tuple(replace(r, score=Interval(0.5, math.nan, math.nan)) for r in row.results))
        for row in task.rows
    ]
    (drawing,) = severity.figure(replace(task, rows=tuple(lone))).drawings
    _, lines, bars, _ = (layer["data"]["values"] for layer in drawing.layers)
    assert {spot["at"] for spot in lines} == {"clean", "1", "3"}
    assert {spot["at"] for spot in bars} == {"clean"}
    assert "<svg" in drawing.svg()
