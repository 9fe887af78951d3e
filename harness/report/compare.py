"""What a condition costs, and which rows can be told apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.report.model import Drop, Names
from harness.report.scorer import Scorer, concatenate, paired, shared
from harness.report.source import Group, Source
from harness.stats import Interval, holm, tie_groups, visible_difference

#: Kinds whose reference has the same items: predictions can be compared one by one.
PAIRED = ("perturbation", "reading", "shift")


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
    reference = concatenate([part for _, part in {key: (key, ref) for key, ref, _ in pairs}.values()])
    changed = concatenate([part for _, _, part in pairs])
    loss, value = scorer.loss(reference, changed, *seed), scorer.value(reference)
    condition, of = source.reference(group, pairs[0][0])
    flips = [ref.prediction != new.prediction for _, ref, new in pairs] if group.kind in PAIRED else []
    return Drop(
        against=f"{condition} ({of})" if of else condition,
        reference=value,
        loss=loss,
        above_chance=_above_chance(scorer, loss, value, source.chance(pairs[0][0])),
        flip_rate=float(np.mean(np.concatenate(flips))) if flips else None,
        is_of_other=bool(of),
    )


def _pairs(source: Source, group: Group) -> Any:
    """(reference's key, its outcomes, the repeat's outcomes) of every repeat that has both."""
    for entry, cell in group.done:
        if entry.get("against") is None:
            continue
        reference, changed = source.outcomes(entry["against"]), source.outcomes(cell["key"])
        if reference is not None and changed is not None:
            yield entry["against"], reference, changed


def _above_chance(scorer: Scorer, loss: Interval, value: float, chance: float) -> float | None:
    """The loss as a share of what the reference has above chance; None where it has nothing above."""
    room = value - chance if scorer.measure.higher_is_better else chance - value
    return loss.value / room if room > 0 else None


def ranks(
    scorer: Scorer, outcomes: Mapping[Names, Sequence[Outcomes]], scores: Mapping[Names, float], *seed: str
) -> tuple[dict[Names, int], int]:
    """Tie group of every row (1 is the top), and how many pairs were tested.

    `outcomes` are each row's repeats. Pairs are tested on the items that both rows have; the p values are
    Holm-adjusted over all pairs.
    """
    rows = [row for row in outcomes if np.isfinite(scores[row])]
    pairs = [(i, j) for i in range(len(rows)) for j in range(i + 1, len(rows))]
    found = []
    for i, j in pairs:
        both = paired(outcomes[rows[i]], outcomes[rows[j]])
        found.append(scorer.p_value(*both, *seed, *rows[i], *rows[j]) if both else 1.0)
    adjusted = np.ones((len(rows), len(rows)))
    for (i, j), p in zip(pairs, holm(found), strict=True):
        adjusted[i, j] = adjusted[j, i] = p
    sign = 1.0 if scorer.measure.higher_is_better else -1.0
    groups = tie_groups([sign * scores[row] for row in rows], adjusted) if rows else []
    return dict(zip(rows, map(int, groups), strict=True)), len(pairs)


def smallest_visible(differences: Sequence[Interval], n_pairs: int) -> float | None:
    """The difference between two rows that one of `n_pairs` comparisons sees in four of five tries: the median."""
    found = [visible_difference(d, n_comparisons=n_pairs) for d in differences if d.high > d.low]
    return float(np.median(found)) if found else None
