"""How training went: a line a checkpoint."""

from harness.report import tuning_tables
from harness.report.model import Task
from harness.report.table import Cell, Column, Section, Table
from harness.report.tuning_model import Training, Tuning
from harness.wording import numbers


def trainings(task: Task, tuning: Tuning) -> Table:
    """A line a checkpoint: where its losses ended, which epoch was best, whether it stopped early."""
    labels = {row.names: row.label for row in task.rows}
    return Table(
        caption=f"{task.name}, how training went.",
        explains=(
            "Training loss: the last one noted. Validation: on a part of the training texts, at the best epoch, whose "
            "weights are kept."
        ),
        columns=(
            Column("seed", is_number=False),
            Column("training loss"),
            Column("validation loss"),
            Column("validation accuracy", "%"),
            Column("best epoch"),
            Column("epochs"),
            Column("remarks", is_number=False),
        ),
        sections=tuple(Section(tuple(map(_training, line.trainings)), labels[line.names]) for line in tuning.rows),
        grouped_by="encoder / pooler / mode",
    )


def _training(training: Training) -> tuple[Cell, ...]:
    loss = next((step.loss for step in reversed(training.curve) if step.loss is not None), None)
    best = training.best
    accuracy = best.validation_accuracy if best else None
    remarks = list(training.warnings)
    if training.status != "done":
        remarks.insert(0, f"failed: {training.reason}" if training.status == "failed" else "not run")
    return (
        Cell(training.name or numbers.NONE),
        _loss(loss),
        _loss(best.validation_loss if best else None),
        Cell(numbers.NONE if accuracy is None else numbers.fixed(100 * accuracy, 1)),
        tuning_tables.span([training.best_epoch]),
        Cell(_epochs(training), "stopped early" if training.stopped_early else "", join=", "),
        Cell("; ".join(remarks), tone="" if training.status == "done" else "failed"),
    )


def _loss(value: float | None) -> Cell:
    return Cell(numbers.NONE if value is None else numbers.fixed(value, 3))


def _epochs(training: Training) -> str:
    if training.n_epochs is None:
        return numbers.NONE
    reached = numbers.trimmed(training.n_epochs)
    return f"{reached} of {numbers.trimmed(training.n_planned)}" if training.n_planned else reached


def total(tuning: Tuning) -> str:
    """How many checkpoints were trained for a task, and what that took in all."""
    every = [training for line in tuning.rows for training in line.trainings]
    done = [training for training in every if training.status == "done"]
    if all(training.status == "waiting" for training in every):
        return "No checkpoint has been trained yet."
    seconds = sum(training.seconds or 0.0 for training in done)
    tokens = sum(training.n_tokens or 0.0 for training in done)
    n_failed = sum(training.status == "failed" for training in every)
    failed = f", {numbers.count(n_failed)} failed" if n_failed else ""
    took = f"{numbers.duration(seconds)} and {numbers.significant(tokens)} tokens in all"
    return f"{numbers.plural(len(done), 'checkpoint')} trained{failed}: {took}."
