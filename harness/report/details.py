"""The tables below the first: every condition, where the time goes, what is sound, what is missing."""

from collections.abc import Iterable, Sequence

from harness.report import comparison_table
from harness.report.identity_model import Identity
from harness.report.legends import legend
from harness.report.measure import Measure
from harness.report.model import CONDITIONS, Drop, Result, Row, Task, View
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.wording import numbers


def conditions(task: Task) -> Table:
    """A section a condition, a line a row: score, what it is compared with, drop, flips, unchanged tokens."""
    is_of_other = any(r.drop is not None and r.drop.is_of_other for row in task.rows for r in row.results)
    or_other = " (or that of the row of the same encoder and pooler named in brackets)" if is_of_other else ""
    return Table(
        caption=f"{task.name}, every condition.",
        explains=(
            f"Compared with: the same row's score there{or_other}, on the same items where it has them. "
            f"Drop: {task.measure.unit} lost; negative is a gain. "
            "Above chance: the drop as a share of what the reference has above chance. "
            "Flips: share of the same items whose prediction changes; of right: of those that were right before. "
            "Ids unchanged: share of texts that reach the encoder as the very same tokens. "
            "n: items, and in how many clusters where those are fewer."
        ),
        sections=tuple(_section(task, name) for name in comparison_table.conditions(task)),
    )


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
    edits = [r.facts.edits_per_text for r in results if r.facts.edits_per_text is not None]
    n_unmatched = max((r.facts.n_unmatched or 0 for r in results), default=0)
    said = [f"{numbers.fixed(max(edits), 1)} edits a text"] if edits else []
    return said + ([f"{numbers.plural(n_unmatched, 'item')} without a match left out"] if n_unmatched else [])


def _condition(row: Row, result: Result, measure: Measure) -> Line:
    known = result.score is not None
    drop = result.drop if known else None
    share = drop.above_chance if drop else None
    return {
        HEAD: comparison_table.name(row),
        Column(measure.label): _score(result, measure),
        Column("compared with"): Cell(measure.number(drop.reference), drop.against) if drop else DASH,
        Column("drop"): _drop(result, drop, measure) if drop else DASH,
        Column("above chance"): DASH if share is None else Cell(f"{numbers.fixed(100 * share, 0)} %"),
        Column("flips"): Cell(numbers.percent(drop.flip_rate)) if drop else DASH,
        Column("flips of right"): Cell(numbers.percent(drop.flip_rate_right)) if drop else DASH,
        Column("ids unchanged"): Cell(numbers.percent(result.ids_unchanged)) if known else DASH,
        Column("n"): Cell(_size(result), result.seeds) if known else DASH,
    }


def _score(result: Result, measure: Measure) -> Cell:
    if result.score is not None:
        return comparison_table.scored(measure, result.score)
    said = {"failed": f"failed: {result.reason}", "done": "not defined"}.get(result.status, result.status)
    return Cell(said, tone="" if result.status == "skipped" else "failed")


def _drop(result: Result, drop: Drop, measure: Measure) -> Cell:
    """What is lost; a condition that changes few texts says how many."""
    few, heat = comparison_table.changes(result), comparison_table.heat(result)
    return Cell(measure.number(drop.loss.value), measure.bounds(drop.loss), aside=few, heat=heat)


def _size(result: Result) -> str:
    """`121`, `121 × 3` repeats, `121 in 11 clusters` where that is fewer."""
    repeats = f" × {result.n_repeats}" if result.n_repeats > 1 else ""
    return f"{numbers.count(result.n)}{repeats}{result.in_clusters}"


def identity(view: View) -> Table:
    """Encoded again in other batches: do the same vectors and predictions come out?"""
    return Table(
        caption="The same texts encoded again, in other batches.",
        explains="The largest difference is of any number in any vector; above 1e-5 it is flagged.",
        sections=(Section(tuple(map(_control, view.identity))),),
    )


def _control(control: Identity) -> Line:
    same = Cell("the same") if control.is_sound else Cell("not the same", control.rounding, tone="flag")
    return {
        Column("encoder", is_number=False): Cell(control.encoder),
        Column("texts"): Cell(numbers.count(control.n)),
        Column("largest difference"): Cell(f"{control.max_abs_difference:.1e}"),
        Column("predictions changed"): Cell(numbers.count(control.n_predictions_changed)),
        Column("outcome", is_number=False): same,
    }


def plain(caption: str, titles: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """A table of words."""
    columns = [Column(title, is_number=False) for title in titles]
    section = Section(tuple(dict(zip(columns, map(Cell, line), strict=True)) for line in lines))
    return Table(caption, "", (section,))
