"""Wall time against the baseline: only as the ratio to the reference of the same run, only from enough replicates."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.core.seeds import generator_of
from harness.gate.compare import Compared, Measured
from harness.gate.timings import other_texts
from harness.report.measure import Measure
from harness.stats import Interval, Trials, p_mean_greater

#: Replicates that a comparison needs on both sides.
REPLICATES = 7
#: The slow-down that is let pass: two runs of the same code on a machine differ by some percent.
TIME_MARGIN = 0.1
TIME = Measure("time", "time of a text, × the reference", False, 1.0, 3, "×")


def measured(then: Mapping[str, Any], now: Mapping[str, Any]) -> Measured | str:
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
        return Measured(TIME.label, "time", TIME, None, "not comparable", why)
    n = min(len(then["ratio"]), len(now["ratio"]))
    if n < REPLICATES:
        why = f"{n} replicates, {REPLICATES} are needed on both sides: `latency: {{replicates: {REPLICATES}}}`"
        return Measured(TIME.label, "time", TIME, None, "too weak", why)
    return Measured(TIME.label, "time", TIME, _compared(*(_logs(side) for side in (then, now)), str(encoder)))


def _logs(line: Mapping[str, Any]) -> Any:
    return np.log(np.array([line["ratio"][r] for r in sorted(line["ratio"])], dtype=np.float64))


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
