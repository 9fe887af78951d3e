"""What a suite allows a row to take, held against what it took."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.latency import Speed
from harness.results.manifest import Limit
from harness.wording import numbers


@dataclass(frozen=True)
class LimitCheck:
    """One limit of a suite for one row. `value` is in the limit's unit; None where it was not measured."""

    name: str
    limit: float
    value: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the row keeps it; None where nobody knows."""
        return None if self.value is None else self.value <= self.limit

    @property
    def excess(self) -> float:
        """The value over the limit; infinite where it is not known."""
        return float("inf") if self.value is None else self.value / self.limit

    @property
    def what(self) -> str:
        """`p95`, `memory`, `disk`."""
        return self.name.rpartition("_")[0]

    @property
    def unit(self) -> str:
        """`ms` or `MB`."""
        return {"ms": "ms", "mb": "MB"}[self.name.rpartition("_")[2]]

    @property
    def bound(self) -> str:
        """The limit as it is printed: not rounded."""
        return f"{self.limit:,.10g}"

    @property
    def number(self) -> str:
        """The value as it is printed: three digits, or as many as tell it from the limit."""
        if self.value is None:
            return "not measured"
        texts = [numbers.significant(self.value, digits) for digits in range(3, 12)]
        is_over = self.value > self.limit
        return next((text for text in texts if (float(text.replace(",", "")) > self.limit) == is_over), texts[-1])

    @property
    def words(self) -> str:
        """`p95 34.1 ms, limit 20`."""
        unit = "" if self.value is None else f" {self.unit}"
        return f"{self.what} {self.number}{unit}, limit {self.bound}"


def of_row(
    limits: Mapping[Limit, float], speed: Speed | None, memory_mb: float | None, disk_mb: float | None
) -> tuple[LimitCheck, ...]:
    """A check for each limit of the suite, in its order."""
    took = {"memory_mb": memory_mb, "disk_mb": disk_mb, **(vars(speed) if speed else {})}
    return tuple(LimitCheck(name, limit, took.get(name)) for name, limit in limits.items())


def state(checks: tuple[LimitCheck, ...]) -> str:
    """`missed` where one is, else `unknown` where one was not measured, else `met`; empty without limits."""
    states = {check.is_met for check in checks}
    return "missed" if False in states else "unknown" if None in states else "met" if checks else ""
