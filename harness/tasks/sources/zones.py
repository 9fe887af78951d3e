"""Names of time zones, as old exports have them in place of an offset."""

import re

#: Hours from UTC. Names that several places use (IST, AST) are not here; CST is that of America, BST the British one.
_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4,
    "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
#: A name after a time of day; a year may follow.
_NAME = re.compile(r"(\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*\(?([A-Z]{2,5})\)?(?=$|\s+\d{4}\b)")
_DAY_HALVES = ("AM", "PM")


def with_offset(text: str) -> str:
    """The time with the offset in place of a zone's name: `22:19:45 PDT 2009` as `22:19:45 -0700 2009`."""
    match = _NAME.search(text)
    if match is None or match[2] not in _HOURS:
        return text
    hours = _HOURS[match[2]]
    return f"{text[: match.end(1)]} {'-' if hours < 0 else '+'}{abs(hours):02}00{text[match.end() :]}"


def unknown_zone(text: str) -> str:
    """The name of a zone in a time, where it is none that is known; ''."""
    match = _NAME.search(text)
    return match[2] if match and match[2] not in _HOURS and match[2] not in _DAY_HALVES else ""
