"""Times as files have them: ISO and other dates, epochs, years. Nothing is guessed about day and month."""

import math
import re
import warnings
from collections.abc import Mapping

from harness.core.errors import DataError
from harness.tasks.sources.row import Time
from harness.tasks.sources.table import Bad, Table, texts_of

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
#: A year. Without one, pandas fills in today's date.
_YEAR = re.compile(r"(?<!\d)(\d{4}|\d{8})(?!\d)")
#: Day and month, in either order, before the year.
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)(.*)", re.DOTALL)
#: Hours and minutes with a dot between, after a date.
_DOTTED = re.compile(r"(?<=[ T])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?!\d)")
#: Hours from UTC. Names that several places use (IST, AST) are not here; CST is that of America, BST the British one.
_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4,
    "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
#: A name after a time of day; a year may follow.
_ZONE = re.compile(r"(\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*\(?([A-Z]{2,5})\)?(?=$|\s+\d{4}\b)")
_EXPECTED = "expected a time such as 2024-01-31 or 2024-01-31T10:15"


def times_of(table: Table, column: str, bad: Bad) -> list[Time]:
    """The times down a column: the numbers themselves where most are numbers, else seconds since 1970 in UTC.

    What is no time goes into `bad`. DataError where days and months cannot be told apart.
    """
    given = texts_of(table, column, bad)
    texts = [(text or "").strip() for text in given]
    is_number = [_NUMBER.fullmatch(text) is not None for text in texts]
    if 2 * sum(is_number) > sum(map(bool, texts)):
        found = [float(text) if fits else math.nan for text, fits in zip(texts, is_number, strict=True)]
    else:
        found = _seconds(_year_first([_usual(text) for text in texts], table, column))
    for number, text, at in zip(table.numbers, given, found, strict=True):
        if text is not None and not math.isfinite(at):
            bad.append((number, f"column {column!r} {_wrong(text.strip())}"))
    return [Time(at, text) for at, text in zip(found, texts, strict=True)]


def _usual(text: str) -> str:
    """A time with colons in place of dots between hours and minutes, and a zone's offset in place of its name.

    `22:19:45 PDT 2009` is `22:19:45 -0700 2009`.
    """
    if not _YEAR.search(text):
        return text
    if ":" not in text:
        text = _DOTTED.sub(lambda m: ":".join(filter(None, m.groups())), text)
    match = _ZONE.search(text)
    if match is None or match[2] not in _HOURS:
        return text
    hours = _HOURS[match[2]]
    return f"{text[: match.end(1)]} {'-' if hours < 0 else '+'}{abs(hours):02}00{text[match.end() :]}"


def _wrong(text: str) -> str:
    """What is wrong with what is no time."""
    if not text:
        return "is empty; expected a time"
    match = _ZONE.search(text)
    zone = match[2] if match else ""
    is_known = zone in ("", "AM", "PM", *_HOURS)
    because = "" if is_known else f" (the zone {zone!r} is not known: write its offset, as +05:30)"
    return f"is {text[:40]!r}; {_EXPECTED}{because}"


def _year_first(texts: list[str], table: Table, column: str) -> list[str]:
    """The texts with `31/01/2024` as `2024-01-31`."""
    matches = {place: match for place, text in enumerate(texts) if (match := _YEAR_LAST.fullmatch(text))}
    day, month = (1, 3) if _is_day_first(matches, table, column) else (3, 1)
    dates = {place: f"{m[4]}-{m[month]:0>2}-{m[day]:0>2}{m[5]}" for place, m in matches.items()}
    return [dates.get(place, text) for place, text in enumerate(texts)]


def _is_day_first(dates: Mapping[int, re.Match[str]], table: Table, column: str) -> bool:
    """Whether the day stands before the month, which a part over 12 decides for the column. DataError if none does."""

    def shown(place: int) -> str:
        return f"{dates[place][0]!r} ({table.unit} {table.numbers[place]})"

    parts = {place: (int(m[1]), int(m[3])) for place, m in dates.items()}
    by_day = [place for place, (a, b) in parts.items() if 12 < a <= 31 and b <= 12]
    by_month = [place for place, (a, b) in parts.items() if 12 < b <= 31 and a <= 12]
    unsure = [place for place, (a, b) in parts.items() if a != b]
    advice = "Write the year first, as 2024-01-31."
    if by_day and by_month:
        raise DataError(
            f"{table.place}: column {column!r} has the day first in {shown(by_day[0])} and the month first in "
            f"{shown(by_month[0])}. {advice}"
        )
    if unsure and not by_day and not by_month:
        raise DataError(
            f"{table.place}: column {column!r} is {shown(unsure[0])}: day or month first? No row decides it with a day "
            f"over 12. {advice}"
        )
    return bool(by_day)


def _seconds(texts: list[str]) -> list[float]:
    """Seconds since 1970 in UTC, which is also taken for times without a zone; NaN for what is no time."""
    import pandas as pd

    dated = pd.Series([text if _YEAR.search(text) else None for text in texts], dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formats whose end is near, and zones that have only a name
        times = pd.to_datetime(dated, format="mixed", utc=True, errors="coerce")
    # microseconds reach as far as the year 9999, which stands for "for ever"; nanoseconds do not
    since = times.dt.as_unit("us") - pd.Timestamp(0, tz="UTC").as_unit("us")
    seconds: list[float] = (since / pd.Timedelta(seconds=1)).tolist()
    return seconds
