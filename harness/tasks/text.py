"""When two texts count as the same, and a short name for a text."""

import unicodedata
from hashlib import blake2b


def normalise(text: str) -> str:
    """NFC, case folded, runs of whitespace as one space: what duplicates are judged by, never encoded."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.casefold().split())


def text_hash(text: str) -> str:
    """16 hex digits over the normalised text."""
    return blake2b(normalise(text).encode(), digest_size=8).hexdigest()
