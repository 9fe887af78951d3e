"""A part of an encode: every n-th of the batches that one job would read, so that vectors have the same bytes."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.core.inputs import Input
from harness.core.records import Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.pieces import InBatches, Piece, Pieces, batches


@dataclass(frozen=True)
class Part:
    """One of `n` parts, by its `number` from 0."""

    number: int
    n: int

    def __str__(self) -> str:
        return f"part {self.number + 1} of {self.n}"


def inputs_of(
    part: Part, inputs: Sequence[Input], tokenization: Tokenization, encoder: Encoder, known: Container[Input] = ()
) -> tuple[list[Input], InBatches]:
    """The inputs of a part, and their batches, for `encode`. The parts of an encode are disjoint, and all of it.

    All inputs are tokenised, since lengths decide what is read together; a store has no say in it, so that parts may
    begin at any time. An input of several windows belongs to the part of its first one. Those that are `known` are left
    out where they are read whole: what is stored of them is the same.
    """
    asked = list(dict.fromkeys(inputs))
    if known:
        read = zip(asked, encoder.tokenizer(asked, tokenization), strict=True)
        asked = [one for one, tokens in read if one not in known or tokens.n_tokens > tokenization.max_length]
    pieces = Pieces(asked, encoder.tokenizer(asked, tokenization))
    owner, own = np.full(len(asked), -1, np.int32), list[list[tuple[Input, int]]]()
    for number, batch in enumerate(batches(pieces, encoder.token_budget)):
        owner[[piece.of for piece in batch if not piece.number]] = number % part.n
        own.append([(asked[piece.of], piece.number) for piece in batch if owner[piece.of] == part.number])

    def in_batches(pieces: Pieces, budget: int) -> Iterator[list[Piece]]:
        rows = {one: row for row, one in enumerate(pieces.inputs)}
        for batch in own:
            if some := [Piece(rows[one], window) for one, window in batch if one in rows]:
                yield some

    return list(dict.fromkeys(one for batch in own for one, _ in batch)), in_batches
