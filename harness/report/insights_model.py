"""What stored predictions tell beside scores: whether a row knows when it is right, which labels are in doubt."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
class Insights:
    """All of that for one task; calibration by row and condition."""

    calibration: Mapping[tuple[Names, str], Calibration] = field(default_factory=dict)
    suspects: Suspects | None = None
