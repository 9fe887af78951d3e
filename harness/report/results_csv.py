"""The table of results: a row a cell, and one where the page pools repeats; values in the metric's own units.

A task's first metric stands under `metric` and `value`, each further one in columns of its own name.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from harness.core.fingerprint import canonical
from harness.report import limits
from harness.report.model import LostTask, Result, Row, Task, View
from harness.report.robustness_model import Robustness
from harness.report.source import grouped
from harness.stats import Interval

#: What stands for the repeat of a row that several cells were pooled to.
POOLED = "pooled"
#: The columns that hold text; all others hold numbers.
TEXTS = (
    *("task", "encoder", "pooler", "mode", "condition", "repeat", "kind", "component", "parameters", "bundles"),
    *("status", "reason", "metric", "against", "limits", "message", "key"),
)


def rows(view: View) -> list[dict[str, Any]]:
    """Every planned cell as a flat row, and behind the repeats of one what they are together; None for no value."""
    others = dict.fromkeys(measure.name for task in view.tasks for measure in task.others)
    tasks: list[Task | LostTask] = [*view.tasks, *view.lost_tasks]
    return [
        _row(task, row, cell, list(others)) | pooled
        for task in tasks
        for row in task.rows
        for cell, pooled in _cells(row)
    ]


def _cells(row: Row) -> Iterator[tuple[Result, dict[str, str]]]:
    """The cells of a row by condition, repeats one by one and then pooled, as the page shows them."""
    cells = grouped((cell.condition, cell) for cell in row.cells)
    for result in row.results:
        single = cells[result.condition]
        yield from ((cell, {}) for cell in single)
        if len(single) > 1:
            yield result, {"repeat": POOLED, "key": ""}


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


def _row(task: Task | LostTask, row: Row, cell: Result, others: list[str]) -> dict[str, Any]:
    """`others` are the further metrics of all tasks."""
    drop, facts = cell.drop, cell.facts
    measures = (task.measure, *task.others) if isinstance(task, Task) else ()
    scores = dict(zip((measure.name for measure in measures[1:]), cell.others, strict=True))
    return {
        "task": task.name,
        **_of(row, "encoder", "pooler", "mode"),
        "condition": cell.condition,
        "repeat": str(cell.address.repeat),
        **_of(cell, "n_repeats", "kind", "component", "severity"),
        "parameters": canonical(cell.parameters) if cell.parameters else "",
        "bundles": " ".join(cell.bundles),
        **_of(cell, "status", "reason"),
        "metric": measures[0].name if measures else None,
        **_interval("value", "", cell.score),
        **{name: value for other in others for name, value in _interval(other, f"{other}_", scores.get(other)).items()},
        "rank": row.rank if cell.kind == "clean" else None,
        **_of(drop, "against", "reference"),
        **_interval("drop", "drop_", drop.loss if drop else None),
        "drop_above_chance": drop.above_chance if drop else None,
        **_of(drop, "flip_rate", "flip_rate_right"),
        **_together(task, row, cell),
        **_calibration(task, row, cell),
        "ids_unchanged": cell.ids_unchanged,
        "texts_changed": facts.texts_changed,
        **_of(facts, "edit_rate", "rarer"),
        **_of(facts.seen, "drift", "sensitivity"),
        **_of(cell, "n", "n_clusters"),
        **_of(facts, "n_truncated", "n_texts", "n_unmatched", "edits_per_text"),
        "chance": cell.chance,
        **_of(row.speed, "p50_ms", "p95_ms"),
        "limits": limits.state(row.limits),
        "n_parameters": row.n_parameters,
        "seconds": None if cell.status == "not run" else cell.seconds,
        **_of(cell, "train_seconds", "train_tokens"),
        "message": cell.said,
        "key": cell.key or "",
    }


def _together(task: Task | LostTask, row: Row, cell: Result) -> dict[str, Any]:
    """What is computed of several rows or conditions, beside a condition as a whole and not beside its repeats."""
    is_whole = any(cell is result for result in row.results)
    known = task.robustness if is_whole and isinstance(task, Task) else Robustness()
    loss, worst = known.losses.get((row.names, cell.condition)), known.worst_cases.get(row.names)
    worst = worst if cell.kind == "clean" else None
    return {
        "drop_rank": loss.rank if loss else None,
        **_interval("drop_more", "drop_more_", loss.more if loss else None),
        **_interval("drop_area", "drop_area_", known.areas.get((row.names, cell.condition))),
        **_interval("tau", "tau_", known.tau.get(cell.condition)),
        **_interval("worst_case", "worst_case_", worst.worst if worst else None),
        "worst_case_k": worst.k if worst else None,
    }


def _calibration(task: Task | LostTask, row: Row, cell: Result) -> dict[str, Any]:
    """Beside a condition as a whole, as the page has it."""
    known = None
    if isinstance(task, Task) and any(cell is result for result in row.results):
        known = task.insights.calibration.get((row.names, cell.condition))
    return {"ece": known.ece if known else None, "accuracy_at_90": known.covered if known else None}


def _of(what: object, *names: str) -> dict[str, Any]:
    """These attributes by name, None where it has none."""
    return {name: getattr(what, name, None) for name in names}


def _interval(value: str, prefix: str, interval: Interval | None) -> dict[str, float | None]:
    found = _of(interval, "value", "low", "high")
    return {value: found["value"], f"{prefix}low": found["low"], f"{prefix}high": found["high"]}
