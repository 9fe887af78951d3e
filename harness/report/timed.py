"""Tasks whose rows are timed and not scored: what they cost, how many times as long each takes as each other."""

from collections.abc import Sequence

from harness.report import comparison_table, front, latency
from harness.report.model import Row, Task, Verdict
from harness.report.table import DASH, HEAD, Cell, Column, Section, Table
from harness.wording import numbers


def is_alone(rows: Sequence[Row]) -> bool:
    """Whether nothing is scored."""
    return bool(rows) and all(row.is_timed_alone for row in rows)


def verdict(rows: Sequence[Row], *, is_busy: bool) -> Verdict:
    """Which row takes the least, as far as the replicates show it."""
    if not front.is_timed(rows):
        return Verdict(None, "Nothing is scored here, and no times are there yet.")
    first = min(rows, key=lambda row: front.cost(row, timed=True))
    like = [row.label for row in rows if row is not first and not front.is_dearer(row, first, timed=True)]
    took = numbers.milliseconds(first.speed.p50_ms if first.speed else None)
    beside = f", and {numbers.listed(like)} not shown to take longer" if like else ""
    rough = ("Other programs kept the machine busy while it was timed: times are rough.",) if is_busy else ()
    return Verdict(
        None, f"Nothing is scored here. {first.label} takes the least, {took} a text{beside}.", remarks=rough
    )


def costs(task: Task) -> Table:
    """Times and sizes of every row, those that take least first."""
    rows = comparison_table.ordered(task)
    reference = f" × reference: p50 over that of {task.reference}, paired by replicate." if task.reference else ""
    return Table(
        caption=f"{task.name}, all rows, those that take least first.",
        explains="Timed and not scored. p50 / p95: milliseconds for one text, from string to vector. Texts/s: in "
        f"batches.{reference}",
        sections=(Section(tuple({HEAD: Cell(row.label)} | comparison_table.costs(row, task) for row in rows)),),
        can_sort=True,
    )


def ratios(task: Task) -> Table | None:
    """How many times as long the row of a line takes as that of a column; None where there are not two replicates."""
    rows = [row for row in comparison_table.ordered(task) if row.speed is not None]

    def cell(one: Row, other: Row) -> Cell:
        medians = [dict(row.speed.medians) if row.speed else {} for row in (one, other)]
        found = None if one is other else latency.paired_ratio(*medians)
        if found is None:
            return DASH
        digits = numbers.ratio_digits(found.value)
        bounds = f"[{numbers.significant(found.low, digits)}, {numbers.significant(found.high, digits)}]"
        return Cell(numbers.times(found.value), bounds, sort=found.value)

    lines = tuple({HEAD: Cell(one.label)} | {Column(o.label): cell(one, o) for o in rows} for one in rows)
    if not any(found is not DASH for line in lines for column, found in line.items() if column != HEAD):
        return None
    return Table(
        caption=f"{task.name}, how many times as long a row takes as the row of the column.",
        explains="The mean ratio of p50 over replicates, paired, with a 95 % interval: texts and drift of the machine "
        "are the same for both.",
        sections=(Section(lines),),
    )
