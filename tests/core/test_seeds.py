"""Generators from what they are for, and repeats that collapse."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.seeds import ROLES, Repeat, generator_of, rng_of, seed_of

parts = st.lists(st.text("ab/", max_size=3) | st.integers(0, 3), max_size=3)


@given(parts, parts)
def test_other_parts_give_another_seed(a: list[str | int], b: list[str | int]) -> None:
    """However they are cut: ("ab", "c") is not ("a", "bc"), nor 1 the text "1"."""
    assert (seed_of(*a) == seed_of(*b)) == (a == b)


def test_the_seed_of_some_parts_stays() -> None:
    """Perturbed texts depend on it, and must be the same on every machine."""
    assert seed_of("keyboard", 3, "some text") == 8354002342181181397
    assert 0 <= seed_of() < 2**64


def test_the_same_parts_give_the_same_numbers_and_leave_the_global_state_alone() -> None:
    import random

    def drawn() -> Any:
        return np.random.get_state(legacy=False)["state"]["key"]

    random.seed(1)
    before = random.getstate(), drawn().tolist()
    assert rng_of("a", 1).random() == rng_of("a", 1).random() != rng_of("a", 2).random()
    assert generator_of("a", 1).random() == generator_of("a", 1).random() != generator_of("a", 2).random()
    assert (random.getstate(), drawn().tolist()) == before


@pytest.mark.parametrize("n_used", range(4))
def test_repeats_that_differ_in_unused_roles_alone_collapse(n_used: int) -> None:
    every = [Repeat(*draws) for draws in itertools.product(range(2), repeat=3)]
    for used in itertools.combinations(ROLES, n_used):
        kept = {repeat.only(frozenset(used)) for repeat in every}
        assert len(kept) == 2**n_used
        assert all(getattr(r, role) is None for r in kept for role in set(ROLES) - set(used))
        assert all(getattr(r, role) is not None for r in kept for role in used)


def test_a_repeat_reads_as_its_draws() -> None:
    assert str(Repeat(perturb=1, train=0)) == "perturb=1,train=0"
    assert str(Repeat()) == "–"
