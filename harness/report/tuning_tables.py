"""The tables of what was trained here: gain and cost, robustness, other ways to train, how training went."""

from collections.abc import Sequence

from harness.report import comparison_table
from harness.report.measure import Measure
from harness.report.model import Names, Row, Task
from harness.report.table import DASH, HEAD, Cell, Column, Footnotes, Line, Section, Table, number
from harness.report.tuning_model import Recipe, Training, Tuned, Tuning
from harness.stats import Interval
from harness.wording import numbers


def gains(task: Task, tuning: Tuning) -> Table:
    """A line a trained row: the probe's score, its own, the gain, the spread over seeds, the cost."""
    rows = {row.names: row for row in task.rows}
    return Table(
        caption=f"{task.name}, fine-tuned against the probe of the same encoder and pooler.",
        explains=(
            f"Gain: {task.measure.unit} of {task.measure.label} on the same items, the mean over seeds; its interval "
            "is over test items and seeds, stands alone (ranks hold for all rows at once) and is not to be had from "
            "one seed. Over seeds: the lowest and the highest score of a seed. Cost: of one seed, the mean of all "
            "(memory: the highest); paid once, before the first text. Best epoch: the one whose weights are kept."
        ),
        sections=(Section(tuple(_gain(line, rows, task.measure) for line in tuning.rows)),),
        can_sort=True,
    )


def _gain(line: Tuned, rows: dict[Names, Row], measure: Measure) -> Line:
    row, done = rows[line.names], [t for t in line.trainings if t.condition == "clean" and t.status == "done"]
    probe = comparison_table.score(rows[line.probe], measure) if line.probe else DASH
    took = {name: _known(done, name) for name in ("seconds", "n_tokens", "peak_mb", "best_epoch")}
    return {
        HEAD: comparison_table.name(row),
        Column("probe", measure.unit): probe,
        Column("fine-tuned", measure.unit): comparison_table.score(row, measure),
        Column("gain", measure.unit): _difference(line.gain, measure),
        Column("over seeds"): _spread(line.seeds, measure),
        Column("training", "s"): _mean(took["seconds"]),
        Column("tokens"): _mean(took["n_tokens"]),
        Column("peak memory", "MB"): number(max(took["peak_mb"], default=None)),
        Column("best epoch"): _span(took["best_epoch"]),
    }


def _known(trainings: Sequence[Training], name: str) -> list[float]:
    return [fact for training in trainings if (fact := getattr(training.facts, name)) is not None]


def _spread(seeds: Sequence[float], measure: Measure) -> Cell:
    if len(seeds) < 2:
        return DASH
    low, high = (measure.number(score) for score in (min(seeds), max(seeds)))
    return Cell(f"{low} to {high}", sort=max(seeds) - min(seeds))


def _mean(values: Sequence[float]) -> Cell:
    return number(sum(values) / len(values) if values else None)


def _span(values: Sequence[float]) -> Cell:
    """The lowest and the highest of some values, one where they are the same."""
    if not values:
        return DASH
    low, high = numbers.trimmed(min(values)), numbers.trimmed(max(values))
    return Cell(low if low == high else f"{low} to {high}", sort=max(values))


def robustness(task: Task, tuning: Tuning) -> Table:
    """What each bundle costs the probe and the trained row, side by side, each with its own worst condition."""
    rows, notes = {row.names: row for row in task.rows}, Footnotes()
    lines = []
    for tuned in tuning.rows:
        line = {HEAD: comparison_table.name(rows[tuned.names])}
        for name in comparison_table.stresses(task):
            for title, names in (("probe", tuned.probe), ("fine-tuned", tuned.names)):
                bundle = rows[names].bundle(name) if names else None
                cell = comparison_table.bundle_cell(bundle, task.measure, notes) if bundle else DASH
                line[Column(name, f"drop, {title}")] = cell
        lines.append(line)
    return Table(
        caption=f"{task.name}, robustness of the probe and of the fine-tuned row.",
        explains=(
            f"Drop: {task.measure.unit} lost under the worst condition of each, which is named. A row that starts "
            "higher may lose more and still end higher."
        ),
        sections=(Section(tuple(lines)),),
        notes=notes.notes,
        can_sort=True,
    )


def recipes(task: Task, tuning: Tuning) -> Table:
    """The other ways to train against the first, on texts as they are and under each bundle."""
    found = {gain.under for recipe in tuning.recipes for gain in recipe.gains}
    names = [name for name in ("clean", *comparison_table.stresses(task)) if name in found]
    rows = {row.names: row for row in task.rows}
    firsts = numbers.listed(list(dict.fromkeys(recipe.first for recipe in tuning.recipes)))
    return Table(
        caption=f"{task.name}, other ways to fine-tune against {firsts}.",
        explains=(
            f"{task.measure.unit.capitalize()} of {task.measure.label} more than {firsts} with the same encoder and "
            "pooler, on the same items; negative is worse. The conditions of a bundle are taken together."
        ),
        sections=(
            Section(tuple(_recipe(recipe, rows[recipe.names], names, task.measure) for recipe in tuning.recipes)),
        ),
        can_sort=True,
    )


def _recipe(recipe: Recipe, row: Row, names: Sequence[str], measure: Measure) -> Line:
    line = {HEAD: comparison_table.name(row)} | {Column(name, measure.unit): DASH for name in names}
    for gain in recipe.gains:
        line[Column(gain.under, measure.unit)] = _difference(gain.gain, measure, gain.n_conditions)
    return line


def _difference(gain: Interval | None, measure: Measure, n_conditions: int = 1) -> Cell:
    if gain is None:
        return DASH
    aside = f"{n_conditions} conditions" if n_conditions > 1 else ""
    return Cell(measure.signed(gain.value), measure.bounds(gain), aside=aside, sort=gain.value)


def trainings(task: Task, tuning: Tuning) -> Table:
    """A line a checkpoint: where its losses ended, which epoch was best, whether it stopped early."""
    labels = {row.names: row.label for row in task.rows}
    return Table(
        caption=f"{task.name}, how training went.",
        explains=(
            "Training loss: the last one noted. Validation: on a part of the training texts, at the best epoch, whose "
            "weights are kept."
        ),
        sections=tuple(Section(tuple(map(_training, line.trainings)), labels[line.names]) for line in tuning.rows),
        grouped_by="encoder / pooler / mode",
    )


def _training(training: Training) -> Line:
    losses, best = training.losses("loss"), training.best
    accuracy = best.validation_accuracy if best else None
    remarks = list(training.facts.warnings)
    if training.status != "done":
        remarks.insert(0, f"failed: {training.reason}" if training.status == "failed" else "not run")
    return {
        Column("seed", is_number=False): Cell(training.name or numbers.NONE),
        Column("training loss"): _loss(losses[-1][1] if losses else None),
        Column("validation loss"): _loss(best.validation_loss if best else None),
        Column("validation accuracy", "%"): DASH if accuracy is None else Cell(numbers.fixed(100 * accuracy, 1)),
        Column("best epoch"): _span(_known([training], "best_epoch")),
        Column("epochs"): Cell(_epochs(training), "stopped early" if training.stopped_early else "", join=", "),
        Column("remarks", is_number=False): Cell(
            "; ".join(remarks), tone="" if training.status == "done" else "failed"
        ),
    }


def _loss(value: float | None) -> Cell:
    return DASH if value is None else Cell(numbers.fixed(value, 3))


def _epochs(training: Training) -> str:
    if training.n_epochs is None:
        return numbers.NONE
    reached = numbers.trimmed(training.n_epochs)
    return f"{reached} of {numbers.trimmed(training.planned)}" if training.planned else reached


def total(tuning: Tuning) -> str:
    """How many checkpoints were trained for a task, and what that took in all."""
    every = [training for line in tuning.rows for training in line.trainings]
    done = [training for training in every if training.status == "done"]
    if all(training.status == "waiting" for training in every):
        return "No checkpoint has been trained yet."
    n_failed = sum(training.status == "failed" for training in every)
    failed = f", {numbers.count(n_failed)} failed" if n_failed else ""
    seconds, tokens = sum(_known(done, "seconds")), sum(_known(done, "n_tokens"))
    took = f"{numbers.duration(seconds)} and {numbers.significant(tokens)} tokens in all"
    return f"{numbers.plural(len(done), 'checkpoint')} trained{failed}: {took}."
