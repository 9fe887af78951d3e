"""A run held to its baseline and to its suite's thresholds and limits. Nothing here prints."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.core.errors import HarnessError
from harness.gate import bounds, cost, quality
from harness.gate.baseline import Baseline
from harness.gate.cells import Cells, Row, matching, primary
from harness.gate.changes import changes
from harness.gate.compare import Compared, Measured
from harness.gate.model import Check, Judgement, Verdict
from harness.report.source import Source
from harness.results import AnyRun
from harness.stats import ALPHA, chance_limit, holm, visible_loss


def judge(run: AnyRun, baseline: Baseline | None, *, name: str = "", strict: bool = False) -> Judgement:
    """The verdict on a run; `name` is what the baseline is called.

    HarnessError where there is nothing to hold it to.
    """
    cells = Cells(run)
    suite = cells.manifest.suite
    rows = planned = primary(cells, [one.names for one in baseline.primary] if baseline else ())
    if baseline is not None:  # a task that is not planned any more is missed
        known = matching(dict.fromkeys(a[:4] for a in baseline.by_address), suite.gate.primary)
        rows = list(dict.fromkeys([*rows, *(row for row in known if row[1:] == rows[0][1:])]))
    is_bounded = suite.gate.thresholds or suite.limits
    if baseline is None and not is_bounded:
        raise HarnessError(f"{run.path}: neither a baseline nor `gate: thresholds:` or `limits:` in its suite.")
    found, notes = _against(cells, baseline, rows, suite.gate.margin) if baseline else ([], [])
    if not cells.manifest.complete:
        notes.append("the run has not come to its end; run the suite again to go on")
    if is_bounded:
        source = Source(run)
        found += [*bounds.thresholds(cells, source, planned), *bounds.limits(cells, source, planned)]
    return Judgement(
        suite=suite.name,
        primary=", ".join(row[0] for row in rows) + " / " + " / ".join(rows[0][1:]),
        baseline=name if baseline else None,
        accepted=f"{baseline.history[-1].date}: {baseline.history[-1].reason}" if baseline else "",
        margin=suite.gate.margin,
        strict=strict,
        checks=tuple(found),
        changes=changes(cells, baseline, rows[0]) if baseline else (),
        others=tuple(quality.others(cells, baseline, rows)) if baseline else (),
        notes=tuple(notes),
    )


def _against(cells: Cells, baseline: Baseline, rows: Sequence[Row], margin: float) -> tuple[list[Check], list[str]]:
    """The checks of all rows, Holm's procedure over all of them; named by task where there are several."""
    found: list[Check | Measured] = []
    notes: list[str] = []
    for row in rows:
        costs, note = _costs(cells, baseline, row)
        task = f"{row[0]}: " if len(rows) > 1 else ""
        found += [replace(one, name=task + one.name) for one in [*quality.measured(cells, baseline, row), *costs]]
        notes += [task + note] if note else []
    return sorted(verdicts(found, margin), key=lambda check: ("quality", "cost", "time").index(check.kind)), notes


def _costs(cells: Cells, baseline: Baseline, row: Row) -> tuple[list[Check | Measured], str]:
    """What the row costs: what is exact, and wall time or why it cannot be judged."""
    found: list[Check | Measured] = [*cost.exact(cells, baseline, row)]
    then, now = (cost.line_of(lines, row) for lines in (baseline.timings, cost.timings(cells.run)))
    if then is None and now is None:
        return found, ""
    if then is None or now is None:
        return found, f"wall time is not judged: only the {'baseline' if now is None else 'run'} was timed"
    found += cost.padding(then, now)
    if now.encoder == now.reference and not cells.manifest.suite.latency.reference:
        return found, ""  # the suite did not ask for ratios of this one
    timed = cost.wall_time(then, now)
    return (found, timed) if isinstance(timed, str) else ([*found, timed], "")


def verdicts(found: Sequence[Check | Measured], margin: float) -> list[Check]:
    """The verdict on each check, p-values adjusted by Holm's procedure over all that were compared."""
    tested = [one.compared for one in found if isinstance(one, Measured)]
    worse, better = (iter(holm([getattr(c, side) for c in tested])) for side in ("p_worse", "p_better"))
    return [
        one if isinstance(one, Check) else _check(one, next(worse), next(better), len(tested), margin) for one in found
    ]


def _check(measured: Measured, p_worse: float, p_better: float, n_tested: int, margin: float) -> Check:
    this = measured.compared
    margin = cost.TIME_MARGIN if measured.kind == "time" else margin
    limit, visible, n_needed = _sight(this, margin, ALPHA / n_tested, logs=measured.kind == "time")
    known = this.trials is None or bool(np.isfinite(this.trials.error))
    verdict = _verdict(this.loss.value, (p_worse, p_better), limit, margin, this.n_changed)
    return Check(
        name=measured.name,
        kind=measured.kind,
        verdict="not comparable" if measured.is_easier and verdict != "regressed" else verdict,
        why=measured.why,
        measure=measured.measure,
        then=this.then,
        now=this.now,
        loss=this.loss,
        visible=visible if np.isfinite(visible) else None,
        p=p_worse if known else None,
        n_items=this.n_items,
        n_changed=this.n_changed,
        n_needed=n_needed,
    )


def _sight(this: Compared, margin: float, alpha: float, *, logs: bool) -> tuple[float, float, float | None]:
    """The largest loss that chance may explain, the smallest that is seen, how many items would let the margin decide.

    The last where that can be had from items. `logs`: what was compared are logarithms.
    """
    margin_ = float(np.log1p(margin)) if logs else margin
    by_texts = chance_limit(this.texts, alpha) if this.texts is not None else 0.0
    by_trials = this.trials.limit(alpha) if this.trials is not None else 0.0
    limit, visible = max(by_texts, by_trials), visible_loss(this.texts, this.trials, margin=margin_, alpha=alpha)
    if logs:
        limit, visible = float(np.expm1(limit)), float(np.expm1(visible))
    n_needed = this.n_items * (by_texts / margin) ** 2 if margin and by_trials <= margin < by_texts else None
    return limit, visible, n_needed


def _verdict(loss: float, p: tuple[float, float], limit: float, margin: float, n_changed: int) -> Verdict:
    """Worse or better beyond the margin and beyond chance; else ok where the margin decides that, not chance."""
    beyond = margin + 1e-9  # a loss of just the margin is within it, however it was rounded
    if loss > beyond and p[0] < ALPHA:
        return "regressed"
    if -loss > beyond and p[1] < ALPHA:
        return "improved"
    return "ok" if n_changed == 0 or limit <= beyond else "too weak"
