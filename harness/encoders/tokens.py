"""An input as an encoder reads it."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Tokens:
    """`ids` after truncation, of `n_full` tokens before it, special ones included.

    The first `n_prompt` ids are those of the prefix, with the special token before it. `special`: the places of the
    tokens that the tokenizer put around the texts. `types`: the segment of each id; None where all are 0. `words`: the
    number of the word that each id belongs to, -1 for none; None unless the input is a list of `n_words` words.
    A text that is read in windows is its first one, with the `later` ones, whose `n_full` is that of the text too.
    """

    ids: tuple[int, ...]
    n_full: int
    n_prompt: int = field(default=0, compare=False)
    special: tuple[int, ...] = ()
    types: tuple[int, ...] | None = None
    words: tuple[int, ...] | None = None
    n_words: int = 0
    later: "tuple[Tokens, ...]" = ()

    @property
    def windows(self) -> "tuple[Tokens, ...]":
        """What is read of it, each by itself."""
        return (self, *self.later)

    @property
    def n_tokens(self) -> int:
        """How many tokens it has: before truncation, or in all its windows together."""
        return sum(len(window.ids) for window in self.windows) if self.later else self.n_full

    @cached_property
    def digest(self) -> int:
        """63 bits that tell whether two inputs are read as the same ids."""
        ids = [*self.ids, *(one for window in self.later for one in (-1, *window.ids))]
        data = np.asarray(ids, dtype=np.int32).tobytes()
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 1
