"""What a scanner takes one letter for."""

from random import Random

import regex

from harness.conditions.declare import word_perturbation
from harness.conditions.words import letters

#: Letters, and what they are read as: shapes that are alike in print, as confusion tables of recognised newspapers and
#: books list them (Nguyen et al. 2019, "Deep Statistical Analysis of OCR Errors for Effective Post-OCR Processing").
CONFUSED = {
    "rn": ("m",), "m": ("rn", "nn", "in"), "n": ("u", "ri", "h"), "u": ("n", "ii"), "h": ("b", "li"), "b": ("h", "6"),
    "e": ("c", "o"), "c": ("e", "o"), "o": ("c", "0", "e"), "a": ("u", "o", "n"), "l": ("1", "i", "I", "t"),
    "i": ("l", "1", "j"), "t": ("f", "l", "i"), "f": ("t", "i"), "s": ("5", "a", "e"), "cl": ("d",), "d": ("cl",),
    "g": ("q", "9", "y"), "q": ("g", "9"), "y": ("v", "g"), "v": ("y", "r"), "w": ("vv", "iv"), "vv": ("w",),
    "r": ("t", "i", "n"), "ri": ("n",), "li": ("h",), "ii": ("u",), "k": ("lc", "h"), "z": ("2", "s"), "j": ("i",),
    "p": ("n",), "x": ("z",),
    "I": ("l", "1"), "O": ("0", "Q"), "Q": ("O",), "S": ("5", "8"), "B": ("8", "R", "E"), "D": ("O", "0"),
    "G": ("6", "C"), "Z": ("2",), "E": ("F", "B"), "F": ("P", "E"), "P": ("F", "R"), "R": ("B", "H"), "C": ("G", "O"),
    "T": ("I", "1"), "U": ("V", "II"), "V": ("Y", "U"), "M": ("N", "H"), "N": ("M", "H"), "H": ("N", "II"),
    "A": ("4",), "K": ("H", "X"), "L": ("I", "1"), "W": ("VV",), "Y": ("V",), "J": ("I",), "X": ("K",),
}  # fmt: skip
_PIECE = regex.compile("|".join(sorted(CONFUSED, key=lambda piece: (-len(piece), piece))))


def _fits(word: str) -> bool:
    return bool(_PIECE.search(word))


@word_perturbation(
    "ocr",
    finds=letters(2),
    fits=_fits,
    changes="stored",
    legend="a letter misread by a scanner in {rate} of words",
    stress="misspellings",
)
def ocr(word: str, rng: Random) -> str:
    """A letter, or two that look like one, of 3, 6, 12, 24, 48 % of the words is taken for what looks like it.

    Of words of two letters or more, at any place: a scanner knows no first letters. Latin letters without marks.
    """
    found = list(_PIECE.finditer(word, overlapped=True))
    piece = found[int(rng.random() * len(found))]
    taken = CONFUSED[piece[0]]
    return word[: piece.start()] + taken[int(rng.random() * len(taken))] + word[piece.end() :]
