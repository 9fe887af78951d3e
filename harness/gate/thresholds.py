"""Bounds that a suite sets and that need no baseline. Judged on the point estimate; the interval is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.gate.cells import NO_ENCODER, Cells, Row, matching, named
from harness.gate.model import Check
from harness.report import compare
from harness.report.metric import scorer_of
from harness.report.model import Measure
from harness.report.scorer import Scorer, concatenate
from harness.report.source import PARTS, Source
from harness.stats import Interval


def checks(cells: Cells, source: Source, primary: Row) -> list[Check]:
    """One check a threshold, in the suite's order."""
    return [_check(cells, source, threshold, _row(cells, threshold, primary)) for threshold in _given(cells)]


def _given(cells: Cells) -> Sequence[Mapping[str, Any]]:
    return list(cells.settings["thresholds"])


def _row(cells: Cells, threshold: Mapping[str, Any], primary: Row) -> Row | None:
    """The row that a threshold is about: what it does not name is the primary's, else the first that fits."""
    rows = list(matching(cells.rows, threshold))
    preferred = dict(zip(PARTS, primary, strict=False))
    for axis in ("encoder", "task", "pooler", "mode"):
        close = list(matching(rows, {axis: preferred[axis]}))
        rows = close or rows
    return rows[0] if rows else None


def _check(cells: Cells, source: Source, threshold: Mapping[str, Any], row: Row | None) -> Check:
    asked = {axis: threshold[axis] for axis in PARTS[:4] if axis in threshold}
    if row is None:
        names = ", ".join(f"{axis} {name}" for axis, name in asked.items())
        return Check(f"threshold: {names}", "threshold", "missing", "the run's plan has no such row")
    about = cells.manifest["tasks"].get(row[0]) or {}
    failed = [p for p in cells.of(row) if p.kind == "clean" and p.status != "done"]
    if failed or not about:
        why = failed[0].why if failed else "the task could not be read"
        verdict: Any = "failed" if not failed or failed[0].status == "failed" else "missing"
        return Check(f"threshold on {named((*row, NO_ENCODER, NO_ENCODER))}", "threshold", verdict, why)
    scorer = scorer_of(str(threshold.get("metric") or about["metrics"][0]))
    if about["kind"] not in scorer.component.facts["applies_to"]:
        why = f"{scorer.measure.label} is not a metric of {about['kind']} tasks"
        return Check(f"{scorer.measure.label} of {row[0]}", "threshold", "missing", why)
    of = f"of {named((*row, NO_ENCODER, NO_ENCODER))}"
    if "drop" in threshold:
        return _drop(source, scorer, str(threshold["drop"]), _share(scorer, threshold["max"]), row, of)
    return _value(source, scorer, threshold, row, of)


def _value(source: Source, scorer: Scorer, threshold: Mapping[str, Any], row: Row, of: str) -> Check:
    groups = [group for group in source.of(row[0])[row[1:]] if group.kind == "clean"]
    parts = [part for group in groups for _, cell in group.done if (part := source.outcomes(cell["key"])) is not None]
    found = scorer.interval(concatenate(parts), "gate", *row, scorer.measure.name)
    say, value = scorer.measure.number, found.value
    if "value" in threshold:
        unit = 0.01 if threshold["value"] > 1 and _is_share(scorer) else 1.0  # `within` is written as its value is
        target, within = threshold["value"] * unit, threshold["within"] * unit
        name = f"{scorer.measure.label} {of}: {threshold['value']:g} ± {threshold['within']:g} ({threshold['source']})"
        # a hair of slack: what is written in decimals is not what floats hold
        return _judged(name, scorer.measure, found, abs(value - target) <= within + 1e-9, f"{say(value)} is not")
    bound, is_min = ("min", True) if "min" in threshold else ("max", False)
    limit = _share(scorer, threshold[bound])
    holds = value >= limit - 1e-9 if is_min else value <= limit + 1e-9
    name = f"{scorer.measure.label} {of}: at {'least' if is_min else 'most'} {say(limit)}"
    return _judged(name, scorer.measure, found, holds, f"{say(value)} is {'less' if is_min else 'more'}")


def _drop(source: Source, scorer: Scorer, condition: str, limit: float, row: Row, of: str) -> Check:
    """The loss under a condition, or under the worst member of a bundle, against its reference in the same run."""
    say = scorer.measure.number
    name = f"drop under {condition} {of}: at most {say(limit)} {scorer.measure.unit}"
    members = [
        g for g in source.of(row[0])[row[1:]] if condition in (g.condition, *g.bundles) and g.kind not in _BESIDE
    ]
    drops = [(group, compare.drop(source, scorer, group, "gate")) for group in members]
    lacking = [group for group, drop in drops if drop is None]
    if not members or lacking:
        why = (
            f"{lacking[0].condition} has no result" if lacking else "the run's plan has no such condition for this row"
        )
        return Check(name, "threshold", "missing", why, scorer.measure)
    group, worst = max(
        ((group, drop.loss) for group, drop in drops if drop is not None), key=lambda found: found[1].value
    )
    why = f"{group.condition} costs {say(worst.value)}"
    return _judged(name, scorer.measure, worst, worst.value <= limit + 1e-9, why)


#: Cells that are only what others are compared with.
_BESIDE = ("clean", "control", "oracle")


def _judged(name: str, measure: Measure, found: Interval, holds: bool, why: str) -> Check:
    return Check(
        name, "threshold", "ok" if holds else "missed", "" if holds else why, measure, now=found.value, loss=found
    )


def _is_share(scorer: Scorer) -> bool:
    return tuple(scorer.component.facts["range"]) == (0.0, 1.0)


def _share(scorer: Scorer, value: float) -> float:
    """Numbers over 1 are percent where the metric is a share."""
    return value / 100 if value > 1 and _is_share(scorer) else value
