"""The report in a terminal: a small table a task, and the answer above it."""

from tabulate import tabulate

from harness.report import comparison_table, numbers, page, verdict
from harness.report.model import Row, Task, View


#: Rows without a result that are named.
_NAMED = 3


def summary(view: View) -> str:
    """Plain text, at most about 100 columns wide where names are short."""
    warning = page.banner(view)
    parts = [warning] if warning else []
    for task in view.tasks:
        parts += [f"{task.name}: {task.verdict.headline}", _table(task)]
    return "\n\n".join(parts) + "\n"


def _table(task: Task) -> str:
    headers = ["", "rank", task.measure.label, "worst drop", "p50 ms"]
    ordered = comparison_table.ordered(task)
    shown = [row for row in ordered if not comparison_table.is_waiting(row)]
    align = ("left", "right", "right", "left", "right")
    rows = [_row(row, task) for row in shown]
    parts = [tabulate(rows, headers, tablefmt="simple", colalign=align, disable_numparse=True)] if rows else []
    if waiting := [row.label for row in ordered if row not in shown]:
        more = f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
        parts.append(f"{numbers.plural(len(waiting), 'row')} not run yet: {', '.join(waiting[:_NAMED])}{more}")
    return "\n".join(parts)


def _row(row: Row, task: Task) -> list[str]:
    rank, score = comparison_table.rank(row), comparison_table.score(row, task.measure)
    worst = verdict.worst(row.results)
    drop = numbers.NONE
    if worst is not None and worst.drop is not None:
        drop = f"{task.measure.number(worst.drop.loss.value)} {worst.condition}"
    p50 = numbers.optional(row.speed.p50_ms) if row.speed else numbers.NONE
    return [row.label, rank.line, score.line, drop, p50]
