"""What a condition costs."""

from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.report.model import Drop
from harness.report.scorer import Scorer, shared
from harness.report.source import Group, Source
from harness.stats import Interval

#: Kinds whose reference has the same items: predictions can be compared one by one.
PAIRED = ("perturbation", "reading", "shift")
#: Of a metric's range: with less above chance, a share of it is mostly noise.
HEADROOM = 0.03


def drop(source: Source, scorer: Scorer, group: Group, *seed: str) -> Drop | None:
    """What the condition costs, its repeats pooled; None without a reference or without outcomes.

    Paired kinds are compared on the items that both have; a slice and its control have other items.
    """
    pairs = list(_pairs(source, group))
    if not pairs:
        return None
    if group.kind in PAIRED:
        pairs = [(key, *shared(reference, changed)) for key, reference, changed in pairs]
        pairs = [pair for pair in pairs if len(pair[1])]
        if not pairs:
            return None
    # a clean cell that serves several repeats counts once
    references = list({key: ref for key, ref, _ in pairs}.values())
    loss = scorer.loss(references, [part for _, _, part in pairs], "report", "loss", *seed)
    value = scorer.value(*references)
    if not np.isfinite(loss.value):
        return None
    condition, of = source.reference(group, pairs[0][0])
    flips = [ref.prediction != new.prediction for _, ref, new in pairs if _names_classes(group, new)]
    return Drop(
        against=f"{condition} ({of})" if of else condition,
        reference=value,
        loss=loss,
        above_chance=_above_chance(scorer, loss, value, source.chance(pairs[0][0])),
        flip_rate=float(np.mean(np.concatenate(flips))) if flips else None,
        is_of_other=bool(of),
    )


def _names_classes(group: Group, outcomes: Outcomes) -> bool:
    """Whether predictions can be compared one by one; numbers are hardly ever the same."""
    return group.kind in PAIRED and outcomes.prediction.dtype.kind != "f"


def _pairs(source: Source, group: Group) -> Any:
    """(reference's key, its outcomes, the repeat's outcomes) of every repeat that has both."""
    for entry, cell in group.done:
        if entry.get("against") is None:
            continue
        reference, changed = source.outcomes(entry["against"]), source.outcomes(cell["key"])
        if reference is not None and changed is not None:
            yield entry["against"], reference, changed


def _above_chance(scorer: Scorer, loss: Interval, value: float, chance: float) -> float | None:
    """The loss as a share of what the reference has above chance; None where it has next to nothing above."""
    room = value - chance if scorer.measure.higher_is_better else chance - value
    return loss.value / room if room > HEADROOM * scorer.width and room > 0 else None
