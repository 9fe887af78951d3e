"""How long texts are for an encoder, and how much of them it reads."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.core.shapes import Amount, Count, Share


@dataclass(frozen=True)
class Lengths:
    """Tokens of `n` texts, special ones and the prefix included, before any are cut.

    `read` is how many of a text are read, None where all are (in windows). `cut`: the share of texts that are longer;
    `unread`: the share of all their tokens that is never read.
    """

    n: Count
    median: Amount
    p90: Amount
    p95: Amount
    p99: Amount
    longest: Count
    read: Count | None
    cut: Share
    unread: Share


def lengths(n_tokens: Any, most: float) -> Lengths:
    """Of counts (n,), one at least, of which `most` are read."""
    counts = np.asarray(n_tokens, dtype=np.float64)
    median, p90, p95, p99 = np.quantile(counts, (0.5, 0.9, 0.95, 0.99)).tolist()
    return Lengths(
        n=len(counts),
        median=median,
        p90=p90,
        p95=p95,
        p99=p99,
        longest=int(counts.max()),
        read=None if math.isinf(most) else int(most),
        cut=float((counts > most).mean()),
        unread=float(np.maximum(counts - most, 0).sum() / max(1.0, counts.sum())),
    )
