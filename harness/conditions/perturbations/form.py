"""The same words in another form: case, punctuation, spaces, marks. Severity 5 changes all of a text."""

import unicodedata
from random import Random

import regex

from harness.conditions.declare import SHARES, word_perturbation
from harness.conditions.words import free, graphemes, letters, matches, places

#: Punctuation that is no part of a number, with the letter before it where it stands between letters.
_PUNCTUATION = r"\p{L}\p{P}+(?=\p{L})|(?:(?<!\d)\p{P}|\p{P}(?!\d))+"


def _with_space(text: str) -> list[str]:
    """The words of four letters or more, with the space after them where another word follows it."""
    pieces, words = letters(4)(text), letters(1)(text)
    starts, of_words = places(pieces), places(words)
    begins = {of_words[i] for i in free(text, words)}
    for i in range(1, len(pieces), 2):
        if starts[i + 1] + 1 in begins and pieces[i + 1].startswith(" "):
            pieces[i], pieces[i + 1] = f"{pieces[i]} ", pieces[i + 1][1:]
    return pieces


@word_perturbation(
    "lowercase",
    finds=letters(1),
    fits=lambda word: word != word.lower(),
    rates=SHARES,
    severity=5,
    legend="capitals lost in {rate} of the words that have some",
    stress="form",
)
def lowercase(word: str, rng: Random) -> str:
    """Lower case for 20, 40, 60, 80 % or all (severity 5, unless said) of the words with capitals."""
    return word.lower()


@word_perturbation(
    "uppercase",
    finds=letters(1),
    fits=lambda word: word != word.upper(),
    rates=SHARES,
    severity=5,
    legend="{rate} of words in capitals",
    stress="form",
)
def uppercase(word: str, rng: Random) -> str:
    """Capitals for 20, 40, 60, 80 % or all (severity 5, unless said) of the words."""
    return word.upper()


@word_perturbation(
    "no-punctuation",
    finds=matches(_PUNCTUATION),
    rates=SHARES,
    severity=5,
    legend="{rate} of punctuation left out",
    stress="form",
)
def no_punctuation(word: str, rng: Random) -> str:
    """Leaves out 20, 40, 60, 80 % or all (severity 5, unless said) of the punctuation, but for that of numbers.

    Between letters a space takes its place; an apostrophe there goes without one.
    """
    if not word[0].isalpha():
        return ""
    return word[0] if set(word[1:]) <= set("'’") else f"{word[0]} "


@word_perturbation(
    "segmentation", finds=_with_space, legend="{rate} of words split, or joined with the next", stress="form"
)
def segmentation(word: str, rng: Random) -> str:
    """Splits 3, 6, 12, 24, 48 % of the words in two, or joins them with the next one.

    Of words of four letters or more; where no other follows on the line, a word is split.
    """
    if word.endswith(" ") and rng.random() < 0.5:
        return word[:-1]
    pieces = graphemes(word)
    pieces.insert(1 + int(rng.random() * (len(pieces) - word.endswith(" ") - 1)), " ")
    return "".join(pieces)


@word_perturbation(
    "diacritics",
    finds=letters(1),
    fits=lambda word: not word.isascii() and _bare(word) != word,
    rates=SHARES,
    severity=5,
    legend="accents lost in {rate} of the words that have some",
    stress="form",
)
def diacritics(word: str, rng: Random) -> str:
    """Takes accents and other marks off 20, 40, 60, 80 % or all (severity 5, unless said) of the words with some."""
    return _bare(word)


def _bare(word: str) -> str:
    """The word without marks on its Latin, Greek and Cyrillic letters; other scripts spell with theirs."""
    if not regex.fullmatch(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{M}]+", word):
        return word
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
