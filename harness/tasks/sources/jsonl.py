"""JSON Lines: one object a line, counted from line 1; and JSON that is a list of objects, counted from 1."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.headerless import sure_names
from harness.tasks.sources.kinds import check_kind, json_of
from harness.tasks.sources.nested import flattened
from harness.tasks.sources.table import ABSENT, Form, Table, check_columns, raise_bad_rows, shown_name, source_format
from harness.tasks.task import Wanted

_BETWEEN = re.compile(r"[\s,]*")
_EXPECTED = 'Expected a list of JSON objects, or one a line, such as {"text": "…", "label": "…"}.'


@source_format(".jsonl", ".ndjson", ".json")
def read_jsonl(data: bytes, how: Form, wanted: Wanted, place: str) -> Table:
    """JSON lines (`.ndjson` too), or a list of objects (`.json`): keys as columns, ABSENT where an object lacks one.

    Fields of objects are columns by their path, `data.text`; of lists of one value, by `labels.0`. A list of objects is
    said to be one.
    """
    check_kind(data, place, "JSON")
    text = decoded(data, how.encoding, place)
    if not text or text.isspace():
        raise DataError(f"{place}: the file is empty. {_EXPECTED}")
    whole, wrong = json_of(text)
    if isinstance(whole, list) and any(isinstance(value, dict) for value in whole):
        bad = [(i, _instead(value)) for i, value in enumerate(whole, 1) if not isinstance(value, dict)]
        raise_bad_rows(place, "object", bad, _EXPECTED)
        return _of_objects(whole, wanted, place, "the file is one JSON list: its objects are the rows")
    if isinstance(whole, dict) and ((inside := _inside(whole)) or "\n" in text.strip()):
        advice = inside or "Write its rows as a list of objects, or an object a line."
        raise DataError(f"{place}: the file is one JSON object. {_EXPECTED} {advice}")
    if not wrong and not isinstance(whole, dict):
        raise DataError(f"{place}: the file is {_instead(whole)}. {_EXPECTED}")
    if wrong and text[:1000].lstrip().startswith("["):
        raise DataError(f"{place}: {wrong}. {_EXPECTED}")
    return _lines(text, wanted, place)


def _lines(text: str, wanted: Wanted, place: str) -> Table:
    """An object a line, or one after the other."""
    objects, bad = dict[int, dict[str, Any]](), list[tuple[int, str]]()
    # not splitlines: texts may hold U+2028 and other characters that it takes for line ends
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value, wrong = json_of(line)
        if isinstance(value, dict):
            objects[number] = value
        else:
            bad.append((number, wrong or _instead(value)))
    if bad and (several := _one_after_the_other(text)):
        note = "JSON objects one after the other, not one a line: they are the rows"
        return _of_objects(several, wanted, place, note)
    raise_bad_rows(place, "line", bad, _advice(text, is_mixed=bool(objects)))
    return _table(list(objects.values()), list(objects), "line", wanted, place)


def _of_objects(objects: list[dict[str, Any]], wanted: Wanted, place: str, note: str) -> Table:
    table = _table(objects, range(1, len(objects) + 1), "object", wanted, place)
    return replace(table, notes=(note,))


def _table(objects: list[dict[str, Any]], numbers: Sequence[int], unit: str, wanted: Wanted, place: str) -> Table:
    if wanted is None or not set().union(*objects).issuperset(wanted):
        objects = flattened(objects)
    counts = Counter(name for value in objects for name in value)
    often = {name for name, n in counts.items() if n > max(1, len(objects) / 2)}  # another may be a text: {"a text": 1}
    columns = check_columns(wanted, list(counts), place, plain=often | sure_names(counts, wanted or ()))
    found = {name: [value.get(name, ABSENT) for value in objects] for name in columns}
    return Table(place, unit, found, numbers)


def _inside(whole: dict[str, Any]) -> str:
    """Where in one JSON object the rows seem to be; '' where it may be a row itself."""
    for name, value in whole.items():
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            return f"Its rows seem to be the list {shown_name(name)}: write that list alone into a file."
    if whole and all(isinstance(value, dict) for value in whole.values()):
        return "It holds columns or rows by name: write it as a list of rows (in pandas: `orient='records'`)."
    return ""


def _one_after_the_other(text: str) -> list[dict[str, Any]]:
    """Objects with spaces, line breaks or commas between; none where there is anything else."""
    decoder, found, at = json.JSONDecoder(), list[dict[str, Any]](), 0
    while match := _BETWEEN.match(text, at):
        if match.end() == len(text):
            return found
        try:
            value, at = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
    return []


def _advice(text: str, is_mixed: bool) -> str:
    """What is expected, and what the file may be where no line is an object."""
    start = text[:1000].lstrip()
    if start.startswith("{'"):
        return f"{_EXPECTED} These are objects as Python prints them: write them with json.dumps."
    return _EXPECTED + ("" if is_mixed or "{" in start else " If the file is CSV, let its name end in .csv.")


def _instead(value: Any) -> str:
    names = {list: "array", str: "string", type(None): "null", bool: "boolean", dict: "object"}
    return f"a JSON {names.get(type(value), 'number')} instead of an object"
