"""Where a result stands in a comparison: the names that a user gave, which are in no key."""

from dataclasses import dataclass, field

from harness.core.seeds import Repeat

#: The names of an address, in order.
PARTS = ("task", "encoder", "pooler", "mode", "condition", "repeat")


@dataclass(frozen=True)
class Address:
    """The names the user gave. Results are compared by address, reused by key."""

    task: str
    encoder: str
    pooler: str
    mode: str
    condition: str = "clean"
    repeat: Repeat = field(default_factory=Repeat)

    @property
    def names(self) -> tuple[str, ...]:
        """All of them in the order of `PARTS`, the repeat as it is printed."""
        return (self.task, *self.row, self.condition, str(self.repeat))

    @property
    def row(self) -> tuple[str, str, str]:
        """What tells its row from the others of its task."""
        return self.encoder, self.pooler, self.mode

    def __str__(self) -> str:
        return " / ".join(self.names[:-1]) + ("" if self.repeat == Repeat() else f" ({self.repeat})")
