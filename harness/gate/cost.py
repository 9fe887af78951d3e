"""What a row costs: what is kept of timings, and the checks. Any more is a regression where no clock is in it.

Wall time is judged only as the ratio to the reference of the same run, and only from enough replicates.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from harness.core.seeds import generator_of
from harness.gate.baseline import Baseline, Timed
from harness.gate.cells import Cells, Row
from harness.gate.compare import Compared, Measured
from harness.gate.model import Check, Verdict
from harness.latency import REQUESTS
from harness.report import latency
from harness.report.measure import Measure
from harness.results import AnyRun
from harness.results.records import Timing
from harness.stats import Interval, Trials, distributions, p_mean_greater

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


def timings(run: AnyRun) -> list[Timed]:
    """A line each encoder, pooler and timed texts (a task's name, or `requests`).

    `ratio`: by replicate, the median time of a text over that of the reference (its first timed pooler).
    `padding_waste`: by replicate, the share of computed tokens that is padding in the `offline` scenario.
    `texts`: by replicate, a digest of what was timed; None in runs of a version that kept none.
    """
    found, stored, suite = [], run.timings, run.about.suite
    wanted = suite.latency.reference or suite.reference
    for task in dict.fromkeys(line.task for line in stored):
        lines = latency.of_task(stored, task)
        reference = next((one for one in _timed(lines) if one[0] == wanted), None)
        base = latency.medians(lines, *reference) if reference else {}
        for encoder, pooler in _timed(lines):
            mine = latency.medians(lines, encoder, pooler)
            own = [line for line in lines if line.scenario != "memory" and line.encoder == encoder]
            waste = {line.replicate: line.padding_waste for line in own if line.scenario == "offline"}
            found.append(
                Timed(
                    task=task,
                    encoder=encoder,
                    pooler=pooler,
                    reference=reference[0] if reference else None,
                    ratio={str(r): round(mine[r] / base[r], 5) for r in sorted(mine.keys() & base.keys())},
                    padding_waste={str(r): round(share, 6) for r, share in waste.items() if share is not None},
                    texts={str(line.replicate): line.texts for line in own},
                )
            )
    return sorted(found, key=lambda line: (line.task, line.encoder, line.pooler))


def line_of(lines: Iterable[Timed], row: Row) -> Timed | None:
    """The line of a row: on its task's texts, or on the suite's own requests."""
    mine = [one for one in lines if (one.encoder, one.pooler) == row[1:3]]
    return next((one for name in (row[0], REQUESTS) for one in mine if one.task == name), None)


def other_texts(then: Timed, now: Timed) -> str:
    """Why two lines of a row may not be compared; empty where both timed the same texts in each shared replicate."""
    shared = then.texts.keys() & now.texts.keys()
    return "" if shared and all(then.texts[r] == now.texts[r] for r in shared) else "other texts were timed"


def _timed(lines: Iterable[Timing]) -> list[tuple[str, str]]:
    single = [line for line in lines if line.scenario == "single-stream"]
    return list(dict.fromkeys((line.encoder, pooler) for line in single for pooler in line.total_ms))


def exact(cells: Cells, baseline: Baseline, row: Row) -> Iterator[Check]:
    """Parameters, bytes and tokens a text of a row. Nothing where one of the sides does not know."""
    then = next((kept.line for kept in baseline.of(row).values() if kept.line.kind == "clean"), None)
    now = next((p for p in cells.of(row) if p.kind == "clean" and p.status == "done"), None)
    if then is None or now is None:
        return
    before, after, same = then.cost, cells.cost(now), then.content == now.facts.content
    for name, (measure, slack) in _EXACT.items():
        if name in before and name in after:
            why = "" if same or name != "tokens_per_text" else "other test texts"
            yield _check(measure, before[name], after[name], slack, why)


def padding(then: Timed, now: Timed) -> Iterator[Check]:
    """The padding of the `offline` scenario, over the replicates that both timing lines have."""
    if not (shared := sorted(then.padding_waste.keys() & now.padding_waste.keys())):
        return
    old, new = (float(np.mean([side.padding_waste[replicate] for replicate in shared])) for side in (then, now))
    yield _check(_PADDING, old, new, _SLACK, other_texts(then, now))


def _check(measure: Measure, old: float, new: float, slack: float, why: str) -> Check:
    verdict: Verdict = "regressed" if new - old > slack else "improved" if old - new > slack else "ok"
    if why:
        verdict = "not comparable"
    change = None if why else Interval(new - old, np.nan, np.nan)
    return Check(measure.label, "cost", verdict, why, measure, old, new, change)


def wall_time(then: Timed, now: Timed) -> Check | Measured | str:
    """The check of wall time from two timing lines of a row, or why there is none."""
    if now.reference != then.reference:
        return f"wall time is not judged: its reference was {then.reference}, it is {now.reference}"
    if now.encoder == now.reference:
        return (
            f"wall time cannot be judged: {now.encoder} is the reference that ratios are taken to. "
            "Name another encoder of the suite as `latency: {reference: …}`"
        )
    if why := other_texts(then, now):
        return Check(TIME.label, "time", "not comparable", why, TIME)
    before, after = (np.log([ratio for _, ratio in sorted(side.ratio.items())]) for side in (then, now))
    n = min(len(before), len(after))
    if n < REPLICATES:
        why = f"{n} replicates, {REPLICATES} are needed on both sides: `latency: {{replicates: {REPLICATES}}}`"
        return Check(TIME.label, "time", "too weak", why, TIME)
    return Measured(TIME.label, "time", TIME, _compared(before, after, now.encoder))


def _compared(then: Any, now: Any, encoder: str) -> Compared:
    """Two samples of log ratios, told apart by relabelling them; the interval is a t interval."""
    change = float(now.mean() - then.mean())
    error = float(np.sqrt(then.var(ddof=1) / len(then) + now.var(ddof=1) / len(now)))
    df = len(then) + len(now) - 2
    half = error * float(distributions.student(0.975, df))
    return Compared(
        then=float(np.exp(then.mean())),
        now=float(np.exp(now.mean())),
        loss=Interval(*(float(np.expm1(x)) for x in (change, change - half, change + half))),
        p_worse=p_mean_greater(now, then, rng=generator_of("gate", "time", "worse", encoder)),
        p_better=p_mean_greater(then, now, rng=generator_of("gate", "time", "better", encoder)),
        n_items=min(len(then), len(now)),
        n_changed=1,
        trials=Trials(error, (len(then), len(now)), df, pooled=True),
    )
