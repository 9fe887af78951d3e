"""The suite's limits: what the primary may take, in milliseconds and megabytes. They need no baseline."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.gate.baseline import cost
from harness.gate.cells import Cells, Row
from harness.gate.model import Check, Verdict
from harness.report import latency, limits
from harness.report.limits import LimitCheck
from harness.report.measure import Measure
from harness.report.source import Source
from harness.report.speed_model import Speed
from harness.stats import NEEDED, Interval

#: Decimals of each unit.
_DECIMALS = {"ms": 2, "MB": 1}


def given(cells: Cells) -> Mapping[str, float]:
    """The limits of a run's suite; empty where it has none."""
    return dict(cells.manifest["suite"].get("limits") or {})


def checks(cells: Cells, source: Source, primary: Sequence[Row]) -> list[Check]:
    """A check a limit and row, in the suite's order; named by task where there are several rows."""
    found: list[Check] = []
    for row in primary:
        task, encoder, pooler, _ = row
        timings = latency.of_suite(source.timings, source.manifest["suite"], task)
        lines = [line for line in latency.work(timings, [encoder], {}) if line.pooler == pooler]
        speed = lines[0].speed if lines else None
        is_busy = latency.is_busy(lines, (source.manifest.get("environment") or {}).get("n_cores"))
        disk_mb = cost(cells, next(iter(cells.of(row)))).get("disk_mb")
        checks = limits.of_row(given(cells), speed, latency.peak_mb(timings, encoder), disk_mb)
        in_task = f"{task}: " if len(primary) > 1 else ""
        found += [_check(check, in_task, f"{encoder} / {pooler}", speed, is_busy) for check in checks]
    return found


def _check(check: LimitCheck, in_task: str, row: str, speed: Speed | None, is_busy: bool) -> Check:
    name = f"{in_task}limit: {check.what} of {row} at most {check.bound} {check.unit}"
    measure = Measure(check.name, check.what, False, 1.0, _DECIMALS[check.unit], check.unit)
    if check.value is None:
        why = "not measured in this run; run the suite again"
        if check.unit == "ms" and speed is not None:
            why = f"{speed.n_samples} texts were timed, {check.what} takes {NEEDED[int(check.what[1:])]}"
        return Check(name, "threshold", "missing", why, measure)
    verdict: Verdict = "ok" if check.is_met else "missed"
    why = "" if check.is_met else f"{check.number} {check.unit} is more"
    if why and is_busy and check.unit == "ms":  # it may be the machine's; memory and bytes are the row's own
        verdict, why = "too weak", f"{why}, but other programs kept the machine busy; time it again when it is idle"
    return Check(name, "threshold", verdict, why, measure, now=check.value, loss=Interval(check.value, np.nan, np.nan))
