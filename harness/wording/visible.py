"""Text from outside made safe to look at."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from harness.core.errors import LONGEST_NAME


def class_name(name: str, number: int) -> str:
    """A class as it may be shown: by its name, or `class 17 (312 characters)` where that is as long as a text.

    `number` is its place among the classes, from 1.
    """
    return name if len(name) <= LONGEST_NAME else f"class {number} ({len(name):,} characters)"


def visible(text: str) -> str:
    """The text with control, format and separator characters as escapes: `\\x1b`, `\\u202e`."""
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(char: str) -> str:
    is_hidden = not char.isprintable() and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")
    return char.encode("unicode_escape").decode() if is_hidden else char


def one_line(message: str) -> str:
    """What is printed of an error, its lines joined, without a traceback."""
    return " ".join(message.split("\nTraceback", 1)[0].split())


def all_visible(value: Any) -> Any:
    """`visible` on every string of a JSON value, keys of mappings included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(k): all_visible(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_visible(v) for v in value]
    return value
