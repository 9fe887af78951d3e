"""Error bars and comparisons: clustered bootstrap, paired tests, Holm, groups of ties."""

from harness.stats.intervals import Interval, difference, interval, visible_difference
from harness.stats.one_sided import p_greater, p_mean_greater, standard_error, visible_loss, welch
from harness.stats.percentiles import NEEDED
from harness.stats.ranking import competition_ranks, holm, tie_groups
from harness.stats.resample import Finish
from harness.stats.significance import p_value

__all__ = [
    "NEEDED",
    "Finish",
    "Interval",
    "competition_ranks",
    "difference",
    "holm",
    "interval",
    "p_greater",
    "p_mean_greater",
    "p_value",
    "standard_error",
    "tie_groups",
    "visible_difference",
    "visible_loss",
    "welch",
]
