"""Error bars and comparisons: clustered bootstrap, paired tests, Holm, groups of ties."""

from harness.stats.intervals import Interval, difference, interval, visible_difference
from harness.stats.ranking import competition_ranks, holm, tie_groups
from harness.stats.resample import Finish
from harness.stats.significance import p_value

__all__ = [
    "Finish",
    "Interval",
    "competition_ranks",
    "difference",
    "holm",
    "interval",
    "p_value",
    "tie_groups",
    "visible_difference",
]
