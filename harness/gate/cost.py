"""What the primary costs, then and now, where no clock is in it: any more is a regression."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from harness.gate.baseline import Baseline, cost
from harness.gate.cells import Cells, Row
from harness.gate.model import Check, Verdict
from harness.gate.timings import other_texts
from harness.report.measure import Measure
from harness.stats import Interval

#: How each is printed, and how much more is no more.
_EXACT = {
    "n_parameters": (Measure("n_parameters", "parameters", False, 1.0, 0, ""), 0.0),
    "disk_mb": (Measure("disk_mb", "MB on disk", False, 1.0, 1, "MB"), 0.0),
    "tokens_per_text": (Measure("tokens_per_text", "tokens a text", False, 1.0, 3, ""), 1e-9),
}
_PADDING = Measure("padding_waste", "padding in batches", False, 100.0, 2, "%")
#: Rounding of a stored share.
_SLACK = 1e-6


def exact(cells: Cells, baseline: Baseline, row: Row) -> Iterator[Check]:
    """Parameters, bytes and tokens a text of a row. Nothing where one of the sides does not know."""
    then = next((line for a, line in baseline.cells.items() if a[:4] == row and line["kind"] == "clean"), None)
    now = next((p for p in cells.of(row) if p.kind == "clean" and p.status == "done"), None)
    if then is None or now is None:
        return
    before, after = then.get("cost") or {}, cost(cells, now)
    same = then.get("content") == (dict(now.facts.content) or None)
    for name, (measure, slack) in _EXACT.items():
        if name in before and name in after:
            why = "" if same or name != "tokens_per_text" else "other test texts"
            yield _check(measure, before[name], after[name], slack, why)


def padding(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Check]:
    """The padding of the `offline` scenario, over the replicates that both timing lines have."""
    before, after = then["padding_waste"], now["padding_waste"]
    shared = sorted(before.keys() & after.keys())
    if not shared:
        return
    old, new = (float(np.mean([side[replicate] for replicate in shared])) for side in (before, after))
    yield _check(_PADDING, old, new, _SLACK, other_texts(then, now))


def _check(measure: Measure, old: float, new: float, slack: float, why: str) -> Check:
    verdict: Verdict = "regressed" if new - old > slack else "improved" if old - new > slack else "ok"
    if why:
        verdict = "not comparable"
    change = None if why else Interval(new - old, np.nan, np.nan)
    return Check(measure.label, "cost", verdict, why, measure, old, new, change)
