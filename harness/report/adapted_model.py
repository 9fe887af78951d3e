"""What a report shows of an encoder that was adapted."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.facts import Shift
from harness.results.records import BuildFacts, Point
from harness.stats import Interval


@dataclass(frozen=True)
class Adapted:
    """A training by `step` that was looked at before and after."""

    encoder: str
    step: str
    curve: Sequence[Point]
    facts: BuildFacts

    @property
    def watched(self) -> list[Point]:
        """Where both losses were measured, from before the first step on."""
        return [p for p in self.curve if p.validation_loss is not None and p.validation_general_loss is not None]

    @property
    def compared(self) -> list[Point]:
        """Where alignment was measured."""
        return [point for point in self.curve if point.validation_alignment is not None]

    @property
    def kept(self) -> Point:
        """The point whose weights were kept: the best after the first step."""
        later = self.watched[1:] or self.watched
        return min(later, key=lambda point: point.validation_loss or 0.0)

    def losses(self, name: str) -> list[tuple[int, float]]:
        """(step, loss) of one of the two."""
        return [(point.step, getattr(point, name)) for point in self.watched]


@dataclass(frozen=True)
class Gain:
    """What an encoder that was trained further gained over the one that it was made of, in one condition of a task.

    `row` is the encoder, its pooler and mode, `base` the other encoder, `before` and `after` are their scores. The
    `gain` has no bounds where a row was trained once. `shift`: how far the texts that are tested are from those learnt
    from, told by the vectors of the base.
    """

    row: tuple[str, str, str]
    base: str
    condition: str
    before: Interval
    after: Interval
    gain: Interval
    shift: Shift | None
