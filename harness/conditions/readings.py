"""Readings: other ways to read the same texts."""

import math
from dataclasses import replace
from typing import Annotated

from annotated_types import Interval

from harness.conditions.declare import reading
from harness.core.records import Tokenization


@reading(
    "max-length",
    severity="tokens",
    identity=math.inf,
    legend="reading only the first {tokens} tokens",
    stress="long texts",
)
def max_length(
    tokenization: Tokenization, *, tokens: Annotated[int, Interval(ge=4, le=1_000_000)] = 128
) -> Tokenization:
    """Reads at most so many tokens of a text, special ones included; never more than the encoder can."""
    return replace(tokenization, max_length=min(tokens, tokenization.max_length))
