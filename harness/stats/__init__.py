"""Error bars and comparisons: clustered bootstrap, paired tests and what they see, Holm, groups of ties."""

from harness.stats.intervals import Interval, difference, interval, visible_difference
from harness.stats.one_sided import p_greater, p_mean_greater, standard_error, welch
from harness.stats.power import ALPHA, Texts, Trials, assumed, chance_limit, shared_variance, texts_of, visible_loss
from harness.stats.ranking import competition_ranks, holm, tie_groups
from harness.stats.resample import Finish
from harness.stats.significance import p_value

__all__ = [
    "ALPHA",
    "Finish",
    "Interval",
    "Texts",
    "Trials",
    "assumed",
    "chance_limit",
    "competition_ranks",
    "difference",
    "holm",
    "interval",
    "p_greater",
    "p_mean_greater",
    "p_value",
    "shared_variance",
    "standard_error",
    "texts_of",
    "tie_groups",
    "visible_difference",
    "visible_loss",
    "welch",
]
