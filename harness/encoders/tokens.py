"""An input as an encoder reads it."""

import hashlib
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Tokens:
    """`ids` after truncation, of `n_full` tokens before it, special ones included.

    The first `n_prompt` ids are those of the prefix, with the special token before it. `special`: the places of the
    tokens that the tokenizer put around the texts. `types`: the segment of each id; None where all are 0. `words`: the
    number of the word that each id belongs to, -1 for none; None unless the input is a list of `n_words` words.
    """

    ids: tuple[int, ...]
    n_full: int
    n_prompt: int = field(default=0, compare=False)
    special: tuple[int, ...] = ()
    types: tuple[int, ...] | None = None
    words: tuple[int, ...] | None = None
    n_words: int = 0

    @property
    def digest(self) -> int:
        """63 bits that tell whether two inputs are read as the same ids."""
        data = np.asarray(self.ids, dtype=np.int32).tobytes()
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 1
