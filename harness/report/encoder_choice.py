"""Would the probe have picked the encoder that fine-tuning picks?"""

import math
from collections.abc import Callable, Mapping, Sequence

from harness.report import front
from harness.report.measure import Measure
from harness.report.model import Names, Row
from harness.stats import Interval

GainOf = Callable[[Names, Names], Interval | None]


def sentence(rows: Sequence[Row], measure: Measure, gain: GainOf) -> str:
    """Which encoder the probe picks and which the first way of training does, with their difference.

    An encoder stands for its best pooler. Only those that have both scores take part.
    """
    mode = next(row.mode for row in rows if row.is_tuned)
    probes = _best([row for row in rows if not row.is_tuned and not row.is_baseline], measure)
    tuned = _best([row for row in rows if row.is_tuned and row.mode == mode], measure)
    both = [encoder for encoder in tuned if encoder in probes]
    if len(both) < 2:
        who = f"One encoder only ({both[0]})" if both else "No encoder"
        return f"{who} has both a probe's and a fine-tuned score: there is no choice of encoders to compare."
    by_probe, by_training = (_ranked({e: found[e] for e in both}, measure) for found in (probes, tuned))
    picked, best = by_probe[0], by_training[0]
    other = by_training[1] if picked == best else picked
    ahead = gain(tuned[best].names, tuned[other].names)
    same = f"the same encoder ({best})" if picked == best else picked
    n_modes = len({row.mode for row in rows if row.is_tuned})
    how = "fine-tuned" if n_modes == 1 else f"with {mode}"
    return f"The probe would have picked {same}; {how}, {_against(best, other, ahead, measure)}."


def _against(best: str, other: str, ahead: Interval | None, measure: Measure) -> str:
    if ahead is None:
        return f"{best} and {other} share no items"
    amount = f"{measure.number(ahead.value)} {measure.unit} {measure.bounds(ahead)}".strip()
    if not math.isfinite(ahead.low):
        return f"{best} is ahead of {other} by {amount}, but another training, or other texts, may say otherwise"
    if ahead.low > 0:
        return f"{best} is better than {other} by {amount}"
    return f"{best} and {other} cannot be told apart (a difference of {amount})"


def _best(rows: Sequence[Row], measure: Measure) -> dict[str, Row]:
    """The best row of each encoder that has a score."""
    found = {}
    for encoder in dict.fromkeys(row.encoder for row in rows):
        best = front.best([row for row in rows if row.encoder == encoder], measure.higher_is_better)
        if best is not None:
            found[encoder] = best
    return found


def _ranked(best: Mapping[str, Row], measure: Measure) -> list[str]:
    sign = -1.0 if measure.higher_is_better else 1.0
    scores = {encoder: row.score.value for encoder, row in best.items() if row.score is not None}
    return sorted(scores, key=lambda encoder: sign * scores[encoder])
