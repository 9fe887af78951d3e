"""Lists in rows: several labels (a list, a text with a separator between, a column of 0 and 1 for each); candidates."""

import ast
from collections.abc import Iterator
from typing import Any

from harness.tasks.sources.table import ABSENT, Bad, Table, as_text, is_empty, shown_name, texts_of
from harness.tasks.task import Columns

#: What stands between labels where nobody said it.
SEPARATOR = ","
_YES, _NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")


def labels_of(table: Table, columns: Columns, bad: Bad) -> list[tuple[str, ...]]:
    """The labels of each row, each once, in order; none where the cell is empty. Cells that hold none go into `bad`."""
    if columns.flags:
        return _of_flags(table, columns.flags, bad)
    if columns.several is None:
        return [()] * len(table.numbers)
    separator, column = columns.separator or SEPARATOR, columns.several
    both = zip(table.numbers, table.columns[column], strict=True)
    return [tuple(sorted(set(_cell(value, column, separator, number, bad)))) for number, value in both]


def _cell(value: Any, column: str, separator: str, number: int, bad: Bad) -> Iterator[str]:
    """The labels of one cell. A text in square brackets is a list as Python or JSON writes it, if it can be read so."""
    if value is ABSENT:
        bad.append((number, f"no {column!r}; expected a list of labels, which may be empty"))
        return
    if is_empty(value):
        return
    if isinstance(value, str):
        listed = _written(value.strip())
        value = value.split(separator) if listed is None else listed
    for one in value if isinstance(value, list) else [value]:
        label = (as_text(one, column, number, bad) or "").strip()
        if label:
            yield label


def _written(text: str) -> list[Any] | None:
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, list) else None


def candidates_of(table: Table, columns: Columns, bad: Bad) -> list[list[tuple[str, float]]]:
    """The texts that each row lists, with 1 for those that answer and 0 for the others; none may be empty."""
    found: list[list[tuple[str, float]]] = [[] for _ in table.numbers]
    for column, grade in ((columns.positive, 1.0), (columns.negative, 0.0)):
        if column is None:
            continue
        for own, number, value in zip(found, table.numbers, table.columns[column], strict=True):
            if value is ABSENT:
                bad.append((number, f"no {column!r}; expected a list of texts"))
            elif not is_empty(value):
                own += [(text, grade) for text in _texts(value, column, number, bad)]
    return found


def _texts(value: Any, column: str, number: int, bad: Bad) -> Iterator[str]:
    if isinstance(value, str):
        listed = _written(value.strip())
        value = [value] if listed is None else listed
    for one in value if isinstance(value, list) else [value]:
        text = as_text(one, column, number, bad)
        if text is not None and not text.strip():
            bad.append((number, f"column {column!r} lists an empty text; expected documents"))
        yield text or ""


def _of_flags(table: Table, flags: tuple[str, ...], bad: Bad) -> list[tuple[str, ...]]:
    found: list[list[str]] = [[] for _ in table.numbers]
    for column in sorted(flags):
        for own, number, value in zip(found, table.numbers, texts_of(table, column, bad), strict=True):
            said = (value or "").strip().lower()
            if said in _YES:
                own.append(column)
            elif said not in _NO and value is not None:
                bad.append((number, f"column {column!r} is {shown_name(value.strip())}; expected 0 or 1"))
    return list(map(tuple, found))
