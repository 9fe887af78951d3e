"""Whether the first row of a table names its columns or is a row like the others. Says nothing of what stands in it."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from statistics import median
from typing import NamedTuple

from harness.tasks.sources.names import HEADERS
from harness.tasks.text import number_of, words_of

#: Rows that are looked at, and the share of a column that must be alike.
_N_ROWS, _MOST, _MOST_JOINED = 1000, 0.95, 0.8
#: Rows below, from which on what they lack says something.
_ENOUGH = 10
#: From so many words or characters on a cell is a text.
_WORDS, _CHARACTERS = 4, 40
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([T ].*)?", re.DOTALL)
_MAIL, _ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.\w+"), re.compile(r"https?://\S+")


class _Sign(NamedTuple):
    """What a cell of the first row says: is it a row like the others (2: surely, 1: perhaps, 0), or not (-1).

    `how` is `again` where it stands in its column again, `alike` where it is written like the few values of its column,
    though none of them; `weak` where a -1 counts for nothing beside a sure cell, `short` where it does not beside one
    that stands there again either.
    """

    weight: int
    what: str = ""
    how: str = ""


def why_data(rows: Sequence[Sequence[str]]) -> str:
    """Why the first of these rows looks like data, in words without any of its values; '' where it may be a header.

    One cell that cannot be one of its column is enough for a header: rather a row of data is taken for a header than a
    header for data.
    """
    first, below = [cell.strip() for cell in rows[0]], [row for row in rows[1 : _N_ROWS + 1] if row != rows[0]]
    width = len(first)
    below = [row for row in below if len(row) == width]
    if len(below) < 2 or _are_places(first):
        return ""
    signs = [_sign(first[i], [row[i].strip() for row in below], i + 1) for i in range(width) if first[i]]
    hows = {sign.how for sign in signs}
    is_sure, is_again = any(sign.weight == 2 for sign in signs), "again" in hows
    passed = [*(["weak", "short"] if is_sure else []), *(["short"] if is_again else [])]
    if any(sign.weight < 0 and sign.how not in passed for sign in signs):
        return ""
    said = [sign.what for sign in signs if sign.weight > 0]
    is_alike = "alike" in hows and sum(sign.weight for sign in signs) >= 2
    return "; ".join(said[:3]) if is_sure or is_again or is_alike else ""


def may_be_data(first: Sequence[str]) -> bool:
    """Whether this first row has no usual name of a column, and a cell of several words: a header, or a text."""
    cells = [cell.strip() for cell in first]
    return any(" " in cell or len(cell) > _CHARACTERS for cell in cells) and not any(map(is_common, cells))


def sure_names(names: Collection[str], wanted: Collection[str]) -> set[str]:
    """Those of what stands where names of columns do that are no values of a row: usual names, and the wanted ones.

    All, where all the wanted but one are among them, and these are two at least.
    """
    found = set(names) & set(wanted)
    if len(found) >= max(2, len(set(wanted)) - 1):
        return set(names)
    return {name for name in names if name in found or is_common(name)}


def is_common(cell: str) -> bool:
    """Whether a cell is a usual name of a column, such as `text`, `id_customer` or `Review Text`."""
    words = words_of(cell)
    if not words or len(cell) > _CHARACTERS or len(cell.split()) > 2:
        return False
    names = [word in HEADERS or word.removesuffix("s") in HEADERS for word in words]
    return names[-1] or (" " not in cell and any(names))


def suggested(rows: Sequence[Sequence[str]]) -> str:
    """`text: column2, label: column1`, by the shape of the columns, for a message."""
    below = rows[:_N_ROWS]
    columns = [[row[i] for row in below if i < len(row)] for i in range(len(rows[0]))]
    text = max(range(len(columns)), key=lambda i: sum(map(len, columns[i])))
    kinds = {i: len(set(values)) for i, values in enumerate(columns) if i != text and len(set(values)) > 1}
    label = min(kinds, key=lambda i: kinds[i]) if kinds else None
    return f"text: column{text + 1}" + ("" if label is None else f", label: column{label + 1}")


def _are_places(first: list[str]) -> bool:
    """Whether the names are 0, 1, 2 … as pandas writes them where there are none, beside an index perhaps."""
    rest = first[1:] if first and not first[0] else first
    return [str(i) for i in range(len(rest))] == rest or [str(i) for i in range(1, len(rest) + 1)] == rest


def _sign(cell: str, values: list[str], number: int) -> _Sign:
    filled = [value for value in values if value]
    if not filled:
        return _Sign(-1 if is_common(cell) else 0)
    for what, fits in _SHAPES.items():
        share = sum(1 for value in filled if fits(value)) / len(filled)
        if share >= _MOST:
            if not fits(cell):
                return _Sign(-1)
            is_year = what == "a number" and re.fullmatch(r"(19|20)\d\d", cell)
            return _Sign(0) if is_year else _Sign(2, f"column {number} holds {what} there as below")
    counts = Counter(filled)
    if is_common(cell) and cell not in counts:
        return _Sign(-1, how="weak" if " " in cell else "")  # two words may be the title of a text
    length = median(map(len, filled))
    is_text = len(cell.split()) >= _WORDS or len(cell) >= _CHARACTERS
    if cell in counts:
        return _Sign(2 if is_text else 1, f"what column {number} holds there stands in it again", "again")
    if len(filled) >= _ENOUGH and len(counts) <= len(filled) / 5:
        if _is_joined(cell) and sum(map(_is_joined, counts)) >= _MOST_JOINED * len(counts):
            return _Sign(1, f"column {number} holds words joined by underscores there as below", "alike")
        return _Sign(-1)  # a column of few values, and this is none of them
    if len(filled) >= 2 * _ENOUGH and len(cell) < min(length / 2, *map(len, filled)):
        return _Sign(-1, how="short")
    if _shape(cell) and sum(_shape(value) == _shape(cell) for value in filled) >= _MOST * len(filled):
        return _Sign(2, f"column {number} holds an id of the same form there as below")
    if is_text and length >= _CHARACTERS / 2:
        return _Sign(1, f"column {number} holds a text there as below")
    return _Sign(0)


def _is_joined(cell: str) -> bool:
    return re.fullmatch(r"[^\W_]+(_[^\W_]+)+\??", cell) is not None


def _shape(cell: str) -> str:
    """An id with its digits as zeros: `T-0` of `T-1042`; '' of what has no digit, or is of several words."""
    return re.sub(r"\d+", "0", cell) if re.search(r"\d", cell) and " " not in cell else ""


def _is_number(value: str) -> bool:
    """Also with a decimal comma; not `nan` or `inf`, which may be words."""
    return number_of(value.replace(",", ".", 1)) is not None and any(map(str.isdigit, value))


_SHAPES: dict[str, Callable[[str], object]] = {
    "a number": _is_number,
    "a date": _DATE.fullmatch,
    "an e-mail address": _MAIL.fullmatch,
    "an address": _ADDRESS.fullmatch,
}
