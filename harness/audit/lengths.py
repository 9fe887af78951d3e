"""How long texts are for an encoder, and how much of them it would read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness import encoders
from harness.encoders.tokenizer import count_tokens
from harness.suite.model import EncoderSpec

#: The encoder whose tokenizer counts.
REFERENCE = "minilm"
#: Maximum lengths that are looked at.
LIMITS = (128, 256, 512)
#: A maximum length is recommended that cuts no more of the texts than this.
_CUT = 0.05


@dataclass(frozen=True)
class Lengths:
    """Tokens a text by the reference encoder, special ones included. `cut`: share of texts longer than a limit."""

    n_texts: int
    median: float
    mean: float
    p95: float
    longest: int
    cut: tuple[tuple[int, float], ...]
    #: The smallest of the limits that reads at least 95 % of the texts whole, or the largest.
    recommended: int
    #: What the reference encoder reads unless told otherwise.
    read: int


def lengths(texts: Sequence[str]) -> Lengths:
    """Count the tokens of these texts. Fetches the reference encoder where it is not there."""
    folder = encoders.resolve(EncoderSpec(REFERENCE, REFERENCE), Path())
    counts = np.array(count_tokens(folder, texts))
    cut = tuple((limit, float((counts > limit).mean())) for limit in LIMITS)
    return Lengths(
        n_texts=len(texts),
        median=float(np.median(counts)),
        mean=float(counts.mean()),
        p95=float(np.quantile(counts, 0.95)),
        longest=int(counts.max()),
        cut=cut,
        recommended=next((limit for limit, share in cut if share <= _CUT), LIMITS[-1]),
        read=folder.tokenization.max_length,
    )
