"""The time that is left of a run: what was expected of its jobs, corrected by what they take."""

from harness.core.events import CellFailed, Event, Phase, Progress, TrainingStep
from harness.runner.clock import Clock

EXPECTED = {"a, training": (0.0, 100.0), "a": (60.0, 40.0), "b": (60.0, 40.0), "time-a-0": (0.0, 50.0)}


class Hands:
    def __init__(self) -> None:
        self.at = 0.0
        self.clock = Clock(EXPECTED, now=lambda: self.at)

    def take(self, seconds: float, job: str, event: Event, n_cells: int = 0) -> float:
        self.at += seconds
        self.clock.take(job, event, n_cells)
        left = self.clock.left_s
        assert left is not None
        return left


def test_before_the_first_job_all_is_left_as_it_was_expected() -> None:
    assert Clock(EXPECTED).left_s == 350
    assert Clock(EXPECTED).turn is None


def test_nothing_is_said_where_nothing_was_expected() -> None:
    clock = Clock({})
    clock.take("a", Phase("encoding"), 3)
    assert (clock.left_s, clock.turn) == (None, None)


def test_every_kind_of_progress_counts_and_what_is_slower_stretches_the_rest() -> None:
    """All takes twice what was expected: half of the training is done after 100 s and the rest of the run takes 600."""
    hands = Hands()
    assert hands.take(0, "a, training", Phase("training")) == 350
    assert hands.take(100, "a, training", TrainingStep(5, 10, 0.1)) == 600
    assert hands.take(100, "a", Phase("encoding")) == 500
    assert hands.take(60, "a", Progress(60, 110, 10)) == 440
    assert hands.take(60, "a", Progress(110, 110, 10)) == 380
    assert hands.take(40, "a", CellFailed("k", "", ""), 2) == 340
    assert hands.clock.turn == (2, 4)
    assert hands.take(40, "b", Phase("encoding")) == 300
    assert hands.take(200, "time-a-0", Phase("offline")) == 100


def test_texts_from_the_cache_are_no_work_done() -> None:
    hands = Hands()
    hands.take(0, "a", Phase("encoding"))
    assert hands.take(2, "a", Progress(90, 100, 90)) == hands.take(0, "a", Phase("encoding"))


def test_a_job_that_was_not_expected_changes_nothing() -> None:
    hands = Hands()
    assert hands.take(5, "plan", Phase("3 finished cells are kept")) == 350
