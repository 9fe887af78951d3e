"""The time that is left of a run: what was expected of its jobs, corrected by what they take."""

import pytest

from harness.core.events import CellFailed, Event, Phase, Progress, TrainingStep
from harness.runner.clock import Clock

EXPECTED = {
    "a, training": (0.0, 100.0),
    "a": (10.0, 40.0, 20.0, 30.0),
    "b": (10.0, 60.0, 30.0),
    "time-a-0": (50.0, 0.0),
}
PAGE_S = 5.0


class Hands:
    def __init__(self) -> None:
        self.at = 0.0
        self.clock = Clock(EXPECTED, PAGE_S, now=lambda: self.at)

    def take(self, seconds: float, job: str, event: Event, n_cells: int = 0) -> float:
        self.at += seconds
        self.clock.take(job, event, n_cells)
        left = self.clock.left_s
        assert left is not None
        return left


def test_until_something_was_seen_all_is_left_as_it_was_expected() -> None:
    hands = Hands()
    assert (hands.clock.left_s, hands.clock.turn) == (355, None)
    assert hands.take(0, "a, training", Phase("training")) == 355


def test_nothing_is_said_where_nothing_was_expected() -> None:
    clock = Clock({})
    clock.take("a", Phase("encoding"), 3)
    assert (clock.left_s, clock.turn) == (None, None)


def test_what_takes_as_long_as_expected_changes_nothing() -> None:
    """Every kind of progress counts; of texts, by their length and reading by reading."""
    hands = Hands()
    assert hands.take(0, "a, training", Phase("training")) == 355
    assert hands.take(50, "a, training", TrainingStep(5, 10, 0.1)) == 305
    assert hands.take(50, "a", Phase("loading data")) == 255
    assert hands.take(10, "a", Phase("encoding")) == 245
    assert hands.take(0, "a", Progress(10, 110, 10)) == 245
    assert hands.take(30, "a", Progress(20, 110, 10, 0.75)) == 215
    assert hands.take(10, "a", Progress(110, 110, 10, 1.0)) == 205
    assert hands.take(0, "a", Progress(0, 9, 0)) == 205
    assert hands.take(20, "a", Progress(9, 9, 0, 1.0)) == 185
    assert hands.take(15, "a", CellFailed("k", "", ""), 2) == 170
    assert hands.clock.turn == (2, 4)
    assert hands.take(15, "b", Phase("encoding")) == 155
    assert hands.take(100, "time-a-0", Phase("offline")) == 55


def test_what_is_slower_stretches_the_rest_the_more_the_longer_it_was_seen() -> None:
    """All takes twice what was expected: 600 s, and 500, were left."""
    hands = Hands()
    hands.take(0, "a, training", Phase("training"))
    stretched = [
        hands.take(10, "a, training", TrainingStep(5, 100, 0.1)) / 350,
        hands.take(90, "a, training", TrainingStep(50, 100, 0.1)) / 305,
        hands.take(100, "a", Phase("loading data")) / 255,
    ]
    assert stretched == pytest.approx([1.25, 1.77, 1.87], abs=0.01)


def test_what_no_event_tells_of_is_not_taken_for_slow_work() -> None:
    """A start as long as expected; half as long again, it stretches the rest by no more than a few seconds did."""
    hands = Hands()
    hands.clock = Clock({"a": (10.0, 80.0, 0.0)}, now=lambda: hands.at)
    hands.take(0, "a", Phase("loading data"))
    assert hands.take(10, "a", Progress(0, 100, 0)) == 80
    assert hands.take(5, "a", Progress(1, 100, 0, 0.01)) == pytest.approx(79.2 * 30 / 25.8)


def test_texts_from_the_cache_are_no_work_done() -> None:
    hands = Hands()
    hands.take(0, "a", Phase("encoding"))
    assert hands.take(2, "a", Progress(90, 100, 90)) == hands.take(0, "a", Phase("encoding"))


def test_a_job_that_was_not_expected_changes_nothing() -> None:
    hands = Hands()
    assert hands.take(5, "plan", Phase("3 finished cells are kept")) == 355
