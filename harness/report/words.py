"""Conditions in plain words."""

import re

from harness.wording import numbers

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
