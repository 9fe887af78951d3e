"""A changed text as a person looks at it: what was changed and a few words around, not all of a long text."""

from collections.abc import Sequence
from itertools import pairwise

from harness.conditions.edits import Edit, apply_edits
from harness.core.data import Piece

#: Characters shown on each side of an edit (of a long one at each of its ends), and about the most that are shown.
SIDE, MOST = 40, 320
#: What stayed of a text of no more characters is shown whole.
WHOLE = 160


def around(before: str, now: str, edits: Sequence[Edit]) -> tuple[Piece, ...]:
    """A text in pieces, cut to the surroundings of its edits; its beginning where there are none.

    Edits that do not lead from `before` to `now` (those of several perturbations) are shown as one.
    """
    edits = sorted(edits) if _leads(before, now, sorted(edits)) else [_between(before, now)]
    found, shown, end = list[Piece](), 0, 0
    side = SIDE if len(before) > WHOLE else WHOLE
    for edit in edits:
        same = _ends(before[end : edit.start], first=side if found else 0, last=side)
        changed = _ends(before[edit.start : edit.end]), _ends(edit.replacement)
        found += [same, changed]
        shown, end = shown + sum(map(len, (same, *changed))), edit.end
        if shown > MOST:
            break
    found.append(_ends(before[end:], first=side if found else 2 * side, last=0))
    return tuple(piece for piece in found if piece)


def _leads(before: str, now: str, edits: Sequence[Edit]) -> bool:
    is_apart = all(one.end <= other.start for one, other in pairwise(edits))
    return is_apart and (not edits or edits[-1].end <= len(before)) and apply_edits(before, edits) == now


def _between(before: str, now: str) -> Edit:
    """One edit that makes a text another: all between the beginning and the end that both have."""
    n = min(len(before), len(now))
    start = next((i for i in range(n) if before[i] != now[i]), n)
    n_end = next((i for i in range(n - start) if before[-1 - i] != now[-1 - i]), n - start)
    return Edit(start, len(before) - n_end, now[start : len(now) - n_end])


def _ends(text: str, first: int = SIDE, last: int = SIDE) -> str:
    """About so many characters of its beginning and its end, whole words where there are some."""
    if len(text) <= first + last:
        return text
    head, space, _ = text[:first].rpartition(" ")
    head = head + space if head.strip() else text[:first]
    _, space, tail = text[len(text) - last :].partition(" ")
    tail = space + tail if tail.strip() else text[len(text) - last :]
    return f"{head}…{tail}"
