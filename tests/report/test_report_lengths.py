"""Quality and time over how much is read, as drawings."""

from harness.report import lengths_drawing
from harness.report.lengths_model import AtLength, Sweep
from harness.report.measure import Measure
from harness.stats import Interval

SCORE = Interval(0.5, 0.4, 0.6)
MEASURE = Measure("accuracy", "accuracy", higher_is_better=True, factor=100, decimals=1, unit="points")


def points(*times: float | None) -> tuple[AtLength, ...]:
    return tuple(AtLength(8 * 2**n, "one", SCORE, None, None, time, None) for n, time in enumerate(times))


def test_times_are_drawn_where_two_lengths_were_timed() -> None:
    sweeps = (Sweep("both", points(0.8, 1.6)), Sweep("once", points(0.8, None)))
    drawn = lengths_drawing.figure(sweeps, MEASURE)
    assert drawn is not None
    quality, times = drawn.drawings
    assert quality.words.endswith("both: 50.0 at 8, 50.0 at 16. once: 50.0 at 8, 50.0 at 16.")
    assert times.words.endswith("are read. both: 0.8 at 8, 1.6 at 16.")
    assert times.svg().count("<path") == 1 + 2  # a line and its points
    assert [name for _, name in drawn.keys] == ["both", "once"]


def test_without_times_the_scores_stand_alone() -> None:
    drawn = lengths_drawing.figure((Sweep("one", points(None, None)),), MEASURE)
    assert drawn is not None
    assert len(drawn.drawings) == 1
    assert "Times" not in drawn.caption


def test_where_nothing_is_read_at_several_lengths_nothing_is_drawn() -> None:
    assert lengths_drawing.figure((), MEASURE) is None


def test_six_rows_have_a_mark_and_the_rest_is_left_to_the_table() -> None:
    drawn = lengths_drawing.figure([Sweep(f"row {n}", points(None, None)) for n in range(8)], MEASURE)
    assert drawn is not None
    assert len(drawn.keys) == 6
    assert drawn.caption.endswith("Of the other rows the table tells.")
