"""What the page says of weights that were trained here, as values."""

from dataclasses import dataclass

from harness.results import Build
from harness.results.records import Point
from harness.stats import Interval


@dataclass(frozen=True)
class Training(Build):
    """How one checkpoint was trained, over the `planned` epochs. `condition` is the first of its row that uses it."""

    condition: str = "clean"
    planned: float | None = None

    @property
    def name(self) -> str:
        """What tells it from the other trainings of its row: the seed, and the condition unless that is `clean`."""
        parts = [self.repeat] if self.repeat != "–" else []
        return ", ".join(parts + ([self.condition] if self.condition != "clean" else []))

    @property
    def n_epochs(self) -> float | None:
        """How many epochs it was trained, by its curve where that tells."""
        return max((point.epoch for point in self.curve if point.epoch is not None), default=self.facts.n_epochs)

    @property
    def stopped_early(self) -> bool:
        """True where it ended before its last planned epoch (a step short of a whole one is no stop)."""
        if self.status != "done" or self.n_epochs is None or self.planned is None:
            return False
        return self.n_epochs < self.planned - 0.05

    def losses(self, kind: str) -> list[tuple[int, float]]:
        """(step, loss) wherever a `loss`, or a `validation_loss`, was measured."""
        return [(point.step, loss) for point in self.curve if (loss := getattr(point, kind)) is not None]

    @property
    def best(self) -> Point | None:
        """The validated point nearest to the best epoch, or that of the lowest loss where none is known."""
        validated = [point for point in self.curve if point.validation_loss is not None and point.step > 0]
        epoch = self.facts.best_epoch
        if epoch is not None and all(point.epoch is not None for point in validated):
            return min(validated, key=lambda point: abs((point.epoch or 0.0) - epoch), default=None)
        return min(validated, key=lambda point: point.validation_loss or 0.0, default=None)


@dataclass(frozen=True)
class Tuned:
    """A row that was trained here beside the probe of the same encoder and pooler (None: there is none).

    `gain` is positive where the trained row is better, `seeds` are the scores of single seeds.
    """

    names: tuple[str, str, str]
    probe: tuple[str, str, str] | None
    gain: Interval | None
    seeds: tuple[float, ...]
    trainings: tuple[Training, ...]


@dataclass(frozen=True)
class Gain:
    """How much better one row is than another: clean, or over the `n_conditions` of a bundle together."""

    under: str
    gain: Interval
    n_conditions: int


@dataclass(frozen=True)
class Recipe:
    """A way to train against the first one of the same encoder and pooler."""

    names: tuple[str, str, str]
    first: str
    gains: tuple[Gain, ...]


@dataclass(frozen=True)
class Tuning:
    """All trained rows of a task. `choice` says which encoder the probe and the trained rows would pick."""

    rows: tuple[Tuned, ...]
    recipes: tuple[Recipe, ...]
    choice: str
