"""Typing slips: a neighbouring key of the US QWERTY layout."""

import re
import unicodedata
from random import Random
from typing import Annotated

from annotated_types import Interval

from harness.conditions.declare import RATES, perturbation
from harness.conditions.edits import Edit, Span

#: Languages that are commonly typed on a QWERTY layout with Latin letters, the widest spread first. Not those of other
#: layouts: QWERTZ (German, Czech, Hungarian, Croatian …) and AZERTY (French …) have other neighbours.
QWERTY = (
    "en es pt it nl pl tr id vi sv da no nb nn fi ro ms tl ca gl eu et lv lt is fo ga gd cy mt af fy sw zu xh st tn sn "
    "yo ig ha so jv su mi"
)

#: The letters of the layout; each row stands half a key to the right of the one above.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _touching(row: int, place: int) -> str:
    """The letter keys that touch one: left, two above, right, two below, as far as there are such."""
    around = [(0, -1), (-1, 0), (-1, 1), (0, 1), (1, -1), (1, 0)]
    spots = [(row + down, place + right) for down, right in around]
    return "".join(_ROWS[r][p] for r, p in spots if 0 <= r < len(_ROWS) and 0 <= p < len(_ROWS[r]))


#: The letter keys that touch a key.
NEIGHBOURS = {key: _touching(row, place) for row, keys in enumerate(_ROWS) for place, key in enumerate(keys)}
NEIGHBOURS |= {key.upper(): near.upper() for key, near in NEIGHBOURS.items()}

#: Four ASCII letters or more that no letter, digit or underscore touches.
WORD = re.compile(r"\b[A-Za-z]{4,}\b")
#: What makes the run of non-space characters around it an address: @mention, e-mail, URL, host.name.
ADDRESS = re.compile(r"[@:.](?:(?<=@)|(?<=:)//|(?<=\w\.)[^\W\d_]{2})")
SPACE = re.compile(r"\s")


@perturbation(
    "keyboard",
    severity="severity",
    identity=0,
    changes="typed",
    languages=tuple(QWERTY.split()),
    legend="adjacent-key typos in {rate} of words",
    rates=RATES,
)
def keyboard(text: str, rng: Random, *, severity: Annotated[int, Interval(ge=0, le=5)] = 3) -> list[Edit]:
    """One letter of 3, 6, 12, 24, 48 % of the eligible words (severities 1–5) becomes a neighbouring key.

    Eligible is a word of four or more ASCII letters that no other letter, digit, underscore, combining mark
    or joiner touches, outside of URLs, host names, e-mail addresses and @mentions. A word's first letter and
    the letter's case are kept. The number of words is rounded at random, so that short texts get the rate
    too, on average. It is for languages that are typed on such a layout with Latin letters.
    """
    rate = RATES[severity]
    if rate == 0:
        return []
    words = eligible_words(text)
    expected = rate * len(words)
    n_wanted = int(expected) + (rng.random() < expected % 1)
    return [_slip(text, start, end, rng) for start, end in _sample(words, n_wanted, rng)]


def eligible_words(text: str) -> list[Span]:
    """Start and end of the words that may get a typo."""
    words = [match.span() for match in WORD.finditer(text)]
    if not text.isascii():
        words = [(start, end) for start, end in words if not (_joins(text, start - 1) or _joins(text, end))]
    protected = _addresses(text)
    if not protected:
        return words
    free: list[Span] = []
    i = 0
    for start, end in words:
        while i < len(protected) and protected[i][1] <= start:
            i += 1
        if i == len(protected) or end <= protected[i][0]:
            free.append((start, end))
    return free


def _joins(text: str, place: int) -> bool:
    """Whether a combining mark or an invisible joiner is here: what it touches is part of a larger whole."""
    return 0 <= place < len(text) and unicodedata.category(text[place]) in ("Mn", "Mc", "Me", "Cf")


def _addresses(text: str) -> list[Span]:
    """The runs of non-space characters that hold an address, in order."""
    runs: list[Span] = []
    for match in ADDRESS.finditer(text):
        if runs and match.start() < runs[-1][1]:
            continue
        after = SPACE.search(text, match.end())
        start = match.start()
        while start > 0 and not text[start - 1].isspace():
            start -= 1
        runs.append((start, after.start() if after else len(text)))
    return runs


def _sample(words: list[Span], n_wanted: int, rng: Random) -> list[Span]:
    """So many of the words, in order; every set is as likely.

    Drawn with `random()` alone: the one method whose sequence Python promises to keep over versions.
    """
    chosen: list[Span] = []
    n_left = len(words)
    for word in words:
        if rng.random() * n_left < n_wanted - len(chosen):
            chosen.append(word)
        n_left -= 1
    return chosen


def _slip(text: str, start: int, end: int, rng: Random) -> Edit:
    place = start + 1 + int(rng.random() * (end - start - 1))
    near = NEIGHBOURS[text[place]]
    return Edit(place, place + 1, near[int(rng.random() * len(near))])
