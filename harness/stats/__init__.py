"""Error bars and comparisons: clustered bootstrap, paired tests, Holm, groups of ties."""

from harness.stats.best import Comparisons, Part, comparisons
from harness.stats.intervals import Interval, difference, interval
from harness.stats.one_sided import p_greater, p_mean_greater, standard_error, visible_loss, welch
from harness.stats.percentiles import NEEDED
from harness.stats.ranking import competition_ranks, holm
from harness.stats.resample import Finish
from harness.stats.significance import p_value

__all__ = [
    "NEEDED",
    "Comparisons",
    "Finish",
    "Interval",
    "Part",
    "comparisons",
    "competition_ranks",
    "difference",
    "holm",
    "interval",
    "p_greater",
    "p_mean_greater",
    "p_value",
    "standard_error",
    "visible_loss",
    "welch",
]
