"""How far the texts that are tested are from those that are learnt from, where a cell is about domains."""

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from harness.conditions import vocabulary
from harness.core.data import Examples
from harness.core.inputs import as_text
from harness.core.records import Cell, Head, Split, read_as, sides_key
from harness.core.seeds import generator_of
from harness.runner.data import Data, splits_of
from harness.runner.heads import Heads
from harness.runner.seen import Sight
from harness.stats import told_apart

#: Texts of a side that a model has to tell from those of the other, at most and at least.
_MOST, _FEWEST = 400, 20


class ShiftSize:
    """Measures the cells of one job. What pairs of domains, poolers and modes share is kept."""

    def __init__(self, data: Data, heads: Heads, sight: Sight | None) -> None:
        self._data, self._heads, self._sight = data, heads, sight
        self._words: dict[str, Counter[str]] = {}
        self._told: dict[tuple[str, ...], float | None] = {}

    def __call__(self, cell: Cell) -> dict[str, Any] | None:
        """What `results.records.Shift` says; None of cells that are not about domains, or learn nothing.

        Tokens are known and vectors told apart where an encoder reads both sides as it is: not of one trained here.
        """
        splits = splits_of(cell)
        if cell.slice or not cell.head.train or any(split.perturbations for split in splits):
            return None
        if all(split.domains is None and "domains" not in split.rule for split in splits):
            return None
        task = cell.address.task
        sides = [self._sides(task, splits) for splits in (cell.head.train, cell.test)]
        known, found = (self._counted(*side) for side in zip((cell.head.train, cell.test), sides, strict=True))
        shared = found.keys() & known.keys()
        measured: dict[str, Any] = {
            "types_known": len(shared) / len(found) if found else None,
            "words_known": sum(found[word] for word in shared) / found.total() if found else None,
        }
        if cell.head.pooling is None or cell.head.is_built:
            return measured
        subwords = (self._subwords(cell.head, side) for side in sides)
        measured |= dict(zip(("subwords_train", "subwords_test"), subwords, strict=True))
        return measured | {"told_apart": self._apart(cell, *sides)}

    def _sides(self, task: str, splits: Mapping[str, Split]) -> dict[str, Examples]:
        return {role: examples.learnt for role, examples in self._data.sides(task, splits).items()}

    def _counted(self, splits: Mapping[str, Split], sides: Mapping[str, Examples]) -> Counter[str]:
        """How often each word stands in the texts of a side."""
        key = sides_key(splits)
        if key not in self._words:
            texts = (as_text(one) for examples in sides.values() for one in examples.text)
            self._words[key] = Counter(chain.from_iterable(map(vocabulary, texts)))
        return self._words[key]

    def _subwords(self, head: Head, sides: Mapping[str, Examples]) -> float | None:
        """Tokens a word (a run of non-space characters) of a side, without those that stand around every text."""
        assert head.readings is not None
        assert self._sight is not None
        n_tokens = n_words = 0
        for role, examples in sides.items():
            tokenization = read_as(head.readings, role)
            read, around = self._heads.encoded[tokenization.key], self._sight.n_around(tokenization)
            n_tokens += int(read.n_tokens[read.rows(examples.text)].sum()) - around * len(examples)
            n_words += sum(len(as_text(one).split()) for one in examples.text)
        return n_tokens / n_words if n_words else None

    def _apart(self, cell: Cell, train: Mapping[str, Examples], test: Mapping[str, Examples]) -> float | None:
        """How well the row's own vectors tell the sides apart, of equally many items of each."""
        from threadpoolctl import threadpool_limits

        head = cell.head
        assert head.pooling is not None
        assert head.readings is not None
        keys = sides_key(head.train), sides_key(cell.test)
        reading = (head.pooling.key, *(one.key for one in head.readings.values()))
        if (*reading, *keys) not in self._told:
            n = min(_MOST, *(len(examples) for side in (train, test) for examples in side.values()))
            rng, found = generator_of(*keys, "told apart"), None
            if n >= _FEWEST and head.pooling.per == "text":
                drawn = [_drawn(side, n, rng) for side in (train, test)]
                vectors = [np.hstack([self._heads.vectors(head, own, role) for role, own in s.items()]) for s in drawn]
                clusters = [next(iter(side.values())).clusters for side in drawn]
                with threadpool_limits(limits=1):
                    found = told_apart((vectors[0], clusters[0]), (vectors[1], clusters[1]), rng)
            self._told[(*reading, *keys)] = found
        return self._told[(*reading, *keys)]


def _drawn(side: Mapping[str, Examples], n: int, rng: np.random.Generator) -> dict[str, Examples]:
    """So many items of a side, the same in every role."""
    chosen = sorted(rng.permutation(len(next(iter(side.values()))))[:n].tolist())
    return {role: examples.take(chosen) for role, examples in side.items()}
