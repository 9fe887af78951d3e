"""What stored predictions tell beside scores: calibration, labels in doubt, learning curves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.stats import Interval

#: Encoder, pooler, mode.
Names = tuple[str, str, str]


@dataclass(frozen=True)
class Calibration:
    """Of one condition of a row: the expected calibration error, and the accuracy on the surest 90 % of the items.

    No error where what a prediction is ranked by is no probability.
    """

    ece: float | None
    covered: float


@dataclass(frozen=True)
class Suspect:
    """A test item that all rows judge alike and not as it is labelled, `sureness` the mean over rows, 0 to 1.

    `text` is empty where it was not kept.
    """

    item: str
    text: str
    label: str
    said: str
    sureness: float


@dataclass(frozen=True)
class Suspects:
    """The first of `n` such items, of `n_items`, by sureness; `rows` are the labels of the rows that were asked.

    `is_probability`: whether sureness is the mean probability, or else the mean rank among a row's own scores.
    """

    rows: tuple[str, ...]
    n_items: int
    n: int
    first: tuple[Suspect, ...]
    is_probability: bool


@dataclass(frozen=True)
class Learning:
    """The learning curve of a row: its score by the number of training texts, ascending.

    `step` is what the last step gained, `doubling` that for each time the texts were doubled; positive is better.
    """

    names: Names
    points: tuple[tuple[int, Interval], ...]
    step: Interval | None = None

    @property
    def doubling(self) -> Interval | None:
        """What twice as many texts gained in the last step, each time."""
        if self.step is None:
            return None
        n = math.log2(self.points[-1][0] / self.points[-2][0])
        return Interval(self.step.value / n, self.step.low / n, self.step.high / n)


@dataclass(frozen=True)
class Insights:
    """All of that for one task; calibration by row and condition."""

    calibration: Mapping[tuple[Names, str], Calibration] = field(default_factory=dict)
    suspects: Suspects | None = None
    learning: tuple[Learning, ...] = ()
