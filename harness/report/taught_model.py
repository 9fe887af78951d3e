"""What the page says of a student beside its teacher, as values."""

from dataclasses import dataclass

from harness.stats import Interval


@dataclass(frozen=True)
class Taught:
    """A student beside its teacher, pooled and used alike: `retained` is the share of the teacher's score above chance.

    Its interval is that of their difference on the same items, with the teacher's score taken as it is. `faster`: the
    teacher's median milliseconds over the student's. None where one of them has no score, or was not timed.
    """

    teacher: str
    retained: Interval | None
    faster: float | None
