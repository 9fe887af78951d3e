"""Calibration, suspected label errors and learning curves of a task, as tables."""

from harness.report import comparison_table
from harness.report.insights import COVERAGE, N_BINS
from harness.report.insights_model import Calibration, Learning
from harness.report.measure import Measure
from harness.report.model import Task
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.stats import Interval
from harness.wording import numbers
from harness.wording.visible import class_name, one_line, visible

_CLEAN = "clean"


def calibration(task: Task) -> Table | None:
    """A line a row: how far its probabilities are off, and how good it is where it is sure, clean and at its worst."""
    known = task.insights.calibration
    if not known:
        return None
    bundles = comparison_table.stresses(task)
    lines = list[Line]()
    for row in comparison_table.ordered(task):
        found = {_CLEAN: known.get((row.names, _CLEAN))}
        for name in bundles:
            bundle = row.bundle(name)
            worst = bundle.worst.condition if bundle and bundle.worst else ""
            found[name] = known.get((row.names, worst))
        if found[_CLEAN] is not None:
            line: dict[Column, Cell] = {HEAD: comparison_table.name(row)}
            for name, one in found.items():
                line |= _columns(name, one)
            lines.append(line)
    return _table(task.name, lines) if lines else None


def _columns(name: str, one: Calibration | None) -> Line:
    ece, covered = Column(f"ECE, {name}", "%"), Column(f"accuracy at {COVERAGE:.0%}, {name}".replace("%", " %"), "%")
    if one is None:
        return {ece: DASH, covered: DASH}
    return {
        ece: DASH if one.ece is None else Cell(numbers.fixed(100 * one.ece, 1), sort=one.ece),
        covered: Cell(numbers.fixed(100 * one.covered, 1), sort=one.covered),
    }


def learning(task: Task) -> tuple[str | Table, ...]:
    """A line a row, a column a number of training texts, and what more would buy; nothing where there is one size."""
    found = {one.names: one for one in task.insights.learning}
    if not found:
        return ()
    measure, sizes = task.measure, sorted({size for one in found.values() for size, _ in one.points})
    lines = list[Line]()
    for row in comparison_table.ordered(task):
        if (one := found.get(row.names)) is not None:
            scores = dict(one.points)
            line: dict[Column, Cell] = {HEAD: comparison_table.name(row)}
            for size in sizes:
                cell = comparison_table.scored(measure, scores[size]) if size in scores else DASH
                line[Column(f"{numbers.count(size)} texts")] = cell
            lines.append(line | {Column("a doubling gained"): _gain(measure, one.doubling)})
    ordered = sorted(comparison_table.ordered(task), key=lambda row: row.is_baseline)
    said = _more(task, next(one for row in ordered if (one := found.get(row.names))))
    explains = (
        f"Scores ({measure.label}) by the number of training texts, a bigger sample holding the smaller; all rows on "
        f"the same items. A doubling gained: {measure.unit} better for each time that the texts were doubled in the "
        "last step."
    )
    table = Table(f"{task.name}, learning curve.", explains, (Section(tuple(lines)),), can_sort=True)
    return (said, table) if said else (table,)


def _gain(measure: Measure, gained: Interval | None) -> Cell:
    return DASH if gained is None else Cell(measure.number(gained.value), measure.bounds(gained), sort=gained.value)


def _more(task: Task, one: Learning) -> str:
    """What more labels would buy the best row that has a curve."""
    label = next(row.label for row in task.rows if row.names == one.names)
    (n_before, _), (n_now, _) = one.points[-2:]
    step, doubling, measure = one.step, one.doubling, task.measure
    if step is None or doubling is None:
        return ""
    went = f"From {numbers.count(n_before)} to {numbers.count(n_now)} training texts {label} gained"
    gained = f"{measure.amount(step.value)} {measure.bounds(step)}".strip()
    if not step.low > 0:
        return f"{went} {gained}: no gain is shown, and more labels of this kind would likely buy little."
    twice = f"{measure.amount(doubling.value)} {measure.bounds(doubling)}".strip()
    return (
        f"{went} {gained}. At that slope twice as many, {numbers.count(2 * n_now)}, would gain about {twice}; curves "
        "flatten, so take that for the most."
    )


def _table(task: str, lines: list[Line]) -> Table:
    return Table(
        caption=f"{task}, calibration.",
        explains=(
            "ECE: the expected calibration error, how far the probability of the predicted class is from the share "
            f"that is right, in {N_BINS} bins of equal width; 0 is best. A dash where scores are no probabilities. "
            f"Accuracy at {100 * COVERAGE:.0f} %: on the items that a row is surest of, as if it could pass on the "
            "others. Of a bundle: under the condition that costs the row most. Of repeats the mean."
        ),
        sections=(Section(tuple(lines)),),
        can_sort=True,
    )


def suspects(task: Task) -> tuple[str | Table, ...]:
    """What all good rows say is another class, the surest first; nothing where no one can say."""
    found = task.insights.suspects
    if found is None:
        return ()
    said = (
        f"Of {numbers.plural(found.n_items, 'test item')} {numbers.count(found.n)} get the same other label from all "
        f"{len(found.rows)} rows that are better than those without an encoder. Some of these labels may be wrong; "
        "others are hard."
    )
    if not found.first:
        return (said,)
    how = "mean probability" if found.is_probability else "the mean share of a row's items that it is less sure of"
    columns = [Column(title, is_number=False) for title in ("text", "label", "all rows say")]
    lines = [
        {
            columns[0]: Cell(visible(one_line(one.text)) or f"item {one.item}"),
            columns[1]: Cell(class_name(one.label, 1)),
            columns[2]: Cell(class_name(one.said, 2)),
            Column("sure", "%"): Cell(numbers.fixed(100 * one.sureness, 0), sort=one.sureness),
        }
        for one in found.first
    ]
    caption = f"{task.name}, the first {len(lines)} of them." if found.n > len(lines) else f"{task.name}, all of them."
    return said, Table(caption, f"Sure: {how}.", (Section(tuple(lines)),))
