"""Which texts are trained on together: those of about one length, so that little is padding.

As many texts a batch, or as many tokens. Both are drawn anew each epoch by a seed of the step, from no state that a
kill would lose, and every epoch has as many batches: Trainer counts the steps of all epochs by the first one.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from transformers.trainer_pt_utils import LengthGroupedSampler


class ByLength(LengthGroupedSampler):  # type: ignore[misc]
    """Trainer's grouping by length, drawn anew each epoch by `seed()`."""

    def __init__(self, lengths: list[int], batch_size: int, seed: Callable[[], int]) -> None:
        super().__init__(batch_size, lengths=lengths)
        self._seed = seed

    def __iter__(self) -> Iterator[int]:
        self.generator = torch.Generator().manual_seed(self._seed())
        return iter(super().__iter__())


class ByTokens(torch.utils.data.Sampler[list[int]]):
    """Batches of about as many tokens, padding included, in an order that they draw: as many as there are of `order`'s
    size.
    """

    def __init__(self, lengths: Sequence[int], n_batches: int, order: ByLength, seed: Callable[[], int]) -> None:
        self._lengths, self._n_batches, self._order, self._seed = lengths, n_batches, order, seed

    def __len__(self) -> int:
        return self._n_batches

    def __iter__(self) -> Iterator[list[int]]:
        order = list(self._order)
        found = cut([self._lengths[place] for place in order], self._n_batches)
        generator = torch.Generator().manual_seed(self._seed())
        batches = [order[start:end] for start, end in found]
        return iter(batches[place] for place in torch.randperm(len(batches), generator=generator).tolist())


def cut(lengths: Sequence[int], n: int) -> list[tuple[int, int]]:
    """`n` parts (start, end) of the sequence, none empty, the largest of as few tokens, padding included, as can be."""
    least, most = max(lengths), max(lengths) * len(lengths)
    while least < most:
        middle = (least + most) // 2
        if len(_filled(lengths, middle)) <= n:
            most = middle
        else:
            least = middle + 1
    parts = _filled(lengths, least)
    while len(parts) < n:  # some are left over: the largest are halved
        at = max(range(len(parts)), key=lambda place: parts[place][1] - parts[place][0])
        start, end = parts[at]
        parts[at : at + 1] = [(start, (start + end) // 2), ((start + end) // 2, end)]
    return parts


def _filled(lengths: Sequence[int], budget: int) -> list[tuple[int, int]]:
    """Parts that hold as many of the next texts as the budget of tokens takes."""
    parts, start, longest = list[tuple[int, int]](), 0, 0
    for place, length in enumerate(lengths):
        longest = max(longest, length)
        if (place + 1 - start) * longest > budget and place > start:
            parts.append((start, place))
            start, longest = place, length
    return [*parts, (start, len(lengths))]
