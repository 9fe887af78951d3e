"""Words of a text by Unicode's rules, what of it must stay as it is, and the draw of which ones change."""

import bisect
import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

import regex

#: Start and end of a piece of text, in characters.
Span = tuple[int, int]
#: Finds the pieces that a perturbation may change, in order.
Finder = Callable[[str], Sequence[Span]]

#: Scripts that put no space between words: a run of their letters is not one word.
_UNSPACED = "".join(rf"\p{{{name}}}" for name in ("Han", "Hira", "Kana", "Thai", "Lao", "Khmr", "Mymr", "Tibt"))
#: What a letter must not touch to be the end of a word: letters and marks, digits, joiners, the underscore.
_INSIDE = r"[\p{L}\p{M}\p{N}\p{Cf}_]"
_WORD = regex.compile(rf"(?V1)(?<!{_INSIDE})(?:[\p{{L}}--[{_UNSPACED}]]\p{{M}}*+)++(?!{_INSIDE})")
_HARD = regex.compile(rf"[\p{{M}}\p{{Cf}}{_UNSPACED}]")
_GRAPHEME = regex.compile(r"\X")

#: What makes the run of non-space characters around it an address: @mention, e-mail, URL, host.name.
_ADDRESS = re.compile(r"[@:.](?:(?<=@)|(?<=:)//|(?<=\w\.)[^\W\d_]{2})")
_SPACE = re.compile(r"\s")


_ASCII_TERM = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
_TERM = regex.compile(
    rf"(?V1)[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{N}}]--[{_UNSPACED}]][[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]*(?:['’]\p{{L}}+)*"
)


def vocabulary(text: str) -> list[str]:
    """The words of a text and its numbers, in lower case; of scripts without spaces each letter."""
    low = text.lower().replace("’", "'")
    return _ASCII_TERM.findall(low) if low.isascii() else _TERM.findall(low)


@cache
def letters(least: int) -> Finder:
    """Finds the words of so many letters or more: whole runs of letters, which touch no digit, underscore or joiner.

    A letter with its marks is one.
    """
    plain = re.compile(rf"(?<!\w)[^\W\d_]{{{least},}}(?!\w)")

    def find(text: str) -> Sequence[Span]:
        if text.isascii() or not any(map(_is_hard, set(text))):
            return list(map(re.Match.span, plain.finditer(text)))
        found = [match.span() for match in _WORD.finditer(text)]
        return [one for one in found if one[1] - one[0] >= least and len(graphemes(text[slice(*one)])) >= least]

    return find


@cache
def _is_hard(char: str) -> bool:
    """Marks, joiners and letters of scripts without spaces, where the rules of plain letters do not do."""
    return char > "\x7f" and bool(_HARD.match(char))


def matches(pattern: str) -> Finder:
    """Finds what a regular expression of the library `regex` matches."""
    compiled = regex.compile(pattern)
    return lambda text: [match.span() for match in compiled.finditer(text)]


def graphemes(word: str) -> list[str]:
    """The word in the pieces that a reader takes for one letter each (extended grapheme clusters)."""
    return list(word) if word.isascii() else _GRAPHEME.findall(word)


def free(text: str, found: Sequence[Span], patterns: Sequence[str] = ()) -> list[Span]:
    """Those of the pieces that touch no address and nothing that one of these regular expressions matches."""
    kept = _addresses(text)
    for pattern in patterns:
        kept += [match.span() for match in regex.finditer(pattern, text) if match.end() > match.start()]
    if not kept:
        return list(found)
    kept.sort()
    starts = [start for start, _ in kept]
    ends, furthest = [], 0
    for _, end in kept:
        furthest = max(furthest, end)
        ends.append(furthest)
    return [(start, end) for start, end in found if not (i := bisect.bisect_left(starts, end)) or ends[i - 1] <= start]


def _addresses(text: str) -> list[Span]:
    """The runs of non-space characters that hold an address, in order."""
    runs: list[Span] = []
    for match in _ADDRESS.finditer(text):
        if runs and match.start() < runs[-1][1]:
            continue
        after = _SPACE.search(text, match.end())
        start = match.start()
        while start > 0 and not text[start - 1].isspace():
            start -= 1
        runs.append((start, after.start() if after else len(text)))
    return runs


def drawn(found: Sequence[Span], rate: float, rng: Random) -> list[Span]:
    """This share of the pieces, in the order of a draw: those of a smaller rate are the first of a larger one's.

    The number is rounded at random, so that short texts get the rate too, on average. Drawn with `random()` alone:
    the one method whose sequence Python promises to keep over versions.
    """
    draw = rng.random
    wanted = min(len(found), int(rate * len(found) + draw()))
    if not wanted:
        return []
    ranks = [draw() for _ in found]
    return [found[i] for i in sorted(range(len(found)), key=ranks.__getitem__)[:wanted]]


def cased(replacement: str, like: str) -> str:
    """A replacement with capitals where the word has them: all of it, or its first letter."""
    if like.isupper() and len(like) > 1:
        return replacement.upper()
    return replacement[:1].upper() + replacement[1:] if like[:1].isupper() else replacement
