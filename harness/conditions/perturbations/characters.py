"""Slips inside a word: letters swapped, lost, added, mistaken. Its first and last letter stay.

Readers take words with their ends in place for what they were (Rawlinson 1976); as attacks on models these four are
those of Pruthi et al. 2019 (https://aclanthology.org/P19-1561) and Belinkov and Bisk 2018 (https://arxiv.org/abs/1711.02173).
"""

from random import Random

from harness.conditions.declare import word_perturbation
from harness.conditions.words import graphemes

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _unlike(letters: list[str]) -> list[int]:
    """Where an inner letter is followed by another inner letter that is not the same."""
    return [i for i in range(1, len(letters) - 2) if letters[i] != letters[i + 1]]


def _inner(letters: list[str], rng: Random) -> int:
    """The place of a letter that is neither the first nor the last."""
    return 1 + int(rng.random() * (len(letters) - 2))


def _other(letters: list[str], at: int, rng: Random) -> str:
    """Another letter than the one here, in its case: of a to z, or of the word itself where that is not ASCII."""
    here = letters[at]
    pool = list(_LETTERS) if "".join(letters).isascii() else sorted({one.lower() for one in letters})
    pool = [one for one in pool if one != here.lower()] or list(_LETTERS)
    chosen = pool[int(rng.random() * len(pool))]
    return chosen.upper() if here.isupper() and len(chosen.upper()) == len(chosen) else chosen


def _swaps(word: str) -> bool:
    letters = graphemes(word)
    return letters[1:-2] != letters[2:-1]


@word_perturbation(
    "char-swap", fits=_swaps, legend="two inner letters swapped in {rate} of words", stress="misspellings"
)
def char_swap(word: str, rng: Random) -> str:
    """Two neighbouring inner letters of 3, 6, 12, 24, 48 % of the words change places."""
    letters = graphemes(word)
    places = _unlike(letters)
    at = places[int(rng.random() * len(places))]
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


@word_perturbation("char-delete", legend="an inner letter lost in {rate} of words", stress="misspellings")
def char_delete(word: str, rng: Random) -> str:
    """An inner letter of 3, 6, 12, 24, 48 % of the words is lost."""
    letters = graphemes(word)
    del letters[_inner(letters, rng)]
    return "".join(letters)


@word_perturbation("char-insert", legend="a letter too many in {rate} of words", stress="misspellings")
def char_insert(word: str, rng: Random) -> str:
    """A letter too many in 3, 6, 12, 24, 48 % of the words, not at their ends."""
    letters = graphemes(word)
    at = 1 + int(rng.random() * (len(letters) - 1))
    letters.insert(at, _other(letters, at, rng))
    return "".join(letters)


@word_perturbation("char-substitute", legend="an inner letter replaced in {rate} of words", stress="misspellings")
def char_substitute(word: str, rng: Random) -> str:
    """An inner letter of 3, 6, 12, 24, 48 % of the words becomes another."""
    letters = graphemes(word)
    at = _inner(letters, rng)
    letters[at] = _other(letters, at, rng)
    return "".join(letters)
