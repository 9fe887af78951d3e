"""Small whole numbers as short text: packed by the bits they need, written in base 85."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.shapes import Number
from harness.results.facts import Name

Codes = NDArray[np.int64]


def n_bits(n_values: int) -> int:
    """The bits that tell `n_values` things apart: 3 for 8, none for 1."""
    return max(0, n_values - 1).bit_length()


def pack(codes: NDArray[Any], n_values: int) -> str:
    """Numbers below `n_values`, (n,), one after the other, the highest bit first. ValueError for others."""
    codes = np.asarray(codes, dtype=np.int64)
    if len(codes) and not (codes.min() >= 0 and codes.max() < n_values):
        raise ValueError(f"expected numbers from 0 to {n_values - 1}")
    shifts = np.arange(n_bits(n_values))[::-1]
    bits = (codes[:, None] >> shifts) & 1
    return base64.b85encode(np.packbits(bits.astype(np.uint8).reshape(-1)).tobytes()).decode()


def unpack(text: str, n_items: int, n_values: int) -> Codes:
    """What `pack` made, (n_items,). ValueError for a text that is not what `n_items` such numbers give."""
    width = n_bits(n_values)
    data = np.frombuffer(base64.b85decode(text), dtype=np.uint8)
    if len(data) != -(-n_items * width // 8):
        raise ValueError(f"{len(data)} bytes; expected those of {n_items} numbers of {width} bits")
    bits = np.unpackbits(data, count=n_items * width).reshape(n_items, width).astype(np.int64)
    codes: Codes = bits @ (1 << np.arange(width)[::-1])
    if len(codes) and codes.max() >= n_values:
        raise ValueError(f"a number over {n_values - 1}")
    return codes


@dataclass(frozen=True)
class Packed:
    """Floats: the distinct ones, in order, null for NaN, and which of them each is."""

    values: list[Number | None]
    codes: Name


def pack_values(values: NDArray[Any]) -> Packed:
    """Floats (n,)."""
    distinct, codes = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
    written = [None if np.isnan(one) else one for one in distinct.tolist()]
    return Packed(written, pack(codes.reshape(-1), len(distinct)))


def unpack_values(packed: Packed, n_items: int) -> NDArray[np.float64]:
    """What `pack_values` made, (n_items,)."""
    distinct = np.asarray(packed.values, dtype=np.float64)
    found: NDArray[np.float64] = distinct[unpack(packed.codes, n_items, len(distinct))]
    return found


def pack_hashes(hashes: NDArray[np.uint32]) -> str:
    """32 bits each, (n,)."""
    return base64.b85encode(hashes.astype(">u4").tobytes()).decode()


def unpack_hashes(text: str) -> NDArray[np.uint32]:
    """What `pack_hashes` made."""
    return np.frombuffer(base64.b85decode(text), dtype=">u4").astype(np.uint32)
