"""Many comparisons at once: Holm's correction, and ranks that only differ where systems do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for the whole family, in the order given. Holm 1979, step-down."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for n_before, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - n_before) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def tie_groups(scores: Sequence[float], p_adjusted: ArrayLike, alpha: float = 0.05) -> list[int]:
    """The group of each system, 1 for the top one. Higher scores are better: negate those that are not.

    The best leads; whoever does not differ from the leader (p >= alpha) shares the group; the best of the
    rest leads the next. `p_adjusted` is square, a row and a column a system. Ties of scores go by order.
    """
    p = np.asarray(p_adjusted, dtype=float)
    if p.shape != (len(scores), len(scores)):
        raise ValueError(f"expected {len(scores)} x {len(scores)} p-values, got {p.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("a system without a score has no rank: leave it out")
    groups = [0] * len(scores)
    rest = sorted(range(len(scores)), key=lambda i: -scores[i])
    group = 0
    while rest:
        group += 1
        leader = rest[0]
        for i in [i for i in rest if i == leader or not p[leader, i] < alpha]:
            groups[i] = group
            rest.remove(i)
    return groups


def competition_ranks(groups: Sequence[int]) -> list[int]:
    """Groups as ranks: one more than there are systems in better groups (1, 1, 1, 4)."""
    return [1 + sum(other < group for other in groups) for group in groups]
