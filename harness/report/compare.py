"""What a condition costs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

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
    cells = [(cell.against, str(cell.key)) for cell in group.done if cell.against]
    if not cells:
        return None
    found = source.compared(
        "drop", cells, scorer, ("report", "loss", *seed), lambda: _computed(source, scorer, group, cells, seed)
    )
    if found is None:
        return None
    loss, (first, _) = Interval(*found["loss"]), cells[found["first"]]
    condition, of = source.reference(group, first)
    return Drop(
        against=f"{condition} ({of})" if of else condition,
        reference=found["reference"],
        loss=loss,
        above_chance=_above_chance(scorer, loss, found["reference"], source.chance(first)),
        flip_rate=found["flip_rate"],
        is_of_other=bool(of),
    )


def _computed(
    source: Source, scorer: Scorer, group: Group, cells: Sequence[tuple[str, str]], seed: Sequence[str]
) -> tuple[Any, bool]:
    """Loss, score of the reference, and share of predictions that are others; None without pairs that share items.

    And whether all cells have outcomes.
    """
    pairs = [(i, source.outcomes(key), source.outcomes(changed)) for i, (key, changed) in enumerate(cells)]
    known = [(i, before, after) for i, before, after in pairs if before is not None and after is not None]
    if group.kind in PAIRED:
        known = [(i, *shared(before, after)) for i, before, after in known]
        known = [pair for pair in known if len(pair[1])]
    # a clean cell that serves several repeats counts once
    references = list({cells[i][0]: before for i, before, _ in known}.values())
    if not known:
        return None, False
    loss = scorer.loss(references, [after for _, _, after in known], "report", "loss", *seed)
    if not np.isfinite(loss.value):
        return None, False
    scoring = source.scoring(group.address.task)
    flips = [scoring.flipped(before, after) for _, before, after in known if group.kind in PAIRED]
    told = [one for one in flips if one is not None]
    rate = float(np.mean(np.concatenate(told))) if told else None
    found = {"first": known[0][0], "loss": list(vars(loss).values()), "flip_rate": rate}
    return {**found, "reference": scorer.value(*references)}, len(known) == len(pairs)


def _above_chance(scorer: Scorer, loss: Interval, value: float, chance: float) -> float | None:
    """The loss as a share of what the reference has above chance; None where it has next to nothing above."""
    room = value - chance if scorer.measure.higher_is_better else chance - value
    return loss.value / room if room > HEADROOM * scorer.width and room > 0 else None
