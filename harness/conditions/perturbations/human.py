"""Words as people misspell them, from a list of real misspellings."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from random import Random
from zipfile import ZipFile

from harness.conditions.declare import word_perturbation
from harness.conditions.resources import resource
from harness.conditions.words import cased, letters

#: A misspelling is another word where it is this frequent (Zipf scale), or the right form of some misspelling.
REAL = 3.5

#: By word, its misspellings that are no words, and those that are other words.
Misspellings = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


@resource("misspellings", asset="misspellings")
def misspellings(path: Path) -> Misspellings:
    """The dictionary of codespell (CC BY-SA 3.0) by the right form: single words of letters, apostrophes aside."""
    from wordfreq import zipf_frequency

    with ZipFile(path) as wheel:
        lines = wheel.read("codespell_lib/data/dictionary.txt").decode("utf-8").splitlines()
    found: dict[str, list[str]] = defaultdict(list)
    for wrong, _, right in (line.partition("->") for line in lines):
        if wrong.isalpha():
            for one in right.split(","):
                if one.strip().isalpha():
                    found[one.strip().lower()].append(wrong.lower())
    split = {}
    for right, wrongs in found.items():
        real = tuple(w for w in wrongs if w in found or zipf_frequency(w, "en") >= REAL)
        split[right] = tuple(w for w in wrongs if w not in real and w != right), real
    return split


def _known(word: str, misspellings: Misspellings, real_words: bool) -> tuple[str, ...]:
    none, other = misspellings.get(word.lower(), ((), ()))
    return none + other if real_words else none


def _fits(word: str, *, real_words: bool, misspellings: Misspellings) -> bool:
    return bool(_known(word, misspellings, real_words))


@word_perturbation(
    "human-misspellings",
    finds=letters(2),
    fits=_fits,
    languages=("en",),
    resources=("misspellings",),
    legend="misspellings that people made in {rate} of words",
    stress="misspellings",
)
def human_misspellings(word: str, rng: Random, *, real_words: bool = False, misspellings: Misspellings) -> str:
    """People's misspellings of 3, 6, 12, 24, 48 % of the words that they are known to misspell.

    The list is codespell's, 18,000 English words. A misspelling that is another word (`form` for `from`) changes what
    is said: such are left out unless `real_words`.
    """
    known = _known(word, misspellings, real_words)
    return cased(known[int(rng.random() * len(known))], word)
