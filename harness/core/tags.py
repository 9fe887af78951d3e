"""Tags of words: the entities that a list of tags marks, in whichever of the usual schemes it is written."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

#: The tag of a word that is in no entity; and what is written where a sentence has none.
OUTSIDE, NO_ENTITY = "O", "none"
#: The type of tags that say none: `B`, `I`.
UNTYPED = "entity"
#: Letters of BILOU, and those of BIOES that mean the same.
_SAME = {"L": "E", "U": "S"}
_TAG = re.compile(r"O|([BIESLU])(?:-(.+))?", re.DOTALL)


class Entity(NamedTuple):
    """A run of words, from the word numbered `start` (from 0) up to but not including `end`."""

    type: str
    start: int
    end: int


class Scheme(NamedTuple):
    """How tags are written, and how many of them break that."""

    name: str
    n_broken: int


def parts(tag: str) -> tuple[str, str] | None:
    """Letter (of BIOES) and type of a tag, spaces in a type as underscores; None for what is no tag."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    letter = match[1] or OUTSIDE
    kind = "_".join(match[2].split()) if match[2] else UNTYPED
    return _SAME.get(letter, letter), "" if letter == OUTSIDE else kind or UNTYPED


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence, as conlleval and seqeval (in its default mode) find them in any scheme.

    One begins at B or S, and at any other letter after a word outside, after E or S, or after another type. ValueError
    for what is no tag.
    """
    found: list[Entity] = []
    before, kind = OUTSIDE, ""
    for place, tag in enumerate(tags):
        split = parts(tag)
        if split is None:
            raise ValueError(f"{tag!r} is no tag")
        letter, own = split
        if _begins(before, kind, letter, own):
            found.append(Entity(own, place, place + 1))
        elif letter != OUTSIDE:
            found[-1] = found[-1]._replace(end=place + 1)
        before, kind = letter, own
    return found


def _begins(before: str, kind: str, letter: str, own: str) -> bool:
    return letter != OUTSIDE and (letter in "BS" or before in "OES" or kind != own)


def iob2(found: Iterable[Entity], n_words: int) -> tuple[str, ...]:
    """Entities as tags in IOB2: B for the first word of each, I for the others, O outside."""
    tags = [OUTSIDE] * n_words
    for entity in found:
        tags[entity.start : entity.end] = [f"I-{entity.type}"] * (entity.end - entity.start)
        tags[entity.start] = f"B-{entity.type}"
    return tuple(tags)


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme | None:
    """The scheme that tags are written in: IOB2, IOB1, BIOES or BILOU; None where no word has an entity's tag.

    Broken are: in BIOES and BILOU what stands where it cannot; in IOB2 an I that begins an entity. IOB1 it is where
    every entity begins with I, but for those right after one of their type.
    """
    letters, n_open, n_free, n_wrong = Counter[str](), 0, 0, 0
    for tags in sentences:
        letters.update(tag[:1] for tag in tags)
        split = [(OUTSIDE, ""), *(parts(tag) or (OUTSIDE, "") for tag in tags), (OUTSIDE, "")]
        for (before, kind), (letter, own) in pairwise(split):
            n_open += letter == "I" and _begins(before, kind, letter, own)
            n_free += letter == "B" and (before == OUTSIDE or kind != own)
            goes_on = before in "BI" and letter in "IE" and kind == own
            n_wrong += not goes_on and (before in "BI" or letter in "IE")
    if not letters.keys() & set("BIESLU"):
        return None
    if letters.keys() & set("ESLU"):
        return Scheme("BILOU" if letters.keys() & set("LU") else "BIOES", n_wrong)
    return Scheme("IOB1", 0) if n_open and not n_free else Scheme("IOB2", n_open)


def written(found: Iterable[Entity]) -> str:
    """Entities as a person reads them, words counted from 1: `person:1-2 location:7`; `none` where there are none."""
    ends = ((one.type, one.start + 1, one.end) for one in found)
    return " ".join(f"{kind}:{first}" + (f"-{last}" if last > first else "") for kind, first, last in ends) or NO_ENTITY


def read_written(text: str) -> list[Entity]:
    """What `written` wrote."""
    found = []
    for one in text.split() if text != NO_ENTITY else ():
        kind, _, place = one.rpartition(":")
        first, _, last = place.partition("-")
        found.append(Entity(kind, int(first) - 1, int(last or first)))
    return found


def kept(tags: Sequence[str], was: Sequence[int | None]) -> tuple[str, ...]:
    """The tags of words after an edit, each of which was the word of that number before, or None and is outside."""
    found = [OUTSIDE if place is None else tags[place] for place in was]
    return iob2(entities(found), len(found))
