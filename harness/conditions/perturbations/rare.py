"""Words that an encoder has hardly seen, in place of those that it knows."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

from harness.conditions.declare import SHARES, word_perturbation
from harness.conditions.resources import resource
from harness.conditions.wordnet import rarer as of_wordnet
from harness.conditions.words import cased, letters, matches
from harness.core.seeds import rng_of
from harness.core.user_files import Content, UserFile

#: Names inside a sentence: capitalised words (not after its end, nor after a line's), and numbers.
_NAME = (
    r"(?<=[\p{Ll}\p{N},;:'’)] )\p{Lu}\p{Ll}+(?![\p{L}\p{N}_'’])|(?<![\p{L}\p{N}_.,])\d+(?:[.,]\d+)*(?![\p{L}\p{N}_])"
)
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"


@resource("rarer", file="rare_synonyms.txt")
def rarer_words(path: Path) -> Mapping[str, str]:
    """Common English words, each with one of near sense that is rarer: two words a line, picked by hand."""
    return dict(line.split() for line in path.read_text(encoding="utf-8").splitlines())


def _fits(word: str, *, rarer: Mapping[str, str], wordnet: Content | None = None) -> bool:
    return word.lower() in (rarer if wordnet is None else of_wordnet(wordnet))


def _lacks(texts: Iterable[str], *, wordnet: Content, **others: object) -> str:
    return "" if of_wordnet(wordnet) else "WordNet has no synonyms"


@word_perturbation(
    "rare-synonyms",
    finds=letters(2),
    fits=_fits,
    languages=("en",),
    rates=SHARES,
    resources=("rarer",),
    lacks=_lacks,
    legend="a rarer word of near sense for {rate} of common words",
    stress="rare terms",
)
def rare_synonyms(word: str, rng: Random, *, rarer: Mapping[str, str], wordnet: UserFile | None = None) -> str:
    """A rarer word of near sense for 20, 40, 60, 80 or 100 % of the words that have one (`begin`, `commence`).

    Of 725 common English words; what replaces them is a hundred times rarer in the mean (wordfreq), ten times at least.
    `wordnet` names a folder with WordNet's files (`dict`): then of all its words that have such a synonym in their most
    frequent sense, which knows nothing of the sense meant.
    """
    return cased((rarer if wordnet is None else of_wordnet(wordnet))[word.lower()], word)


@word_perturbation(
    "unknown-names",
    finds=matches(_NAME),
    rates=SHARES,
    legend="invented names and numbers for {rate} of those in the text",
    stress="rare terms",
)
def unknown_names(word: str, rng: Random) -> str:
    """Invented names and numbers of the same length for 20, 40, 60, 80 or 100 % of those inside sentences.

    A name is a word with a capital that does not begin a sentence. One name is always replaced by the same one: what
    is said of it stays together, and who it was is lost.
    """
    draw = rng_of("unknown-names", word).random
    if word[0].isdigit():
        digits = [str(int(draw() * 10)) if char.isdigit() else char for char in word]
        return "".join([str(1 + int(draw() * 9)) if word[0] != "0" else "0", *digits[1:]])
    first = int(draw() * 2)
    kinds = (_CONSONANTS, _VOWELS) if first else (_VOWELS, _CONSONANTS)
    return "".join(kinds[i % 2][int(draw() * len(kinds[i % 2]))] for i in range(len(word))).capitalize()
