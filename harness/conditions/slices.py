"""Slices: parts of a test split that are hard in one way."""

import math
import re
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from harness.conditions.declare import slice_
from harness.conditions.words import letters
from harness.core.data import Examples
from harness.core.inputs import Input, as_text
from harness.core.seeds import seed_of

#: Letters only: neither `3D` nor `don't`.
WORD = re.compile(r"(?<!\w)(?<!\w['’])[^\W\d_]+(?!\w|['’]\w)")

#: How many of the texts are in a slice, at most.
Share = Annotated[float, Interval(ge=0, le=1)]


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
    share: Share = 0.25,
) -> NDArray[np.bool_]:
    """The quarter of the texts with the largest share of words rarer than Zipf 3 (one in a million).

    Returns (n_items,). Words are those of letters only; their frequency in English is wordfreq's. A text
    without a rare word is never in. Ties at the border go by a hash of the item, so the order is free.
    """
    return _most(test, _rare_shares(_texts(test), zipf), share, over=0)


@slice_("length", matched_on=("label",), legend="the longest texts", stress="long texts")
def length(test: Examples, *, share: Share = 0.25) -> NDArray[np.bool_]:
    """The quarter of the texts with most words, between spaces.

    Returns (n_items,). A text no longer than the median is never in. Ties at the border go by a hash of the item, so
    the order is free.
    """
    counts = _counts(_texts(test))
    return _most(test, counts, share, over=float(np.median(counts)))


@slice_(
    "fertility",
    matched_on=("label", "length"),
    resources=("n_subwords",),
    legend="the texts with most subwords a word for the reference encoder",
    stress="rare terms",
)
def fertility(test: Examples, *, share: Share = 0.25, n_subwords: Any) -> NDArray[np.bool_]:
    """The quarter of the texts whose words the reference encoder's tokenizer cuts into most subwords.

    Returns (n_items,). `n_subwords` (n_items,) are the tokens of each text, special ones and the prefix left out, by
    the suite's reference encoder, which are divided by the words between spaces (Rust et al. 2021, section 4.2): it
    tells nothing of languages without them. A text of no more than one a word is never in. Ties at the border go by a
    hash of the item, so the order is free.
    """
    rates = np.asarray(n_subwords) / np.maximum(1, _counts(_texts(test)))
    return _most(test, rates, share, over=1)


@slice_(
    "out-of-vocabulary",
    matched_on=("label", "length"),
    resources=("known_texts",),
    legend="the texts with most words that no training text has, or in a search no document",
    stress="rare terms",
)
def out_of_vocabulary(test: Examples, *, share: Share = 0.25, known_texts: Sequence[Input]) -> NDArray[np.bool_]:
    """The quarter of the texts with the largest share of words that no training text has.

    Returns (n_items,). `known_texts` are those that the cell's head learnt from; of a search, where nothing is learnt,
    the documents. Words are runs of letters in any script that puts spaces between them, in any case. A text all of
    whose words are known is never in. Ties at the border go by a hash of the item, so the order is free.
    """
    known = frozenset(word for text in known_texts for word in _words(as_text(text)))
    words = [_words(text) for text in _texts(test)]
    new = [sum(word not in known for word in own) / len(own) if own else 0.0 for own in words]
    return _most(test, new, share, over=0)


@slice_(
    "longer-than-read",
    matched_on=("label",),
    resources=("n_tokens", "max_length"),
    legend="texts longer than the reference encoder reads",
    stress="long texts",
)
def longer_than_read(test: Examples, *, n_tokens: Any, max_length: int) -> NDArray[np.bool_]:
    """The texts that the reference encoder does not read whole; queries whose document is such a text.

    Returns (n_items,). `n_tokens` (n_items,) counts all tokens of a text (of the longest document that answers
    a query), special ones included, by the suite's reference encoder; `max_length` is what it reads.
    """
    counts = np.asarray(n_tokens)
    if len(counts) != len(test):
        raise ValueError(f"n_tokens has {len(counts)} entries for {len(test)} items")
    return np.asarray(counts > max_length)


def _most(test: Examples, values: Sequence[float] | NDArray[Any], share: float, over: float) -> NDArray[np.bool_]:
    """The share of the items with the largest values, all of them above `over`; ties go by a hash of the item."""
    n_wanted = math.floor(share * len(test) + 0.5)
    ranked = sorted(range(len(test)), key=lambda i: (-values[i], seed_of(test.items[i])))
    mask = np.zeros(len(test), dtype=bool)
    mask[[i for i in ranked[:n_wanted] if values[i] > over]] = True
    return mask


def _texts(test: Examples) -> tuple[str, ...]:
    """The texts; lists of words with spaces between."""
    return tuple(map(as_text, test.text))


def _counts(texts: Sequence[str]) -> NDArray[np.int64]:
    """How many words each text has, between spaces."""
    return np.array([len(text.split()) for text in texts], dtype=np.int64)


def _words(text: str) -> list[str]:
    return [word.lower() for word in letters(1)(text)[1::2]]


def _rare_shares(texts: tuple[str, ...], zipf: float) -> list[float]:
    """For each text the share of its words that are rarer; 0 for a text without words."""
    from wordfreq import zipf_frequency

    words = [[word.lower() for word in WORD.findall(text)] for text in texts]
    rare = {word for word in set().union(*words) if zipf_frequency(word, "en") < zipf}
    return [sum(word in rare for word in ws) / len(ws) if ws else 0.0 for ws in words]
