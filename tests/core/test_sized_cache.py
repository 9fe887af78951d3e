"""A cache that forgets by bytes."""

import sys

import pytest

from harness.core.sized_cache import bytes_of, sized_cache


def test_the_longest_unused_goes_first_and_the_last_one_stays() -> None:
    made = []

    @sized_cache(100, len)
    def text(n: int) -> str:
        made.append(n)
        return "x" * n

    for n in (40, 50, 40, 30, 40, 50, 500, 500):
        assert len(text(n)) == n
    assert made == [40, 50, 30, 50, 500]  # 50 went for 30; 500 alone is more than all, and is kept
    text(40)
    text(500)
    assert made[-2:] == [40, 500]
    text.cache_clear()
    text(500)
    assert made[-1] == 500


def test_bytes_are_those_of_what_is_kept_however_often_it_changed() -> None:
    """A count that went wrong would forget all, or nothing."""

    @sized_cache(100, len)
    def text(n: int) -> str:
        return "x" * n

    for turn in range(300):
        if turn == 150:
            text.cache_clear()
        text(turn % 30)
        sizes = [n for _, n in text._known.values()]
        assert sum(sizes) <= 100
        assert sum(sizes) > 70 or turn % 150 < 20


def test_what_fails_is_asked_again() -> None:
    asked = []

    @sized_cache(100, len)
    def fails(n: int) -> str:
        asked.append(n)
        raise ValueError(n)

    for _ in range(2):
        with pytest.raises(ValueError, match="1"):
            fails(1)
    assert asked == [1, 1]


def test_size_is_estimated_by_some() -> None:
    texts = ["a" * 50] * 10_000
    assert bytes_of(texts, 0) == pytest.approx(sum(map(sys.getsizeof, texts)))
    assert bytes_of([]) == 0
    assert bytes_of(["a"] * 3, 600) > 1800
