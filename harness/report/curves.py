"""Losses over the steps of a training: a line a seed, the best epoch in a ring."""

from collections.abc import Sequence

from harness.report.drawing import Drawing, Space, Spec, axis, layer, numeric, padded
from harness.report.model import Task
from harness.report.source import grouped
from harness.report.tuning_model import Training, Tuning
from harness.wording import numbers

SPACE = Space(400, 240)


def drawings(task: Task, tuning: Tuning) -> tuple[Drawing, ...]:
    """A drawing a trained row, and one more for each set of training texts that a condition asks for."""
    labels = {row.names: row.label for row in task.rows}
    found = grouped(
        (labels[line.names] + (f", {training.condition}" if training.condition != "clean" else ""), training)
        for line in tuning.rows
        for training in line.trainings
        if any(_curves(training))
    )
    return tuple(drawing(title, trainings) for title, trainings in found.items())


def drawing(title: str, trainings: Sequence[Training]) -> Drawing:
    """The trainings of one row under one condition: its seeds."""
    steps, losses = zip(*(point for training in trainings for line in _curves(training) for point in line), strict=True)
    below = axis("steps", SPACE, "bottom", format=",d", tickMinStep=1, tickCount=6)
    x = numeric("step", domain=[0, max(steps) or 1]) | {"axis": below}
    at = {"x": x, "y": numeric("loss", domain=padded(losses)) | {"axis": axis("loss", SPACE, "left", tickCount=5)}}
    trained = {"type": "line", "color": "var(--accent)", "strokeWidth": 1.4, "opacity": 0.75}
    validated = {"type": "line", "color": "var(--loss)", "strokeWidth": 1.4, "strokeDash": [5, 3]}
    dot = {"type": "point", "filled": True, "color": "var(--loss)", "opacity": 1, "size": 20}
    ring = {"type": "point", "color": "var(--ink)", "opacity": 1, "size": 113, "strokeWidth": 1.6}
    lines = [_curves(training) for training in trainings]
    seed = {"detail": {"field": "seed", "type": "nominal"}}
    layers = (
        layer(trained, _spots([line for line, _ in lines]), "trained", **at, **seed),
        layer(validated, _spots([line for _, line in lines]), "validated", **at, **seed),
        layer(dot, _spots([line for _, line in lines]), "dot", **at),
        layer(ring, _spots([_best(training) for training in trainings]), "best", **at),
    )
    return Drawing(title, f"Loss over the steps of training. {' '.join(map(_described, trainings))}", SPACE, layers)


def _spots(lines: Sequence[Sequence[tuple[int, float]]]) -> list[Spec]:
    return [{"seed": i, "step": step, "loss": loss} for i, line in enumerate(lines) for step, loss in line]


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
