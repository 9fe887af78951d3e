"""Typing slips: a neighbouring key."""

import unicodedata
from random import Random
from typing import Literal

from harness.conditions.declare import word_perturbation

#: The letter keys of each layout; each row stands half a key to the right of the one above.
_ROWS = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
}
#: Languages commonly typed on a layout with Latin letters, the widest spread first.
LANGUAGES = {
    "qwerty": (
        *("en", "es", "pt", "it", "nl", "pl", "tr", "id", "vi", "sv", "da", "no", "nb", "nn", "fi", "ro", "ms", "tl"),
        *("ca", "gl", "eu", "et", "lv", "lt", "is", "fo", "ga", "gd", "cy", "mt", "af", "fy", "sw", "zu", "xh", "st"),
        *("tn", "sn", "yo", "ig", "ha", "so", "jv", "su", "mi"),
    ),
    "azerty": ("fr", "br", "oc", "wa"),
    "qwertz": ("de", "lb", "cs", "sk", "hu", "sl", "hr", "bs"),
}


def _touching(rows: tuple[str, ...], row: int, place: int) -> str:
    """The letter keys that touch one: left, two above, right, two below, as far as there are such."""
    around = [(0, -1), (-1, 0), (-1, 1), (0, 1), (1, -1), (1, 0)]
    spots = [(row + down, place + right) for down, right in around]
    return "".join(rows[r][p] for r, p in spots if 0 <= r < len(rows) and 0 <= p < len(rows[r]))


def _neighbours(rows: tuple[str, ...]) -> dict[str, str]:
    found = {key: _touching(rows, row, place) for row, keys in enumerate(rows) for place, key in enumerate(keys)}
    return found | {key.upper(): near.upper() for key, near in found.items()}


#: By layout, the letter keys that touch a key.
NEIGHBOURS = {layout: _neighbours(rows) for layout, rows in _ROWS.items()}


def _places(word: str, layout: str) -> list[int]:
    """Where a word has a letter of the layout that is not its first and carries no mark."""
    near = NEIGHBOURS[layout]
    return [i for i in range(1, len(word)) if word[i] in near and not unicodedata.combining(word[i + 1 : i + 2] or "x")]


def _fits(word: str, *, layout: str) -> bool:
    return word.isascii() or bool(_places(word, layout))


@word_perturbation(
    "keyboard",
    version=2,
    fits=_fits,
    languages={"layout": LANGUAGES},
    legend="adjacent-key typos in {rate} of words",
    stress="misspellings",
)
def keyboard(word: str, rng: Random, *, layout: Literal["qwerty", "azerty", "qwertz"] = "qwerty") -> str:
    """One letter of 3, 6, 12, 24, 48 % of the words (severities 1–5) becomes a neighbouring key.

    Of words of four letters or more; the first letter and the letter's case are kept. `layout` is the keyboard's.
    """
    if word.isascii():
        place = 1 + int(rng.random() * (len(word) - 1))
    else:
        places = _places(word, layout)
        place = places[int(rng.random() * len(places))]
    near = NEIGHBOURS[layout][word[place]]
    return f"{word[:place]}{near[int(rng.random() * len(near))]}{word[place + 1 :]}"
