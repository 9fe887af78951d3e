"""Labels, sums and hashes as short text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.gate import packing


@given(st.integers(1, 300).flatmap(lambda k: st.tuples(st.just(k), st.lists(st.integers(0, k - 1), max_size=200))))
def test_numbers_come_back_as_they_were(given_: tuple[int, list[int]]) -> None:
    n_values, codes = given_
    packed = packing.pack(np.array(codes, dtype=int), n_values)
    assert packing.unpack(packed, len(codes), n_values).tolist() == codes


@given(arrays.arrays(np.float64, st.integers(0, 60), elements=st.sampled_from([0.0, 0.5, 1 / 3, 0.6309297535714575])))
def test_sums_come_back_as_they_were(values: np.ndarray) -> None:
    assert packing.unpack_values(packing.pack_values(values), len(values)).tolist() == values.tolist()


@given(arrays.arrays(np.uint32, st.integers(0, 60)))
def test_hashes_come_back_as_they_were(hashes: np.ndarray) -> None:
    assert packing.unpack_hashes(packing.pack_hashes(hashes)).tolist() == hashes.tolist()


def test_sizes_are_as_promised() -> None:
    """10,000 items of 8 classes take 5 kB a cell; their hashes 50 kB a split."""
    rng = np.random.default_rng(0)
    assert len(packing.pack(rng.integers(0, 8, 10_000), 8)) <= 5_000
    assert len(packing.pack_hashes(rng.integers(0, 2**32, 10_000, dtype=np.uint32))) <= 50_000


@pytest.mark.parametrize(("text", "n_items", "n_values"), [("", 4, 3), ("00000", 4, 3), ("|", 1, 2), ('"', 1, 2)])
def test_what_is_damaged_is_refused(text: str, n_items: int, n_values: int) -> None:
    with pytest.raises(ValueError):
        packing.unpack(text, n_items, n_values)


def test_a_number_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 2"):
        packing.pack(np.array([3]), 3)
    with pytest.raises(ValueError, match="over 2"):
        packing.unpack(packing.pack(np.array([3]), 4), 1, 3)
