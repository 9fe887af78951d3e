"""Texts that lost a part."""

import re
from random import Random
from typing import Annotated, Literal

from annotated_types import Interval

from harness.conditions.declare import perturbation
from harness.conditions.edits import Edit
from harness.conditions.words import Span

WORD = re.compile(r"\S+")


def _kept(keep: str, side: str) -> str:
    if side == "first+last":
        return f"keeping only the two ends of the text, {keep} of it"
    return f"keeping only the {side} {keep} of the text"


@perturbation("truncate", severity="keep", identity=1.0, changes="stored", uses=(), legend=_kept, stress="long texts")
def truncate(
    text: str,
    rng: Random,
    *,
    keep: Annotated[float, Interval(ge=0, le=1)] = 0.5,
    side: Literal["first", "last", "first+last", "middle"] = "first",
) -> list[Edit]:
    """Keeps a share of the words: the first, the last, half of the quota from each end, or the middle.

    A word is a run of non-space characters. The quota is rounded to the nearest count (halves up) and is at
    least one word. White space between kept words stays as it is. Nothing is drawn: `rng` is not used.
    """
    if keep >= 1:
        return []
    words = [match.span() for match in WORD.finditer(text)]
    n_kept = min(len(words), max(1, int(keep * len(words) + 0.5)))
    runs = _dropped(len(words), n_kept, side)
    return [_cut(text, words, start, end) for start, end in runs if start < end]


def _dropped(n_words: int, n_kept: int, side: str) -> list[tuple[int, int]]:
    """The runs of words to drop, from the first up to but not including the last number."""
    if side == "first+last":
        n_first = (n_kept + 1) // 2
        return [(n_first, n_words - (n_kept - n_first))]
    first = {"first": 0, "middle": (n_words - n_kept) // 2, "last": n_words - n_kept}[side]
    return [(0, first), (first + n_kept, n_words)]


def _cut(text: str, words: list[Span], start: int, end: int) -> Edit:
    """Drops these words and one side of the white space around them, so that kept words stay apart."""
    if end == len(words):
        return Edit(words[start - 1][1], len(text), "")
    return Edit(words[start - 1][1], words[end - 1][1], "") if start else Edit(0, words[end][0], "")
