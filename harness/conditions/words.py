"""Words of a text by Unicode's rules, what of it must stay as it is, and the draw of which ones change."""

import bisect
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from random import Random

import regex

#: Start and end of a piece of text, in characters.
Span = tuple[int, int]
#: Cuts a text into pieces that stay and pieces that a perturbation may change, in turn: the latter have odd numbers.
Finder = Callable[[str], list[str]]

#: Scripts that put no space between words: a run of their letters is not one word.
_UNSPACED = "".join(rf"\p{{{name}}}" for name in ("Han", "Hira", "Kana", "Thai", "Lao", "Khmr", "Mymr", "Tibt"))
#: What a letter must not touch to be the end of a word: letters and marks, digits, joiners, the underscore.
_INSIDE = r"[\p{L}\p{M}\p{N}\p{Cf}_]"
_WORD = regex.compile(rf"(?V1)(?<!{_INSIDE})(?:[\p{{L}}--[{_UNSPACED}]]\p{{M}}*+)++(?!{_INSIDE})")
_HARD = regex.compile(rf"[\p{{M}}\p{{Cf}}{_UNSPACED}]")
#: Latin letters, and typographic and currency signs, are none of them; of others each is asked.
_MAYBE_HARD = re.compile("[^\x00-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]")
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
    of_ascii = re.compile(rf"\b([A-Za-z]{{{least},}}+)\b", re.ASCII)
    plain = re.compile(rf"\b([^\W\d_]{{{least},}}+)\b")

    def find(text: str) -> list[str]:
        if text.isascii():
            return of_ascii.split(text)
        if not _MAYBE_HARD.search(text) or not any(map(_is_hard, set(text))):
            return plain.split(text)
        found = [match.span() for match in _WORD.finditer(text)]
        return cut(text, [one for one in found if len(graphemes(text[slice(*one)])) >= least])

    return find


def cut(text: str, spans: Sequence[Span]) -> list[str]:
    """The text in pieces, of which those with odd numbers are what lies in these spans."""
    ends = [0, *(end for span in spans for end in span), len(text)]
    return [text[start:end] for start, end in pairwise(ends)]


@cache
def _is_hard(char: str) -> bool:
    """Marks, joiners and letters of scripts without spaces, where the rules of plain letters do not do."""
    return bool(_HARD.match(char))


def matches(pattern: str) -> Finder:
    """Finds what a regular expression of the library `regex` matches."""
    compiled = regex.compile(pattern)
    return lambda text: cut(text, [match.span() for match in compiled.finditer(text)])


def graphemes(word: str) -> list[str]:
    """The word in the pieces that a reader takes for one letter each (extended grapheme clusters)."""
    return list(word) if word.isascii() else _GRAPHEME.findall(word)


def free(text: str, pieces: Sequence[str], patterns: Sequence[str] = ()) -> Sequence[int]:
    """The odd numbers of the pieces that touch no address and nothing that one of these regular expressions matches."""
    odd, kept = range(1, len(pieces), 2), _addresses(text)
    for pattern in patterns:
        kept += [match.span() for match in regex.finditer(pattern, text) if match.end() > match.start()]
    if not kept:
        return odd
    kept.sort()
    starts = [start for start, _ in kept]
    furthest = list(accumulate((end for _, end in kept), max))
    ends = places(pieces)
    return [i for i in odd if not (n := bisect.bisect_left(starts, ends[i + 1])) or furthest[n - 1] <= ends[i]]


def places(pieces: Sequence[str]) -> list[int]:
    """Where each piece of a text begins, in characters; and the last one ends."""
    return list(accumulate(map(len, pieces), initial=0))


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


def drawn(found: Sequence[int], rate: float, rng: Random) -> list[int]:
    """This share of the numbers, in the order of a draw: those of a smaller rate are the first of a larger one's.

    How many is rounded at random, so that short texts get the rate too, on average. Drawn with `random()` alone: the
    one method whose sequence Python promises to keep over versions.
    """
    draw = rng.random
    wanted = min(len(found), int(rate * len(found) + draw()))
    if not wanted:
        return []
    ranks = {draw(): number for number in found}
    return [ranks[rank] for rank in sorted(ranks)[:wanted]]


def cased(replacement: str, like: str) -> str:
    """A replacement with capitals where the word has them: all of it, or its first letter."""
    if like.isupper() and len(like) > 1:
        return replacement.upper()
    return replacement[:1].upper() + replacement[1:] if like[:1].isupper() else replacement
