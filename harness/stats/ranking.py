"""Many comparisons at once: Holm's correction, and ranks of groups."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for the whole family, in the order given. Holm 1979, step-down."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for n_before, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - n_before) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def competition_ranks(groups: Sequence[int]) -> list[int]:
    """Groups as ranks: one more than there are systems in better groups (1, 1, 1, 4)."""
    return [1 + sum(other < group for other in groups) for group in groups]
