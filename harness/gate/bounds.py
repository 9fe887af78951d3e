"""Bounds that a suite sets and that need no baseline: thresholds of scores, limits of milliseconds and megabytes.

Judged on the point estimate; the interval is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.address import PARTS
from harness.core.errors import HarnessError
from harness.core.shapes import told
from harness.gate.cells import NOTHING, Cells, Row, matching, named, outcomes_of
from harness.gate.model import Check, Verdict
from harness.report import latency, repeats
from harness.report.latency import Speed
from harness.report.limits import LimitCheck, of_row
from harness.report.measure import Measure
from harness.report.scorer import Scorer, scorer_of
from harness.report.source import Source
from harness.results import RunCell
from harness.results.manifest import About
from harness.stats import NEEDED, Interval
from harness.suite.gates import FORMS
from harness.tasks.kinds import target_of

#: Decimals of each unit.
_DECIMALS = {"ms": 2, "MB": 1}


def thresholds(cells: Cells, source: Source, primary: Sequence[Row]) -> list[Check]:
    """A check for each threshold and row that it is about, in the suite's order. `primary` are planned rows."""
    given = [told(threshold) for threshold in cells.manifest.suite.gate.thresholds]
    for number, one in enumerate(given):
        if not any(form <= one.keys() for form in FORMS):
            raise HarnessError(
                f"{cells.run.path / 'run.json'}: suite.gate.thresholds.{number} has {', '.join(one) or 'nothing'}; "
                "expected metric and min or max, drop and max, or value, within and source. Run the suite again."
            )
    return [_check(cells, source, one, row) for one in given for row in _rows(cells, one, primary)]


def _rows(cells: Cells, threshold: Mapping[str, Any], primary: Sequence[Row]) -> list[Row | None]:
    """One row where a threshold names its task, else one in each task of the primary that has what it bounds."""
    if "task" not in threshold:
        found = [_row(cells, {**threshold, "task": row[0]}, row) for row in primary]
        if about := [row for row in found if row is not None and _applies(cells, threshold, row)]:
            return [*about]
    return [_row(cells, threshold, primary[0])]


def _applies(cells: Cells, threshold: Mapping[str, Any], row: Row) -> bool:
    if "drop" in threshold:
        return bool(_members(cells.of(row), threshold["drop"]))
    about = cells.manifest.tasks.get(row[0])
    return not about or "metric" not in threshold or not _why_not(scorer_of(str(threshold["metric"])), about)


def _why_not(scorer: Scorer, about: About) -> str:
    """Why a task's outcomes cannot be scored by a metric; empty where they can."""
    if target_of(about.kind) not in scorer.component.facts["targets"]:
        return f"{scorer.label} is not a metric of {about.kind} tasks"
    if "per_query" in scorer.component.facts and scorer.name not in about.metrics:
        return f"{scorer.label} was not computed: name it under the task's `metrics:`"
    return ""


def _members(planned: Iterable[RunCell], condition: str) -> list[RunCell]:
    """The cells under a condition, or under the members of a bundle."""
    return [p for p in planned if condition in (p.address.condition, *p.bundles) and p.kind not in _BESIDE]


def _row(cells: Cells, threshold: Mapping[str, Any], primary: Row) -> Row | None:
    """The row that a threshold is about: what it does not name is the primary's, else the first that fits."""
    alike = (1, 0, 2, 3)  # rather the encoder's than the task's
    return max(matching(cells.rows, threshold), key=lambda row: [row[i] == primary[i] for i in alike], default=None)


def _check(cells: Cells, source: Source, threshold: Mapping[str, Any], row: Row | None) -> Check:
    if row is None:
        names = ", ".join(f"{axis} {threshold[axis]}" for axis in PARTS[:4] if axis in threshold)
        return Check(f"threshold: {names}", "threshold", "missing", "the run's plan has no such row")
    about = cells.manifest.tasks.get(row[0])
    clean = [p for p in cells.of(row) if p.kind == "clean"]
    failed = [p for p in clean if p.status != "done"]
    if failed or not about:
        why = failed[0].why if failed else "the task could not be read"
        verdict: Any = "failed" if not failed or failed[0].status == "failed" else "missing"
        return Check(f"threshold on {named(row)}", "threshold", verdict, why)
    scorer = scorer_of(str(threshold.get("metric") or about.metrics[0]))
    if why := _why_not(scorer, about):
        return Check(f"{scorer.measure.label} of {row[0]}", "threshold", "missing", why)
    if "drop" in threshold:
        return _drop(cells, source, scorer, threshold, row)
    if not clean:
        why = "its clean cell is not in this run's plan"
        return Check(f"{scorer.measure.label} of {named(row)}", "threshold", "missing", why, scorer.measure)
    return _value(scorer, threshold, row, clean)


def _value(scorer: Scorer, threshold: Mapping[str, Any], row: Row, clean: Iterable[RunCell]) -> Check:
    found = scorer.interval([outcomes_of(p) for p in clean], "report", "score", "gate", *row, scorer.measure.name)
    say, value, of = scorer.measure.number, found.value, f"{scorer.measure.label} of {named(row)}"
    if "value" in threshold:
        unit = scorer.measure.factor if threshold["value"] > 1 else 1.0  # `within` is written as its value is
        target, within = threshold["value"] / unit, threshold["within"] / unit
        name = f"{of}: {threshold['value']:g} ± {threshold['within']:g} ({threshold['source']})"
        # a hair of slack: what is written in decimals is not what floats hold
        return _judged(name, scorer.measure, found, abs(value - target) <= within + 1e-9, f"{say(value)} is not")
    bound, is_min = ("min", True) if "min" in threshold else ("max", False)
    limit = _share(scorer, threshold[bound])
    holds = value >= limit - 1e-9 if is_min else value <= limit + 1e-9
    name = f"{of}: at {'least' if is_min else 'most'} {say(limit)}"
    return _judged(name, scorer.measure, found, holds, f"{say(value)} is {'less' if is_min else 'more'}")


def _drop(cells: Cells, source: Source, scorer: Scorer, threshold: Mapping[str, Any], row: Row) -> Check:
    """The loss under a condition, or under the worst member of a bundle, against its reference in the same run."""
    say, condition, limit = scorer.measure.number, threshold["drop"], _share(scorer, threshold["max"])
    name = f"drop under {condition} of {named(row)}: at most {say(limit)} {scorer.measure.unit}"
    members = _members(cells.of(row), condition)
    if without := _without(cells, members, condition, row):
        return Check(name, "threshold", *without, scorer.measure)
    conditions = {p.address.condition for p in members}
    groups = [group for group in source.tasks[row[0]][row[1], row[2], row[3]] if group.address.condition in conditions]
    drops = {group.address.condition: repeats.drop(source, scorer, group, "gate") for group in groups}
    if alone := [name for name, drop in drops.items() if drop is None]:
        why = f"{alone[0]} has nothing in this run to be held against"
        return Check(name, "threshold", "missing", why, scorer.measure)
    worst, loss = max(((name, drop.loss) for name, drop in drops.items() if drop), key=lambda found: found[1].value)
    return _judged(name, scorer.measure, loss, loss.value <= limit + 1e-9, f"{worst} costs {say(loss.value)}")


def _without(cells: Cells, members: Sequence[RunCell], condition: str, row: Row) -> tuple[Verdict, str] | None:
    """The verdict on a drop that cannot be told, and why: all its repeats and their references must be there."""
    if not members:
        skipped = _members((p for names, p in cells.skipped.items() if names[:4] == row), condition)
        return "missing", NOTHING if skipped else "the run's plan has no such condition for this row"
    needed = {p.key for p in members} | {p.against for p in members}
    lacking = [p for p in cells if p.key in needed and p.status != "done"]
    if not lacking:
        return None
    first = min(lacking, key=lambda p: p.status != "failed")
    return "failed" if first.status == "failed" else "missing", f"{named(first.address.names)}: {first.why}"


#: Cells that are only what others are compared with.
_BESIDE = ("clean", "control", "curve", "oracle")


def _judged(name: str, measure: Measure, found: Interval, holds: bool, why: str) -> Check:
    return Check(
        name, "threshold", "ok" if holds else "missed", "" if holds else why, measure, now=found.value, loss=found
    )


def _share(scorer: Scorer, value: float) -> float:
    """Numbers over 1 are percent where the metric is a share."""
    return value / scorer.measure.factor if value > 1 else value


def limits(cells: Cells, source: Source, primary: Sequence[Row]) -> list[Check]:
    """A check a limit and row, in the suite's order; named by task where there are several rows."""
    found: list[Check] = []
    for row in primary:
        task, encoder, pooler, _ = row
        timings = latency.of_suite(source.timings, source.manifest.suite, task)
        lines = [line for line in latency.work(timings, [encoder], {}) if line.pooler == pooler]
        speed = lines[0].speed if lines else None
        is_busy = latency.is_busy(lines, source.manifest.environment.n_cores)
        disk_mb = cells.cost(next(iter(cells.of(row)))).get("disk_mb")
        checks = of_row(cells.manifest.suite.limits, speed, latency.peak_mb(timings, encoder), disk_mb)
        in_task = f"{task}: " if len(primary) > 1 else ""
        found += [_limit(check, in_task, f"{encoder} / {pooler}", speed, is_busy) for check in checks]
    return found


def _limit(check: LimitCheck, in_task: str, row: str, speed: Speed | None, is_busy: bool) -> Check:
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
