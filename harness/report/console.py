"""The report in a terminal: a small table a task, and the answer above it."""

import shutil
import textwrap

from tabulate import MIN_PADDING, tabulate

from harness.report import comparison_table, page, timed, verdict
from harness.report.model import Row, Task, View
from harness.wording import numbers

#: How wide where nobody knows, how narrow a name may get, and how many columns stand whatever they hold.
_WIDTH, _NAME, _ALWAYS = 100, 16, 3
_WORST, _P50 = "worst drop", "p50 ms"
#: Rows without a result that are named.
_NAMED = 3


def summary(view: View, width: int | None = None) -> str:
    """Plain text in `width` columns, by default those of the terminal; names of rows wrap where they must."""
    width = width or shutil.get_terminal_size((_WIDTH, 0)).columns
    warning = page.banner(view)
    parts = [warning] if warning else []
    for task in view.tasks:
        notes = [textwrap.fill(note, width, break_long_words=False, break_on_hyphens=False) for note in task.computed]
        parts += [f"{task.name}: {task.verdict.headline}", _table(task, width), *filter(None, ["\n".join(notes)])]
    return "\n\n".join(parts) + "\n"


def _table(task: Task, width: int) -> str:
    """The columns that say something of any row."""
    ordered = comparison_table.ordered(task)
    waiting = [row.label for row in ordered if comparison_table.is_waiting(row)]
    rows = [_row(row, task) for row in ordered if not comparison_table.is_waiting(row)]
    if not rows:
        return _waiting(waiting)
    heads = [head for i, head in enumerate(rows[0]) if i < _ALWAYS or any(row[head] != numbers.NONE for row in rows)]
    if timed.is_alone(ordered):
        heads = ["", _P50]
    widths = [max(len(head) + MIN_PADDING, *(len(row[head]) for row in rows)) for head in heads]
    left = max(_NAME, width - sum(widths[1:]) - 2 * (len(heads) - 1))
    table = tabulate(
        [[row[head] for head in heads] for row in rows],
        heads,
        tablefmt="simple",
        colalign=["left" if head in ("", _WORST) else "right" for head in heads],
        maxcolwidths=[left if widths[0] > left else None, *[None] * (len(heads) - 1)],
        disable_numparse=True,
    )
    return "\n".join([table, *([_waiting(waiting)] if waiting else [])])


def _waiting(rows: list[str]) -> str:
    """One line for all rows that have nothing to show yet."""
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"{numbers.plural(len(rows), 'row')} not run yet: {', '.join(rows[:_NAMED])}{more}"


def _row(row: Row, task: Task) -> dict[str, str]:
    worst = verdict.worst(row.results)
    drop = f"{task.measure.number(worst.drop.loss.value)} {worst.condition}" if worst and worst.drop else numbers.NONE
    others = comparison_table.others(row, task)
    return {
        "": row.label,
        "rank": comparison_table.rank(row).line,
        task.measure.label: comparison_table.score(row, task.measure).line,
        **{measure.label: measure.number(one.value) if one else numbers.NONE for measure, one in others},
        _WORST: drop,
        _P50: numbers.optional(row.speed.p50_ms) if row.speed else numbers.NONE,
    }
