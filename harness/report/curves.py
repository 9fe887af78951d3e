"""Losses over the steps of a training as a small SVG, written by hand: a line a seed, the best epoch in a ring."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from harness.report.axes import Frame, axes, round_step
from harness.report.model import Task
from harness.report.tuning_model import Training, Tuning
from harness.wording import numbers

WIDTH, HEIGHT = 400, 240


@dataclass(frozen=True)
class Drawing:
    """The trainings of one row under one condition: its seeds."""

    title: str
    trainings: tuple[Training, ...]


def drawings(task: Task, tuning: Tuning) -> tuple[Drawing, ...]:
    """A drawing a trained row, and one more for each set of training texts that a condition asks for."""
    labels = {row.names: row.label for row in task.rows}
    found: dict[str, list[Training]] = {}
    for line in tuning.rows:
        for training in line.trainings:
            title = labels[line.names] + (f", {training.condition}" if training.condition != "clean" else "")
            if any(_points(training)):
                found.setdefault(title, []).append(training)
    return tuple(Drawing(title, tuple(trainings)) for title, trainings in found.items())


def svg(drawing: Drawing) -> str:
    """The drawing as one `<svg>`, with what it shows in words."""
    frame = _frame(drawing.trainings)
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<title>{escape(drawing.title)}: loss over the steps of training</title>",
        f"<desc>{escape(describe(drawing))}</desc>",
        *axes(frame, "steps", "loss"),
        *(part for training in drawing.trainings for part in _lines(training, frame)),
        "</svg>",
    ]
    return "\n".join(parts)


def describe(drawing: Drawing) -> str:
    """Each training in words: where its losses began, ended and were best."""
    return " ".join(_described(training) for training in drawing.trainings)


def _described(training: Training) -> str:
    trained, validated = _points(training)
    said = []
    if trained:
        said.append(f"training loss from {_loss(trained[0])} to {_loss(trained[-1])}")
    if validated:
        said.append(f"validation loss from {_loss(validated[0])} to {_loss(validated[-1])}")
    best = training.best
    if best is not None and best.validation_loss is not None:
        said.append(f"best {_loss((best.step, best.validation_loss))}")
    name = f"{training.name}: " if training.name else ""
    return f"{name}{', '.join(said)}."


def _loss(point: tuple[int, float]) -> str:
    return f"{numbers.fixed(point[1], 3)} at step {numbers.count(point[0])}"


def _points(training: Training) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """(step, loss) of training and of validation."""
    trained = [(step.step, step.loss) for step in training.curve if step.loss is not None]
    validated = [(step.step, step.validation_loss) for step in training.curve if step.validation_loss is not None]
    return trained, validated


def _frame(trainings: Sequence[Training]) -> Frame:
    points = [point for training in trainings for line in _points(training) for point in line]
    low, high = min(loss for _, loss in points), max(loss for _, loss in points)
    step = round_step(high - low or 1.0)
    y_range = (math.floor(low / step) * step, math.ceil(high / step) * step)
    if y_range[0] == y_range[1]:
        y_range = (y_range[0] - step, y_range[1] + step)
    return Frame(WIDTH, HEIGHT, (0.0, float(max(step for step, _ in points)) or 1.0), y_range, is_log=False)


def _lines(training: Training, frame: Frame) -> list[str]:
    trained, validated = _points(training)
    parts = [_polyline(trained, "trained", frame), _polyline(validated, "validated", frame)]
    parts += [f'<circle class="dot" {_at(*point, frame)} r="2.5"/>' for point in validated]
    best = training.best
    if best is not None and best.validation_loss is not None:
        parts.append(f'<circle class="best" {_at(best.step, best.validation_loss, frame)} r="6"/>')
    return [part for part in parts if part]


def _polyline(points: Sequence[tuple[int, float]], kind: str, frame: Frame) -> str:
    path = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>' if len(points) > 1 else ""


def _at(x: int, y: float, frame: Frame) -> str:
    return f'cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}"'
