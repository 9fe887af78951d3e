"""What the primary costs, then and now. Any more is a regression where no clock is in it.

Wall time is judged only as the ratio to the reference of the same run, and only from enough replicates.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from harness.core.seeds import generator_of
from harness.gate.baseline import Baseline, cost
from harness.gate.cells import Cells, Row
from harness.gate.compare import Compared, Measured
from harness.gate.model import Check, Verdict
from harness.gate.timings import other_texts
from harness.report.measure import Measure
from harness.stats import Interval, Trials, p_mean_greater

#: How each is printed, and how much more is no more.
_EXACT = {
    "n_parameters": (Measure("n_parameters", "parameters", False, 1.0, 0, ""), 0.0),
    "disk_mb": (Measure("disk_mb", "MB on disk", False, 1.0, 1, "MB"), 0.0),
    "tokens_per_text": (Measure("tokens_per_text", "tokens a text", False, 1.0, 3, ""), 1e-9),
}
_PADDING = Measure("padding_waste", "padding in batches", False, 100.0, 2, "%")
#: Rounding of a stored share.
_SLACK = 1e-6
#: Replicates that a comparison needs on both sides.
REPLICATES = 7
#: The slow-down that is let pass: two runs of the same code on a machine differ by some percent.
TIME_MARGIN = 0.1
TIME = Measure("time", "time of a text, × the reference", False, 1.0, 3, "×")


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


def wall_time(then: Mapping[str, Any], now: Mapping[str, Any]) -> Check | Measured | str:
    """The check of wall time from two timing lines of a row, or why there is none."""
    encoder = now["encoder"]
    if now["reference"] != then["reference"]:
        return f"wall time is not judged: its reference was {then['reference']}, it is {now['reference']}"
    if encoder == now["reference"]:
        return (
            f"wall time cannot be judged: {encoder} is the reference that ratios are taken to. "
            "Name another encoder of the suite as `latency: {reference: …}`"
        )
    if why := other_texts(then, now):
        return Check(TIME.label, "time", "not comparable", why, TIME)
    before, after = (np.log([float(side["ratio"][r]) for r in sorted(side["ratio"])]) for side in (then, now))
    n = min(len(before), len(after))
    if n < REPLICATES:
        why = f"{n} replicates, {REPLICATES} are needed on both sides: `latency: {{replicates: {REPLICATES}}}`"
        return Check(TIME.label, "time", "too weak", why, TIME)
    return Measured(TIME.label, "time", TIME, _compared(before, after, str(encoder)))


def _compared(then: Any, now: Any, *seed: str) -> Compared:
    """Two samples of log ratios, told apart by relabelling them; the interval is a t interval."""
    from scipy.stats import t

    change = float(now.mean() - then.mean())
    error = float(np.sqrt(then.var(ddof=1) / len(then) + now.var(ddof=1) / len(now)))
    df = len(then) + len(now) - 2
    half = error * float(t.ppf(0.975, df))
    loss = Interval(*(float(np.expm1(x)) for x in (change, change - half, change + half)))
    p_worse, p_better = (
        p_mean_greater(*sides, rng=generator_of("gate", "time", side, *seed))
        for side, sides in (("worse", (now, then)), ("better", (then, now)))
    )
    return Compared(
        then=float(np.exp(then.mean())),
        now=float(np.exp(now.mean())),
        loss=loss,
        p_worse=p_worse,
        p_better=p_better,
        n_items=min(len(then), len(now)),
        n_changed=1,
        trials=Trials(error, (len(then), len(now)), df, pooled=True),
    )
