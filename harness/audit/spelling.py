"""How misspelt texts are: the share of their words that stand as misspellings in a dictionary."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from harness import assets
from harness.conditions import RATES
from harness.conditions.perturbations.keyboard import eligible_words

_MEMBER = "codespell_lib/data/dictionary.txt"


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
        lines = wheel.read(_MEMBER).decode().splitlines()
    return frozenset(line.partition("->")[0].lower() for line in lines)


def spelling(texts: Sequence[str]) -> Spelling:
    """How many of the words of these texts are known misspellings: a lower bound, since no dictionary has all."""
    wrong = misspellings()
    n_words = n_misspelt = 0
    for text in texts:
        words = [text[start:end].lower() for start, end in eligible_words(text)]
        n_words += len(words)
        n_misspelt += sum(word in wrong for word in words)
    return Spelling(len(texts), n_words, n_misspelt)
