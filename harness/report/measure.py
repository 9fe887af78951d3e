"""How a metric is printed."""

import math
from dataclasses import dataclass

from harness.stats import Interval
from harness.wording import numbers


@dataclass(frozen=True)
class Measure:
    """A metric as it is printed: values are multiplied by `factor` and shown with `decimals`."""

    name: str
    label: str
    higher_is_better: bool
    factor: float
    decimals: int
    unit: str

    def number(self, value: float) -> str:
        """`79.8`."""
        return numbers.fixed(value * self.factor, self.decimals)

    def signed(self, value: float) -> str:
        """`+2.1`."""
        return numbers.signed(value * self.factor, self.decimals)

    def bounds(self, interval: Interval) -> str:
        """`[77.3, 82.1]`."""
        return numbers.bounds(interval.low * self.factor, interval.high * self.factor, self.decimals)

    def interval(self, interval: Interval) -> str:
        """`79.8 [77.3, 82.1]`."""
        return f"{self.number(interval.value)} {self.bounds(interval)}".strip()

    def amount(self, value: float) -> str:
        """`2.1 points`."""
        return f"{self.number(value)} {self.unit}".strip()

    def at_most(self, value: float) -> str:
        """The same of a bound: never rounded below it."""
        step = 10.0**-self.decimals
        bound = math.ceil(value * self.factor / step - 1e-9) * step
        return f"{numbers.fixed(bound, self.decimals)} {self.unit}".strip()

    def difference(self, better: Interval) -> str:
        """`+2.1 points accuracy [0.3, 3.9]`, from how much better something is; in the metric's own direction."""
        change = self.worse(better)
        return f"{self.signed(change.value)} {self.unit} {self.label} {self.bounds(change)}".strip()

    def merit(self, value: float) -> float:
        """A value turned so that higher is better."""
        return value if self.higher_is_better else -value

    def worse(self, interval: Interval) -> Interval:
        """A difference `reference - other` turned so that positive means the other is worse."""
        if self.higher_is_better:
            return interval
        return Interval(-interval.value, -interval.high, -interval.low)
