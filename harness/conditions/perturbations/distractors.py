"""Sentences that have nothing to do with a text, around it: what it says stays, and is harder to find."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import regex
from annotated_types import Interval

from harness.conditions.declare import perturbation
from harness.conditions.edits import Edit
from harness.conditions.resources import resource

#: The end of a sentence: its mark, quotes and brackets after it, and the white space before what begins the next.
_END = regex.compile(r"(?<=[.!?…][\"”’')\]]*)\s+(?=[\"“‘'(\[]*[\p{Lu}\p{Lo}\p{N}])|\n+")


@resource("distractors", file="distractors.txt")
def distractor_sentences(path: Path) -> tuple[str, ...]:
    """Plain English sentences about places and things, without praise or blame: one a line."""
    return tuple(path.read_text(encoding="utf-8").splitlines())


def _sentences(distractors: Sequence[str], n_words: int, rng: Random) -> list[str]:
    """Sentences of at least so many words in all, no one twice before all were there."""
    found: list[str] = []
    left: list[str] = []
    n = 0
    while n < n_words:
        left = left or list(distractors)
        found.append(left.pop(int(rng.random() * len(left))))
        n += len(found[-1].split())
    return found


@perturbation(
    "distractors",
    severity="words",
    identity=0,
    changes="stored",
    languages=("en",),
    resources=("distractors",),
    legend="{words} words about something else, put {side} the text",
    stress="long texts",
)
def distractors(
    text: str,
    rng: Random,
    *,
    words: Annotated[int, Interval(ge=0, le=10_000)] = 100,
    side: Literal["before", "after", "around"] = "before",
    distractors: Sequence[str],
) -> list[Edit]:
    """Unrelated sentences of 100 `words`, or a few more, before, after or around a text.

    What is looked for stays in the text; an encoder that reads a limited number of tokens may not come to it.
    """
    if not words or not text.strip():
        return []
    found = _sentences(distractors, words, rng)
    half = {"before": len(found), "after": 0, "around": (len(found) + 1) // 2}[side]
    before, after = " ".join(found[:half]), " ".join(found[half:])
    return [Edit(*one) for one in ((0, 0, f"{before} "), (len(text), len(text), f" {after}")) if one[2].strip()]


@perturbation(
    "evidence-position",
    severity="position",
    identity=None,
    changes="stored",
    languages=("en",),
    resources=("distractors",),
    legend="the first sentence alone, {position} of the way into {words} words about something else",
    stress="long texts",
)
def evidence_position(
    text: str,
    rng: Random,
    *,
    position: Annotated[float, Interval(ge=0, le=1)] = 0.5,
    words: Annotated[int, Interval(ge=1, le=10_000)] = 300,
    distractors: Sequence[str],
) -> list[Edit]:
    """The first sentence of a text, this far (0 to 1) into unrelated sentences of 300 words; the others are left out.

    Beside each other, positions show how much of a long text an encoder takes in.
    """
    if not text.strip():
        return []
    found = _sentences(distractors, words, rng)
    end = next((match.start() for match in _END.finditer(text) if text[: match.start()].strip()), len(text))
    at = round(position * len(found))
    before, after = " ".join(found[:at]), " ".join(found[at:])
    edits = [(0, 0, f"{before} "), (end, len(text), f" {after}" if after else "")]
    return [Edit(*one) for one in edits if text[one[0] : one[1]] != one[2] and (one[2].strip() or one[0] < one[1])]
