"""Corrections and ranks over many comparisons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats import competition_ranks, holm, tie_groups


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.04, 0.01], [0.04, 0.02]),
        ([0.5, 0.6, 0.9], [1.0, 1.0, 1.0]),
        ([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.08, 0.09, 0.09, 0.09]),
        ([0.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
    ],
)
def test_holm_by_hand(p_values: list[float], adjusted: list[float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_lies_between_raw_and_bonferroni(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for raw, new in zip(p_values, adjusted, strict=True):
        assert raw <= new <= min(1.0, raw * len(p_values)) + 1e-12
    assert [new for _, new in sorted(zip(p_values, adjusted, strict=True))] == sorted(adjusted)


def square(n: int, different: list[tuple[int, int]]) -> np.ndarray:
    p = np.ones((n, n))
    for i, j in different:
        p[i, j] = p[j, i] = 0.01
    return p


def test_who_does_not_differ_from_the_leader_shares_its_group() -> None:
    """Not a chain: the third starts a group though it does not differ from the second."""
    assert tie_groups([0.9, 0.8, 0.7], square(3, [(0, 2)])) == [1, 1, 2]
    assert tie_groups([0.7, 0.9, 0.8], square(3, [(0, 1)])) == [2, 1, 1]


def test_the_best_of_the_rest_leads_the_next_group() -> None:
    different = [(0, j) for j in range(1, 5)] + [(1, 4), (1, 3)]
    assert tie_groups([0.9, 0.8, 0.7, 0.6, 0.5], square(5, different)) == [1, 2, 2, 3, 3]


def test_all_alike_are_one_group_and_all_different_are_ranked() -> None:
    scores = [0.2, 0.4, 0.3]
    assert tie_groups(scores, square(3, [])) == [1, 1, 1]
    assert tie_groups(scores, square(3, [(0, 1), (0, 2), (1, 2)])) == [3, 1, 2]
    assert tie_groups([], np.ones((0, 0))) == []


def test_alpha_is_where_different_begins() -> None:
    p = square(2, [(0, 1)])
    assert tie_groups([1, 0], p, alpha=0.01) == [1, 1]
    assert tie_groups([1, 0], p, alpha=0.011) == [1, 2]


def test_ranks_leave_room_for_ties() -> None:
    assert competition_ranks([1, 1, 2, 1, 3]) == [1, 1, 4, 1, 5]
    assert competition_ranks([]) == []


def test_what_has_no_score_or_no_comparison_is_refused() -> None:
    with pytest.raises(ValueError, match="leave it out"):
        tie_groups([0.5, float("nan")], np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"expected 2 x 2 p-values, got \(3, 3\)"):
        tie_groups([0.5, 0.4], np.ones((3, 3)))
