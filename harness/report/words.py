"""Conditions in plain words, and text from outside made safe to look at."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from harness.core.errors import LONGEST_NAME
from harness.report import numbers

#: Severity -> share of eligible words that are changed (the scale all perturbations share).
SHARES = {"1": 0.03, "2": 0.06, "3": 0.12, "4": 0.24, "5": 0.48}

_EDITS = {"keyboard": "adjacent-key typos"}
_SLICES = {
    "clean": "texts as they are",
    "longer-than-read": "texts longer than the reference encoder reads",
    "rare-words": "the texts with most rare words",
}
_PARTS = {0.5: "half", 0.25: "quarter", 0.75: "three quarters"}
_FORM = re.compile(
    r"(?P<name>[^@\[\]:]+)(\[(?P<inner>.*)\])?(@(?P<level>[^@\[\]:]+))?(?P<control>:control)?", re.DOTALL
)


def condition(name: str) -> str:
    """A canonical condition (`keyboard@3`, `domain[tweets>movies]`) in words; an unknown one as it is."""
    match = _FORM.fullmatch(name)
    if match is None:
        return name
    base, level, inner = match["name"], match["level"] or "", match["inner"] or ""
    if match["control"]:
        return f"other texts, alike in class and length: the control of {base}"
    if base in _EDITS and level in SHARES:
        return f"{_EDITS[base]} in {numbers.percent(SHARES[level])} of words"
    if base == "domain" and ">" in inner:
        train, test = (part.replace("+", " + ") for part in inner.split(">", 1))
        return f"training {'and' if train == test else f'on {train},'} testing on {test}"
    if base == "max-length" and level:
        return f"reading only the first {level} tokens"
    if base == "truncate":
        return _truncated(inner or "first", level) or name
    return _SLICES.get(base, name) if not inner else name


def _truncated(side: str, keep: str) -> str | None:
    try:
        share = float(keep)
    except ValueError:
        return None
    part = _PARTS.get(share) or numbers.percent(share)
    if side == "first+last":
        return f"keeping only the two ends of the text, {part} of it"
    return f"keeping only the {side} {part} of the text"


def class_name(name: str, number: int) -> str:
    """A class as it may be shown: by its name, or `class 17 (312 characters)` where that is as long as a text.

    `number` is its place among the classes, from 1.
    """
    return name if len(name) <= LONGEST_NAME else f"class {number} ({len(name):,} characters)"


def visible(text: str) -> str:
    """The text with control, format and separator characters as escapes: `\\x1b`, `\\u202e`."""
    return "".join(map(_escape, text)) if any(map(_hidden, text)) else text


def _hidden(char: str) -> bool:
    return not char.isprintable() and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _escape(char: str) -> str:
    if not _hidden(char):
        return char
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def all_visible(value: Any) -> Any:
    """`visible` on every string of a JSON value, keys of mappings included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(k): all_visible(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_visible(v) for v in value]
    return value
