"""What training further gained, beside the size of the shift."""

from harness.report import gains
from harness.report.adapted_model import Gain
from harness.results.facts import Shift
from harness.stats import Interval


def gain(condition: str, told_apart: float | None) -> Gain:
    shift = None if told_apart is None else Shift(told_apart=told_apart)
    flat = Interval(0.5, 0.4, 0.6)
    return Gain(("adapted", "mean", "probe"), "base", condition, flat, flat, Interval(0.0, -0.1, 0.1), shift)


def test_clean_texts_come_first_then_shifts_from_the_farthest_on() -> None:
    told = [gain("rare-words", None), gain("near", 0.6), gain("clean", None), gain("far", 0.9)]
    assert [one.condition for one in sorted(told, key=gains._order)] == ["clean", "far", "near", "rare-words"]
