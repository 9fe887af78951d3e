"""What is read of a text that is longer than an encoder reads."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

#: What may be said of windows.
Aggregate = Literal["mean", "max"]
Stride = Annotated[float, Interval(ge=0.1, le=1)]


@dataclass(frozen=True)
class Windows:
    """A long text is read whole, in windows of the maximum length, each by itself; their vectors become one.

    Each begins a share `stride` of a window after the one before (at 1 they do not overlap); the last ends with the
    text and may be shorter. `aggregate`: their `mean`, each counting by its tokens, or the `max` of each dimension.
    """

    aggregate: Aggregate = "mean"
    stride: Stride = 1.0

    def __str__(self) -> str:
        """`windows, mean`, `windows of stride 0.5, max`."""
        return f"windows{'' if self.stride == 1 else f' of stride {self.stride:g}'}, {self.aggregate}"


#: What is read of a text that is longer than the maximum length: its `head`, its `tail`, half of each (`head+tail`),
#: or all of it.
Truncation = str | Windows
