"""Items that a perturbation flipped, to be looked at: their texts and what the encoder reads, around the edits."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from harness.conditions.around import around
from harness.conditions.edits import Edit
from harness.core.data import Example, Examples, Outcomes, Piece
from harness.core.records import Cell
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens
from harness.runner.data import Data
from harness.scoring import Scoring

#: Of a cell. More than a page shows, so that it finds among them some that flip in other rows too.
N_KEPT = 8


def reference(cell: Cell) -> Cell | None:
    """What an item of a cell may have flipped from: the same head on clean texts. None where texts are as they were,
    or the head has learnt from others.
    """
    clean = {role: split.clean for role, split in cell.test.items()}
    is_apart = cell.slice is not None or cell.head.is_edited or clean == cell.test
    return None if is_apart else replace(cell, test=clean)


def chosen(scoring: Scoring, before: Outcomes, after: Outcomes) -> list[int]:
    """Places of items worth a look, in the order of the hashes of what they are: the same for all encoders."""
    told = scoring.telling(before, after)
    return [] if told is None else sorted(np.flatnonzero(told).tolist(), key=after.content.tolist().__getitem__)


class Examiner:
    """Shows items of one job's cells. `reads`: the encoder's tokenizer; None for the rows without an encoder."""

    def __init__(self, data: Data, reads: Any) -> None:
        self._data, self._reads = data, reads

    def __call__(self, cell: Cell, places: list[int]) -> tuple[Example, ...]:
        """The first few of these items of which a text was edited."""
        found = (self._example(cell, place) for place in places)
        edited = (one for one in found if any(not isinstance(p, str) for own in one.texts.values() for p in own))
        return tuple(one for _, one in zip(range(N_KEPT), edited, strict=False))

    def _example(self, cell: Cell, place: int) -> Example:
        task = cell.address.task
        sides, kind = self._data.sides(task, cell.test), self._data.task_kind(task)
        item = sides[kind.scored]
        texts = {role: self._text(cell, role, _place(sides, kind, role, place)) for role in sides}
        return Example(item.items[place], texts, dict(self._tokens(cell, sides, place)))

    def _text(self, cell: Cell, role: str, place: int) -> tuple[Piece, ...]:
        split = cell.test[role]
        before = self._data(cell.address.task, split.clean).text[place]
        if not split.perturbations:
            return around(before, before, ())
        done = self._data.edited(split).texts[place]
        return around(before, done.text, done.edits)

    def _tokens(self, cell: Cell, sides: Mapping[str, Examples], place: int) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """What is read otherwise than before, by role as it is read."""
        if cell.head.readings is None:
            return
        task, kind = cell.address.task, self._data.task_kind(cell.address.task)
        clean = self._data.read(cell.head, task, {role: split.clean for role, split in cell.test.items()})
        for role, examples in self._data.read(cell.head, task, cell.test).items():
            at = _place(sides, kind, role, place)
            before, now = clean[role].text[at], examples.text[at]
            if before != now:
                read = self._reads()
                yield role, _differing(read, *read((before, now), cell.head.readings[role]))


def _place(sides: Mapping[str, Examples], kind: Any, role: str, place: int) -> int:
    """Where the text of a scored item stands among those of a role; of what is searched, the first that answers it."""
    if role not in kind.searched:
        return place
    answers = sides[kind.scored].relevant
    assert answers is not None
    return sides[role].items.index(answers[place][0])


def _differing(reads: Tokenizer, before: Tokens, now: Tokens) -> tuple[Piece, ...]:
    """The tokens around those that are others now."""
    old, new = ([f"{token} " for token in reads.pieces(tokens)] for tokens in (before, now))
    starts = np.cumsum([0, *map(len, old)]).tolist()
    edits = [
        Edit(starts[i], starts[j], "".join(new[k:n]))
        for change, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if change != "equal"
    ]
    return around("".join(old), "".join(new), edits)
