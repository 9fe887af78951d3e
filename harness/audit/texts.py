"""How long texts are for an encoder, how much of them it would read, and how misspelt they are."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from harness import assets, encoders
from harness.conditions import RATES
from harness.conditions.words import free, letters
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


@dataclass(frozen=True)
class Spelling:
    """Counts over the texts looked at. Words are those of four letters or more, addresses left out."""

    n_texts: int
    n_words: int
    n_misspelt: int

    @property
    def share(self) -> float:
        """Misspelt words of all words; 0 where there are none."""
        return self.n_misspelt / max(1, self.n_words)

    @property
    def severity(self) -> str:
        """The share beside the severities that perturbations have: `below severity 1`, `about severity 2`."""
        if self.share < RATES[1] / 2:
            return "below severity 1"
        nearest = min(range(1, len(RATES)), key=lambda level: abs(RATES[level] - self.share))
        return f"about severity {nearest}"


@cache
def misspellings() -> frozenset[str]:
    """Every known misspelling, in lower case. Fetches the dictionary where it is not there."""
    with zipfile.ZipFile(assets.path("misspellings")) as wheel:
        lines = wheel.read("codespell_lib/data/dictionary.txt").decode().splitlines()
    return frozenset(line.partition("->")[0].lower() for line in lines)


def spelling(texts: Sequence[str]) -> Spelling:
    """How many of the words of these texts are known misspellings: a lower bound, since no dictionary has all."""
    wrong = misspellings()
    n_words = n_misspelt = 0
    for text in texts:
        pieces = letters(4)(text)
        words = [pieces[i].lower() for i in free(text, pieces)]
        n_words += len(words)
        n_misspelt += sum(word in wrong for word in words)
    return Spelling(len(texts), n_words, n_misspelt)
