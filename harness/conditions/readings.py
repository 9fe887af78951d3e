"""Readings: other ways to read the same texts."""

import math
from dataclasses import replace
from typing import Annotated

from annotated_types import Interval

from harness.conditions.declare import reading
from harness.core.records import Tokenization
from harness.core.truncation import Aggregate, Stride, Windows


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


@reading("head", legend="reading the beginning of longer texts", stress="long texts")
def head(tokenization: Tokenization) -> Tokenization:
    """Reads the beginning of a text that is longer than the encoder reads: what all do unless told otherwise."""
    return replace(tokenization, truncation="head")


@reading("tail", legend="reading the end of longer texts, not their beginning", stress="long texts")
def tail(tokenization: Tokenization) -> Tokenization:
    """Reads the end of a text that is longer than the encoder reads, not its beginning."""
    return replace(tokenization, truncation="tail")


@reading("head+tail", legend="reading both ends of longer texts", stress="long texts")
def head_and_tail(tokenization: Tokenization) -> Tokenization:
    """Reads both ends of a text that is longer than the encoder reads, half of its tokens of each.

    Sun et al. 2019 (How to fine-tune BERT for text classification), section 5.3.1.
    """
    return replace(tokenization, truncation="head+tail")


@reading(
    "windows", legend="reading longer texts whole, in windows: the {aggregate} of their vectors", stress="long texts"
)
def windows(tokenization: Tokenization, *, aggregate: Aggregate = "mean", stride: Stride = 1.0) -> Tokenization:
    """Reads a text whole: in windows as long as the encoder reads, whose vectors are averaged.

    Each window begins a share `stride` of a window after the one before: at 1 they do not overlap. With `aggregate`
    `max` the largest value of each dimension stands for the mean, in which a window counts by its tokens.
    """
    return replace(tokenization, truncation=Windows(aggregate, stride))
