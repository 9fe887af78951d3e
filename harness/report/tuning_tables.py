"""The tables of what was trained here: gain and cost, robustness beside the probe's, other ways to train."""

from collections.abc import Sequence

from harness.report import comparison_table
from harness.report.measure import Measure
from harness.report.model import Bundle, Names, Row, Task
from harness.report.table import Cell, Column, Footnotes, Section, Table
from harness.report.tuning_model import Gain, Recipe, Tuned, Tuning
from harness.wording import numbers

DASH = Cell(numbers.NONE)
HEAD = Column("encoder / pooler / mode", is_number=False)


def gains(task: Task, tuning: Tuning) -> Table:
    """A line a trained row: the probe's score, its own, the gain, the spread over seeds, the cost."""
    rows = {row.names: row for row in task.rows}
    columns = ("probe", "fine-tuned")
    return Table(
        caption=f"{task.name}, fine-tuned against the probe of the same encoder and pooler.",
        explains=(
            f"Gain: {task.measure.unit} of {task.measure.label} on the same items, the mean over seeds; its interval "
            "is over test items and seeds, stands alone (ranks hold for all rows at once) and is not to be had from "
            "one seed. Over seeds: the lowest and the highest score of a seed. Cost: of one seed, the mean of all "
            "(memory: the highest); paid once, before the first text. Best epoch: the one whose weights are kept."
        ),
        columns=(
            HEAD,
            *(Column(title, task.measure.unit) for title in columns),
            Column("gain", task.measure.unit),
            Column("over seeds"),
            Column("training", "s"),
            Column("tokens"),
            Column("peak memory", "MB"),
            Column("best epoch"),
        ),
        sections=(Section(tuple(_gain(line, rows, task.measure) for line in tuning.rows)),),
        can_sort=True,
    )


def _gain(line: Tuned, rows: dict[Names, Row], measure: Measure) -> tuple[Cell, ...]:
    row = rows[line.names]
    probe = comparison_table.score(rows[line.probe], measure) if line.probe else DASH
    done = [t for t in line.trainings if t.condition == "clean" and t.status == "done"]
    gain = line.gain
    return (
        comparison_table.name(row),
        probe,
        comparison_table.score(row, measure),
        Cell(measure.signed(gain.value), measure.bounds(gain), sort=gain.value) if gain else DASH,
        _spread(line.seeds, measure),
        _mean([t.seconds for t in done]),
        _mean([t.n_tokens for t in done]),
        _cell(max((t.peak_mb for t in done if t.peak_mb is not None), default=None)),
        span([t.best_epoch for t in done]),
    )


def _spread(seeds: Sequence[float], measure: Measure) -> Cell:
    if len(seeds) < 2:
        return DASH
    low, high = (measure.number(score) for score in (min(seeds), max(seeds)))
    return Cell(f"{low} to {high}", sort=max(seeds) - min(seeds))


def _mean(values: Sequence[float | None]) -> Cell:
    known = [value for value in values if value is not None]
    return _cell(sum(known) / len(known) if known else None)


def _cell(value: float | None) -> Cell:
    return Cell(numbers.optional(value), sort=value)


def span(values: Sequence[float | None]) -> Cell:
    """The lowest and the highest of some values, one where they are the same."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return DASH
    low, high = numbers.trimmed(known[0]), numbers.trimmed(known[-1])
    return Cell(low if low == high else f"{low} to {high}", sort=known[-1])


def stresses(task: Task) -> list[str]:
    """The bundles, and the conditions that are in none, under which some row of a task has a result."""
    found = [b.name for row in task.rows for b in (*row.bundles, *row.loose) if b.n_members]
    return list(dict.fromkeys(found))


def robustness(task: Task, tuning: Tuning) -> Table:
    """What each bundle costs the probe and the trained row, side by side, each with its own worst condition."""
    rows, notes, names = {row.names: row for row in task.rows}, Footnotes(), stresses(task)
    lines = []
    for line in tuning.rows:
        cells = [comparison_table.name(rows[line.names])]
        for name in names:
            cells += [_drop(rows.get(who) if who else None, name, task, notes) for who in (line.probe, line.names)]
        lines.append(tuple(cells))
    return Table(
        caption=f"{task.name}, robustness of the probe and of the fine-tuned row.",
        explains=(
            f"Drop: {task.measure.unit} lost under the worst condition of each, which is named. A row that starts "
            "higher may lose more and still end higher."
        ),
        columns=(HEAD, *(Column(name, f"drop, {who}") for name in names for who in ("probe", "fine-tuned"))),
        sections=(Section(tuple(lines)),),
        notes=notes.notes,
        can_sort=True,
    )


def _drop(row: Row | None, name: str, task: Task, notes: Footnotes) -> Cell:
    found: Bundle | None = next((b for b in (*row.bundles, *row.loose) if b.name == name), None) if row else None
    return comparison_table.bundle_cell(found, task.measure, notes) if found else DASH


def recipes(task: Task, tuning: Tuning) -> Table:
    """The other ways to train against the first, on texts as they are and under each bundle."""
    names = [name for name in ("clean", *stresses(task)) if any(_under(r, name) for r in tuning.recipes)]
    rows = {row.names: row for row in task.rows}
    firsts = numbers.listed(list(dict.fromkeys(recipe.first for recipe in tuning.recipes)))
    return Table(
        caption=f"{task.name}, other ways to fine-tune against {firsts}.",
        explains=(
            f"{task.measure.unit.capitalize()} of {task.measure.label} more than {firsts} with the same encoder and "
            "pooler, on the same items; negative is worse. The conditions of a bundle are taken together."
        ),
        columns=(HEAD, *(Column(name, task.measure.unit) for name in names)),
        sections=(
            Section(
                tuple(
                    (
                        comparison_table.name(rows[recipe.names]),
                        *(_difference(_under(recipe, name), task.measure) for name in names),
                    )
                    for recipe in tuning.recipes
                )
            ),
        ),
        can_sort=True,
    )


def _under(recipe: Recipe, name: str) -> Gain | None:
    return next((gain for gain in recipe.gains if gain.under == name), None)


def _difference(gain: Gain | None, measure: Measure) -> Cell:
    if gain is None:
        return DASH
    value, n = gain.gain, gain.n_conditions
    aside = f"{n} conditions" if n > 1 else ""
    return Cell(measure.signed(value.value), measure.bounds(value), aside=aside, sort=value.value)
