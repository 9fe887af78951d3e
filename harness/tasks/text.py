"""When two texts count as the same, a short name for a text, and counts in words."""

import unicodedata
from hashlib import blake2b


def normalise(text: str) -> str:
    """NFC, case folded, runs of whitespace as one space: what duplicates are judged by, never encoded."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.casefold().split())


def text_hash(text: str) -> str:
    """16 hex digits over the normalised text."""
    return blake2b(normalise(text).encode(), digest_size=8).hexdigest()


def counted(n: int, noun: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`; `many` where the plural is not the noun with an s."""
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"
