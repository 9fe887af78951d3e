"""What the page says of a single choice, as values."""

from dataclasses import dataclass

from harness.stats import Interval


@dataclass(frozen=True)
class Contrast:
    """Two rows of one encoder that differ in a `choice`: how much better the `first` is, with the interval of that
    alone.

    `trained` says so where the weights were trained with one of two poolers. None where they share no items.
    """

    first: tuple[str, str, str]
    second: tuple[str, str, str]
    choice: str
    trained: str
    gain: Interval | None
