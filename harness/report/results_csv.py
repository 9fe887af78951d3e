"""The table of results: a row a cell, and one where the page pools repeats; values in the metric's own units.

A task's first metric stands under `metric` and `value`, each further one in columns of its own name.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.report import limits
from harness.report.measure import Measure
from harness.report.model import Result, Row, Task, View
from harness.stats import Interval

#: What stands for the repeat of a row that several cells were pooled to.
POOLED = "pooled"
#: The columns that hold text; all others hold numbers.
TEXTS = (
    *("task", "encoder", "pooler", "mode", "condition", "repeat", "kind", "component", "parameters", "bundles"),
    *("status", "reason", "metric", "against", "limits", "message", "key"),
)
#: What was learnt of a cell's texts while it was scored.
_FACTS = (
    *("ids_unchanged", "texts_changed", "n", "n_clusters", "n_truncated", "n_texts", "n_unmatched", "edits_per_text"),
    "chance",
)


def rows(view: View) -> list[dict[str, Any]]:
    """Every planned cell as a flat row, and behind the repeats of one what they are together; None for no value."""
    names = dict.fromkeys(measure.name for task in view.tasks for measure in task.others)
    none = dict.fromkeys(column for name in names for column in _interval(f"{name}_", None))
    found = [
        _row(task.name, task.measure, {**none, **_others(task, cell)}, row, cell)
        for task in view.tasks
        for row in task.rows
        for cell in _cells(row)
    ]
    lost = [(task, row, cell) for task in view.lost_tasks for row in task.rows for cell in _cells(row)]
    return found + [_row(task.name, None, none, row, cell) for task, row, cell in lost]


def _cells(row: Row) -> Iterator[Result]:
    """The cells of a row by condition, repeats one by one and then pooled, as the page shows them."""
    for result in row.results:
        single = [cell for cell in row.cells if cell.condition == result.condition]
        yield from single
        if len(single) > 1:
            yield replace(result, repeat=POOLED, key="")


def render(view: View) -> str:
    """The rows as CSV with a header; floats with six significant digits."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    table = rows(view)
    if table:
        writer.writerow(table[0])
        writer.writerows([[_text(value) for value in row.values()] for row in table])
    return file.getvalue()


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _others(task: Task, cell: Result) -> dict[str, float | None]:
    """The scores by the further metrics of a task."""
    pairs = zip(task.others, cell.others, strict=True)
    return {name: value for measure, found in pairs for name, value in _interval(f"{measure.name}_", found).items()}


def _row(
    task: str, metric: Measure | None, others: Mapping[str, float | None], row: Row, cell: Result
) -> dict[str, Any]:
    drop = cell.drop
    return {
        "task": task,
        "encoder": row.encoder,
        "pooler": row.pooler,
        "mode": row.mode,
        "condition": cell.condition,
        "repeat": cell.repeat,
        "n_repeats": cell.n_repeats,
        "kind": cell.kind,
        "component": cell.component,
        "severity": cell.severity,
        "parameters": cell.parameters,
        "bundles": " ".join(cell.bundles),
        "status": cell.status,
        "reason": cell.reason,
        "metric": metric.name if metric else None,
        **_interval("", cell.score),
        **others,
        "rank": row.rank if cell.kind == "clean" else None,
        "against": drop.against if drop else None,
        "reference": drop.reference if drop else None,
        **_interval("drop_", drop.loss if drop else None),
        "drop_above_chance": drop.above_chance if drop else None,
        "flip_rate": drop.flip_rate if drop else None,
        **{name: getattr(cell, name) for name in _FACTS},
        **{name: getattr(row.speed, name, None) for name in ("p50_ms", "p95_ms")},
        "limits": limits.state(row.limits),
        "n_parameters": row.n_parameters,
        "seconds": cell.seconds,
        "train_seconds": cell.train_seconds,
        "train_tokens": cell.train_tokens,
        "message": cell.message,
        "key": cell.key,
    }


def _interval(prefix: str, interval: Interval | None) -> dict[str, float | None]:
    value = prefix.removesuffix("_") or "value"
    names = (value, prefix + "low", prefix + "high")
    return dict(zip(names, (interval.value, interval.low, interval.high) if interval else (None,) * 3, strict=True))
