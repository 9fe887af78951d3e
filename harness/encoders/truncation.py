"""A text that is longer than an encoder reads: its end, both of its ends, or all of it in windows; lists of words.

Its beginning alone is what `reading` gives by itself.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from harness.core.errors import EncoderError
from harness.core.records import Tokenization
from harness.core.truncation import Windows
from harness.encoders.tokens import Tokens


def shortened(read: Tokens, tokenization: Tokenization, prompt: Sequence[int]) -> Tokens:
    """What is read of a single text, given as all its tokens, which are more than `max_length`.

    The special tokens stand around every part of it, and the prefix, whose ids are `prompt`, before it. EncoderError
    where these leave no room.
    """
    n, special = len(read.ids), set(read.special)
    n_before = next((place for place in range(n) if place not in special), n)
    n_after = next((place for place in range(n) if n - 1 - place not in special), 0)
    n_alike = len([*takewhile(lambda both: both[0] == both[1], zip(read.ids, prompt, strict=False))])
    start, end = max(n_before, n_alike), n - n_after  # the prefix may have merged with how the text begins
    room = tokenization.max_length - start - n_after
    if room < 1:
        raise EncoderError(_no_room(tokenization, start + n_after))
    parts = [_part(read, [*range(start), *own, *range(end, n)]) for own in _parts(start, end, room, tokenization)]
    return replace(parts[0], later=tuple(parts[1:]))


def in_windows(read: Tokens, tokenization: Tokenization) -> Tokens:
    """A list of words, given as all its tokens, which are more than `max_length`: windows of whole words.

    Each begins about half a window after the one before. Of a word that is longer than a window its beginning is read.
    EncoderError where special tokens and prefix leave no room.
    """
    assert read.words is not None
    own = [place for place, word in enumerate(read.words) if word >= 0]
    if not own:
        return read
    start, end = own[0], own[-1] + 1
    around = [*range(start)], [*range(end, len(read.ids))]
    room = tokenization.max_length - sum(map(len, around))
    if room < 1:
        raise EncoderError(_no_room(tokenization, tokenization.max_length - room))
    begins = [place for place in own if place == start or read.words[place] != read.words[place - 1]]
    parts = [_part(read, [*around[0], *range(*part), *around[1]]) for part in _word_windows(begins, end, room)]
    return replace(parts[0], later=tuple(parts[1:]))


def _word_windows(begins: Sequence[int], end: int, room: int) -> Iterator[tuple[int, int]]:
    """From where to where windows reach that hold whole words, which begin at these places; the last ends at `end`."""
    edges, first = [*begins, end], 0
    while True:
        fits = bisect_right(edges, edges[first] + room) - 1
        last = max(fits, first + 1)
        yield edges[first], min(edges[last], edges[first] + room)
        if last == len(begins):
            return
        first = max(first + 1, min(last, bisect_left(edges, edges[first] + room // 2)))


def _no_room(tokenization: Tokenization, n_around: int) -> str:
    return (
        f"max_length {tokenization.max_length} leaves no room for a text beside its prefix and special tokens, "
        f"which are {n_around}; expected {n_around + 1} or more."
    )


def _parts(start: int, end: int, room: int, tokenization: Tokenization) -> list[list[int]]:
    """Which tokens of the text, that stand from `start` up to `end`, are read together, at most `room` of them."""
    how = tokenization.truncation
    if isinstance(how, Windows):
        step = max(1, round(how.stride * room))
        n_windows = 1 + math.ceil((end - start - room) / step)
        return [[*range(begin, min(begin + room, end))] for begin in range(start, start + n_windows * step, step)]
    n_last = {"tail": room, "head+tail": room // 2}[how]
    return [[*range(start, start + room - n_last), *range(end - n_last, end)]]


def _part(read: Tokens, places: Sequence[int]) -> Tokens:
    """The text as if it had these tokens alone."""
    special = set(read.special)
    return replace(
        read,
        ids=tuple(read.ids[place] for place in places),
        special=tuple(now for now, place in enumerate(places) if place in special),
        types=None if read.types is None else tuple(read.types[place] for place in places),
        words=None if read.words is None else tuple(read.words[place] for place in places),
    )
