"""The tables below the first: every condition, where the time goes, what is sound, what is missing."""

from collections.abc import Sequence

from harness.report import comparison_table
from harness.report.legends import legend
from harness.report.measure import Measure
from harness.report.model import CONDITIONS, Drop, Result, Row, Task, View
from harness.report.table import Cell, Column, Section, Table
from harness.wording import numbers

DASH = Cell(numbers.NONE)


def conditions(task: Task) -> Table:
    """A section a condition, a line a row: score, what it is compared with, drop, flips, unchanged tokens."""
    return Table(
        caption=f"{task.name}, every condition.",
        explains=(
            f"Compared with: the same row's score there{_or_other(task)}, on the same items where it has them. "
            f"Drop: {task.measure.unit} lost; negative is a gain. "
            "Above chance: the drop as a share of what the reference has above chance. "
            "Flips: share of the same items whose prediction changes. "
            "Ids unchanged: share of texts that reach the encoder as the very same tokens. "
            "n: items, and in how many clusters where those are fewer."
        ),
        columns=(
            Column("encoder / pooler / mode", is_number=False),
            Column(task.measure.label),
            Column("compared with"),
            Column("drop"),
            Column("above chance"),
            Column("flips"),
            Column("ids unchanged"),
            Column("n"),
        ),
        sections=tuple(_section(task, name) for name, _ in comparison_table.legend(task)),
    )


def _or_other(task: Task) -> str:
    foreign = any(r.drop is not None and r.drop.is_of_other for row in task.rows for r in row.results)
    return " (or that of the row of the same encoder and pooler named in brackets)" if foreign else ""


def _section(task: Task, name: str) -> Section:
    pairs = [
        (row, r)
        for row in comparison_table.ordered(task)
        for r in row.results
        if r.condition == name and r.kind in CONDITIONS
    ]
    first = pairs[0][1]
    said = legend(first)
    extra = [said] if said != name else []
    extra += [f"in {numbers.listed(list(first.bundles))}"] if first.bundles else []
    n_repeats = max(result.n_repeats // max(result.n_seeds, 1) for _, result in pairs)
    extra += [f"{n_repeats} repeats together"] if n_repeats > 1 else []
    extra += _about([result for _, result in pairs])
    return Section(tuple(_condition(row, r, task.measure) for row, r in pairs), name, "; ".join(extra))


def _about(results: Sequence[Result]) -> list[str]:
    """What was done to the items, the same for all rows: edits, items left out."""
    edits = [r.edits_per_text for r in results if r.edits_per_text is not None]
    n_unmatched = max((r.n_unmatched or 0 for r in results), default=0)
    said = [f"{numbers.fixed(max(edits), 1)} edits a text"] if edits else []
    return said + ([f"{numbers.plural(n_unmatched, 'item')} without a match left out"] if n_unmatched else [])


def _condition(row: Row, result: Result, measure: Measure) -> tuple[Cell, ...]:
    head = comparison_table.name(row)
    if result.score is None:
        said = {"failed": f"failed: {result.reason}", "done": "not defined"}.get(result.status, result.status)
        return (head, Cell(said, tone="" if result.status == "skipped" else "failed"), *[DASH] * 6)
    score, n = comparison_table.scored(measure, result.score), Cell(_size(result), result.seeds)
    ids = Cell(numbers.percent(result.ids_unchanged))
    if result.drop is None:
        return (head, score, DASH, DASH, DASH, DASH, ids, n)
    drop = result.drop
    return (
        head,
        score,
        Cell(measure.number(drop.reference), drop.against),
        _drop(result, drop, measure),
        Cell(numbers.NONE if drop.above_chance is None else f"{numbers.fixed(100 * drop.above_chance, 0)} %"),
        Cell(numbers.percent(drop.flip_rate)),
        ids,
        n,
    )


def _drop(result: Result, drop: Drop, measure: Measure) -> Cell:
    """What is lost; a condition that changes few texts says how many."""
    few, heat = comparison_table.changes(result), comparison_table.heat(result)
    return Cell(measure.number(drop.loss.value), measure.bounds(drop.loss), aside=few, heat=heat)


def _size(result: Result) -> str:
    """`121`, `121 × 3` repeats, `121 in 11 clusters` where that is fewer."""
    size = numbers.count(result.n) + (f" × {result.n_repeats}" if result.n_repeats > 1 else "")
    if not result.has_fewer_clusters:
        return size
    return f"{size} in {numbers.plural(result.n_clusters or 0, 'cluster')}"


def identity(view: View) -> Table:
    """Encoded again in other batches: do the same vectors and predictions come out?"""
    return Table(
        caption="The same texts encoded again, in other batches.",
        explains="The largest difference is of any number in any vector; above 1e-5 it is flagged.",
        columns=(
            Column("encoder", is_number=False),
            Column("texts"),
            Column("largest difference"),
            Column("predictions changed"),
            Column("outcome", is_number=False),
        ),
        sections=(
            Section(
                tuple(
                    (
                        Cell(control.encoder),
                        Cell(numbers.count(control.n)),
                        Cell(f"{control.max_abs_difference:.1e}"),
                        Cell(numbers.count(control.n_predictions_changed)),
                        Cell("the same") if control.is_sound else Cell("not the same", control.rounding, tone="flag"),
                    )
                    for control in view.identity
                )
            ),
        ),
    )


def plain(caption: str, titles: tuple[str, ...], lines: tuple[tuple[str, ...], ...]) -> Table:
    """A table of words."""
    columns = tuple(Column(title, is_number=False) for title in titles)
    return Table(caption, "", columns, (Section(tuple(tuple(map(Cell, line)) for line in lines)),))
