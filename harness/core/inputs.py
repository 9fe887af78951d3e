"""What an encoder reads at a time: a text, a pair of texts, or a list of words. A plain `str` is a text."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: What pairs and lists of words begin with in keys: no UTF-8 text has these bytes.
_PAIR, _WORDS = b"\xff", b"\xfe"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that are read together, each token seeing both."""

    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text that comes cut into words, each of which is to have a vector or a tag of its own."""

    words: tuple[str, ...]


Input = str | Pair | Words


def input_bytes(value: Input) -> bytes:
    """The bytes that stand for an input in keys: different for any two inputs; a text's own UTF-8 for a text."""
    if isinstance(value, str):
        return value.encode()
    mark, parts = (_PAIR, (value.a, value.b)) if isinstance(value, Pair) else (_WORDS, value.words)
    encoded = [part.encode() for part in parts]
    return mark + b"".join(len(part).to_bytes(8, "big") + part for part in encoded)


def keys_of(values: Iterable[Input]) -> Any:
    """(n, 2) uint64, 128 bits that stand for each input."""
    found = [hashlib.blake2b(input_bytes(value), digest_size=16).digest() for value in values]
    return np.frombuffer(b"".join(found), "<u8").reshape(-1, 2)


def as_text(value: Input) -> str:
    """The input as one text: for messages, and for what counts characters."""
    if isinstance(value, str):
        return value
    return " ".join((value.a, value.b) if isinstance(value, Pair) else value.words)
