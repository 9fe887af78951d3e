"""Pairs of sentences that follow each other in a text, and pairs that do not."""

import re
from collections.abc import Sequence

from harness.core.corpus import LEAST, Corpus
from harness.core.errors import DataError
from harness.core.inputs import Input, Pair
from harness.core.seeds import seed_of

#: After a full stop, an exclamation or a question mark, and at the end of a paragraph.
_END = re.compile(r"(?<=[.!?])\s+|\n+")


def pairs(corpus: Corpus, seed: int) -> tuple[Sequence[Input], Sequence[int]]:
    """Sentences of each text by twos, and of each pair 0, or 1 where its second is a sentence of another text.

    DataError where too few texts have two sentences.
    """
    found = [[one.strip() for one in _END.split(text) if one.strip()] for text in corpus.texts]
    several = [own for own in found if len(own) > 1]
    twos = [(at, own[i], own[i + 1]) for at, own in enumerate(several) for i in range(0, len(own) - 1, 2)]
    if len(twos) < LEAST or len(several) < 2:
        raise DataError(
            f"{corpus.name} has {len(twos)} pairs of sentences that follow each other; expected {LEAST} at least, of "
            "two texts or more. Leave `nsp` out, or name longer texts."
        )
    whole, orders = dict[Pair, int](), list[int]()
    for at, first, second in twos:
        drawn = seed_of(seed, "order", first, second)
        other = several[(at + 1 + drawn // 2 % (len(several) - 1)) % len(several)]
        is_random = drawn % 2
        whole.setdefault(Pair(first, other[drawn // 7 % len(other)] if is_random else second), is_random)
    orders = list(whole.values())
    return tuple(whole), orders
