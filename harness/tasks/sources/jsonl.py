"""JSON Lines: one object a line, counted from line 1."""

import json
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.table import ABSENT, Table, check_columns, raise_bad_rows


def read_jsonl(data: bytes, encoding: str, wanted: tuple[str, ...], place: str) -> Table:
    """The wanted keys as columns; a key that a line lacks is ABSENT there. Blank lines are passed over."""
    objects: list[dict[str, Any]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str]] = []
    # not splitlines: texts may hold U+2028 and other characters that it takes for line ends
    for number, line in enumerate(decoded(data, encoding, place).split("\n"), 1):
        if not line.strip():
            continue
        value, wrong = _object(line)
        if wrong:
            bad.append((number, wrong))
        else:
            objects.append(value)
            numbers.append(number)
    raise_bad_rows(place, "line", bad, 'Expected one JSON object a line, such as {"text": "…", "label": "…"}.')
    if not objects:
        raise DataError(f"{place}: the file is empty; expected one JSON object a line.")
    names = list(dict.fromkeys(name for value in objects for name in value))
    check_columns(wanted, names, place)
    columns = {name: [value.get(name, ABSENT) for value in objects] for name in wanted}
    return Table(place, "line", columns, numbers)


def _object(line: str) -> tuple[dict[str, Any], str]:
    """The object of a line, or what is wrong with it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        what = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        return {}, f"not JSON ({what}): {line.strip()[:40]!r}"
    if not isinstance(value, dict):
        return {}, f"a JSON {_name(value)} instead of an object"
    return value, ""


def _name(value: Any) -> str:
    return {list: "array", str: "string", type(None): "null", bool: "boolean"}.get(type(value), "number")
