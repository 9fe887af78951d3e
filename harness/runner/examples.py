"""Items that a perturbation flipped, to be looked at: their texts and what the encoder reads, around the edits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import partial
from itertools import islice

import numpy as np

from harness.conditions.around import around
from harness.conditions.edits import Edit, Perturbed
from harness.core.data import Example, Examples, Outcomes, Piece
from harness.core.inputs import Input, as_text
from harness.core.records import Cell, Split
from harness.encoders.tokenizer import Tokenizer
from harness.runner.data import Data
from harness.scoring import Scoring
from harness.tasks.kinds import Kind

#: Of a cell. More than a page shows, so that it finds among them some that flip in other rows too.
N_KEPT = 12
#: Of the items that a clean cell is wrong on: enough that those all rows are wrong on are among them.
N_WRONG = 200


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


def surely_wrong(outcomes: Outcomes) -> list[int]:
    """Places of items whose prediction is not their label, those with the largest scores first."""
    wrong = np.flatnonzero(outcomes.gold != outcomes.prediction)
    order: list[int] = wrong[np.argsort(-np.asarray(outcomes.score)[wrong], kind="stable")].tolist()
    return order[:N_WRONG]


class Examiner:
    """Shows items of one job's cells. `reads`: the encoder's tokenizer; None for the rows without an encoder."""

    def __init__(self, data: Data, reads: Callable[[], Tokenizer] | None) -> None:
        self._data, self._reads = data, reads

    def __call__(self, cell: Cell, places: Sequence[int]) -> tuple[Example, ...]:
        """The first few of these items of which a text was edited."""
        task, clean = cell.address.task, {role: split.clean for role, split in cell.test.items()}
        sides, kind = self._data.sides(task, clean), self._data.task_kind(task)
        done = {role: self._data.edited(split).texts for role, split in cell.test.items() if split.perturbations}
        at = partial(_place, sides, kind)
        edited = (item for item in places if any(texts[at(role, item)].edits for role, texts in done.items()))
        items = list(islice(edited, N_KEPT))
        texts = [
            {role: _text(side.text[at(role, item)], at(role, item), done.get(role)) for role, side in sides.items()}
            for item in items
        ]
        tokens = self._tokens(cell, clean, lambda role: [at(role, item) for item in items])
        ids = sides[kind.scored].items
        return tuple(Example(ids[item], *looks) for item, *looks in zip(items, texts, tokens, strict=True))

    def whole(self, cell: Cell, places: Sequence[int]) -> tuple[Example, ...]:
        """These items as they are, long texts cut."""
        task = cell.address.task
        sides, kind = self._data.sides(task, cell.test), self._data.task_kind(task)
        ids = sides[kind.scored].items
        return tuple(
            Example(ids[place], {role: _text(side.text[place], place, None) for role, side in sides.items()})
            for place in places
        )

    def _tokens(
        self, cell: Cell, clean: Mapping[str, Split], places: Callable[[str], list[int]]
    ) -> list[dict[str, tuple[Piece, ...]]]:
        """Of items at these places of a role as it is read: the tokens around those that are others now, by role."""
        found: list[dict[str, tuple[Piece, ...]]] = [{} for _ in places("text")]
        if self._reads is None or cell.head.readings is None or not found:
            return found
        before = self._data.read(cell.head, cell.address.task, clean)
        for role, examples in self._data.read(cell.head, cell.address.task, cell.test).items():
            pairs = [(before[role].text[place], examples.text[place]) for place in places(role)]
            changed = list(dict.fromkeys(text for old, new in pairs if old != new for text in (old, new)))
            read = zip(changed, self._reads()(changed, cell.head.readings[role]), strict=True)
            names = {text: [f"{token} " for token in self._reads().pieces(tokens)] for text, tokens in read}
            for own, (old, new) in zip(found, pairs, strict=True):
                if old != new:
                    own[role] = _differing(names[old], names[new])
        return found


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[Piece, ...]:
    starts = np.cumsum([0, *map(len, old)]).tolist()
    edits = [
        Edit(starts[i], starts[j], "".join(new[k:n]))
        for change, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if change != "equal"
    ]
    return around("".join(old), "".join(new), edits)


def _text(read: Input, place: int, done: Sequence[Perturbed] | None) -> tuple[Piece, ...]:
    before = as_text(read)
    return around(before, done[place].text, done[place].edits) if done else around(before, before, ())


def _place(sides: Mapping[str, Examples], kind: Kind, role: str, place: int) -> int:
    """Where the text of a scored item stands among those of a role; of what is searched, the first that answers it."""
    if role not in kind.searched:
        return place
    answers = sides[kind.scored].relevant
    assert answers is not None
    return sides[role].items.index(answers[place][0])
