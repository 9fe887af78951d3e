"""Slices: parts of a test split that are hard in one way."""

import math
import re
from typing import Annotated, Any

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from harness.conditions.declare import slice_
from harness.core.data import Examples
from harness.core.seeds import seed_of

#: Letters only: neither `3D` nor `don't`.
WORD = re.compile(r"(?<!\w)(?<!\w['’])[^\W\d_]+(?!\w|['’]\w)")


@slice_(
    "rare-words",
    matched_on=("label", "length"),
    languages=("en",),
    legend="the texts with most rare words",
    stress="rare terms",
)
def rare_words(
    test: Examples,
    *,
    zipf: Annotated[float, Interval(ge=0, le=8)] = 3.0,
    share: Annotated[float, Interval(ge=0, le=1)] = 0.25,
) -> NDArray[np.bool_]:
    """The quarter of the texts with the largest share of words rarer than Zipf 3 (one in a million).

    Returns (n_items,). Words are those of letters only; their frequency in English is wordfreq's. A text
    without a rare word is never in. Ties at the border go by a hash of the item, so the order is free.
    """
    rare = _rare_shares(test.text, zipf)
    n_wanted = math.floor(share * len(test) + 0.5)
    ranked = sorted(range(len(test)), key=lambda i: (-rare[i], seed_of(test.items[i])))
    mask = np.zeros(len(test), dtype=bool)
    mask[[i for i in ranked[:n_wanted] if rare[i] > 0]] = True
    return mask


@slice_(
    "longer-than-read",
    matched_on=("label",),
    resources=("n_tokens", "max_length"),
    legend="texts longer than the reference encoder reads",
    stress="long texts",
)
def longer_than_read(test: Examples, *, n_tokens: Any, max_length: int) -> NDArray[np.bool_]:
    """The texts of which the reference encoder does not read the end; queries whose document is such a text.

    Returns (n_items,). `n_tokens` (n_items,) counts all tokens of a text (of the longest document that answers
    a query), special ones included, by the suite's reference encoder; `max_length` is what it reads.
    """
    counts = np.asarray(n_tokens)
    if len(counts) != len(test):
        raise ValueError(f"n_tokens has {len(counts)} entries for {len(test)} items")
    return np.asarray(counts > max_length)


def _rare_shares(texts: tuple[str, ...], zipf: float) -> list[float]:
    """For each text the share of its words that are rarer; 0 for a text without words."""
    from wordfreq import zipf_frequency

    words = [[word.lower() for word in WORD.findall(text)] for text in texts]
    rare = {word for word in set().union(*words) if zipf_frequency(word, "en") < zipf}
    return [sum(word in rare for word in ws) / len(ws) if ws else 0.0 for ws in words]
