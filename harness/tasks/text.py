"""When two texts count as the same or nearly so, a short name for a text, counts in words, scalars of YAML."""

import json
import math
import re
import unicodedata
from hashlib import blake2b
from typing import Any

_BESIDE_LETTERS = re.compile(r"[\W\d_]+")
_DIGIT = re.compile(r"\d")
#: A YAML scalar that needs no quotes, whatever reads it.
_BARE = re.compile(r"(?:\.{1,2}/)*[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def normalise(text: str) -> str:
    """NFC, case folded, runs of whitespace as one space: what duplicates are judged by, never encoded."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.casefold().split())


def near(text: str) -> str:
    """What two near copies have alike: the text without case, digits and punctuation.

    Where more of it is digits than what is left, or nothing is left, the digits or signs are what tells it from
    others, so it is the normalised text itself.
    """
    plain = normalise(text)
    words = _BESIDE_LETTERS.sub(" " if plain.isascii() else _marks, plain).split()
    letters = " ".join(word for word in words if not _is_mark(word[0]))
    return letters if len(letters) > len(_DIGIT.findall(plain)) else plain


def _marks(match: re.Match[str]) -> str:
    """Vowel signs are no letters to `re`, but without them words of many scripts are other words."""
    return "".join(c if _is_mark(c) else " " for c in match[0])


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def start_of(text: str, most: int = 160) -> str:
    """The beginning of a text on one line, whole words where there are some, at most so many characters."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    return f"{head.rpartition(' ')[0] or head}…"


def text_hash(text: str) -> str:
    """16 hex digits over the normalised text."""
    return blake2b(normalise(text).encode(), digest_size=8).hexdigest()


def counted(n: int, noun: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`; `many` where the plural is not the noun with an s."""
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case: customer, e, mail of `customerE-Mail`."""
    return re.findall(r"[^\W\d_]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", name).lower())


def number_of(value: Any) -> float | None:
    """The number that a value is or says, `nan` and `inf` among them; None where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def finite(value: Any) -> float | None:
    """The finite number that a value is or says; None for anything else."""
    found = number_of(value)
    return None if found is None or not math.isfinite(found) else found


def yaml_scalar(value: str) -> str:
    """The text as a key or value of YAML: in double quotes where it would be read as something else."""
    if _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)
