"""Losses over the steps of a training as a small SVG, written by hand: a line a seed, the best epoch in a ring."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.axes import Frame, axes, polyline, rounded
from harness.report.axes import drawing as drawn
from harness.report.model import Task
from harness.report.source import grouped
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
    found = grouped(
        (labels[line.names] + (f", {training.condition}" if training.condition != "clean" else ""), training)
        for line in tuning.rows
        for training in line.trainings
        if any(_curves(training))
    )
    return tuple(Drawing(title, tuple(trainings)) for title, trainings in found.items())


def svg(drawing: Drawing) -> str:
    """The drawing as one `<svg>`, with what it shows in words."""
    frame = _frame(drawing.trainings)
    parts = [*axes(frame, "steps", "loss"), *(part for one in drawing.trainings for part in _lines(one, frame))]
    return drawn(frame, f"{drawing.title}: loss over the steps of training", describe(drawing), parts)


def describe(drawing: Drawing) -> str:
    """Each training in words: where its losses began, ended and were best."""
    return " ".join(_described(training) for training in drawing.trainings)


def _described(training: Training) -> str:
    said = [
        f"{what} loss from {_loss(points[0])} to {_loss(points[-1])}"
        for what, points in zip(("training", "validation"), _curves(training), strict=True)
        if points
    ]
    said += [f"best {_loss(point)}" for point in _best(training)]
    name = f"{training.name}: " if training.name else ""
    return f"{name}{', '.join(said)}."


def _loss(point: tuple[int, float]) -> str:
    return f"{numbers.fixed(point[1], 3)} at step {numbers.count(point[0])}"


def _curves(training: Training) -> list[list[tuple[int, float]]]:
    """The losses of training and those of validation."""
    return [training.losses("loss"), training.losses("validation_loss")]


def _best(training: Training) -> list[tuple[int, float]]:
    """The best validated point, if there is one."""
    best = training.best
    return [(best.step, best.validation_loss or 0.0)] if best else []


def _frame(trainings: Sequence[Training]) -> Frame:
    steps, losses = zip(*(point for training in trainings for line in _curves(training) for point in line), strict=True)
    return Frame(WIDTH, HEIGHT, (0.0, float(max(steps)) or 1.0), rounded(min(losses), max(losses)), is_log=False)


def _lines(training: Training, frame: Frame) -> list[str]:
    trained, validated = _curves(training)
    return [
        polyline(trained, "trained", frame),
        polyline(validated, "validated", frame),
        *(f'<circle class="dot" {_at(*point, frame)} r="2.5"/>' for point in validated),
        *(f'<circle class="best" {_at(*point, frame)} r="6"/>' for point in _best(training)),
    ]


def _at(x: int, y: float, frame: Frame) -> str:
    return f'cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}"'
