"""Error bars and comparisons: clustered bootstrap, paired tests and what they see, Holm, groups of ties."""

from harness.stats.agreement import kendall, mean_height
from harness.stats.apart import told_apart
from harness.stats.best import Comparisons, Draw, Part, comparisons, competition_ranks
from harness.stats.intervals import NEEDED, Draws, Interval, difference, draws, interval, over_draws
from harness.stats.one_sided import holm, p_greater, p_mean_greater, welch
from harness.stats.power import ALPHA, Texts, Trials, assumed, chance_limit, shared_variance, texts_of, visible_loss
from harness.stats.resample import Finish, OfItems

__all__ = [
    "ALPHA",
    "NEEDED",
    "Comparisons",
    "Draw",
    "Draws",
    "Finish",
    "Interval",
    "OfItems",
    "Part",
    "Texts",
    "Trials",
    "assumed",
    "chance_limit",
    "comparisons",
    "competition_ranks",
    "difference",
    "draws",
    "holm",
    "interval",
    "kendall",
    "mean_height",
    "over_draws",
    "p_greater",
    "p_mean_greater",
    "shared_variance",
    "texts_of",
    "told_apart",
    "visible_loss",
    "welch",
]
