"""What the page says of how long texts are and how much of them is read, as values."""

from dataclasses import dataclass

from harness.core.lengths import Lengths
from harness.stats import Interval


@dataclass(frozen=True)
class Reading:
    """The lengths of one side of a task (`what` its texts are) in the tokens of encoders that read it alike."""

    encoders: tuple[str, ...]
    what: str
    lengths: Lengths


@dataclass(frozen=True)
class AtLength:
    """What the same weights score, pooled and used alike, where they read `n_tokens` of a text.

    `by`: the encoder of the suite that reads so, or the condition. `loss`: what is lost against the longest reading, on
    the same items; None for that one. `cut`: the share of texts that are longer. Times are None where nobody took them.
    """

    n_tokens: int
    by: str
    score: Interval
    loss: Interval | None
    cut: float | None
    p50_ms: float | None
    texts_per_s: float | None


@dataclass(frozen=True)
class Sweep:
    """The readings of one row, the shortest first."""

    title: str
    points: tuple[AtLength, ...]
