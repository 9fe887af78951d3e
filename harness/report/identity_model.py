"""What the identity control says of an encoder, as values."""

from dataclasses import dataclass

from harness.core.records import Backend


@dataclass(frozen=True)
class Identity:
    """One encoder's control: texts encoded again in other batches, and what changed, computed in `precision`."""

    encoder: str
    n: int
    max_abs_difference: float
    n_predictions_changed: int
    precision: str = Backend.precision

    @property
    def rounding(self) -> str:
        """Why it may not be sound, where its precision is the reason."""
        return "" if self.precision == Backend.precision else f"{self.precision} rounds otherwise in another batch"

    @property
    def named(self) -> str:
        """The encoder, with that reason."""
        return f"{self.encoder} ({self.rounding})" if self.rounding else self.encoder

    @property
    def is_sound(self) -> bool:
        """Vectors equal to 1e-5 and no prediction changed."""
        return self.max_abs_difference <= 1e-5 and self.n_predictions_changed == 0
