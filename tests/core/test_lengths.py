"""Lengths of texts, and how much of them is read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.lengths import lengths


def test_by_hand() -> None:
    own = lengths([2, 4, 6, 8, 20], 8)
    assert (own.n, own.median, own.longest, own.read, own.cut) == (5, 6, 20, 8, 0.2)
    assert own.unread == pytest.approx(12 / 40)
    assert lengths([5], math.inf).read is None


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50), st.integers(3, 1000))
def test_what_is_cut_has_something_unread(counts: list[int], most: int) -> None:
    own = lengths(counts, most)
    assert (own.cut > 0) == (own.unread > 0) == (own.longest > most)
    assert own.median <= own.p90 <= own.p95 <= own.p99 <= own.longest
