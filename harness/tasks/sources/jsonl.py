"""JSON Lines: one object a line, counted from line 1; and JSON that is a list of objects, counted from 1."""

import json
import re
from collections import Counter
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.headerless import sure_names
from harness.tasks.sources.kinds import check_kind
from harness.tasks.sources.nested import flattened
from harness.tasks.sources.table import (
    ABSENT,
    Form,
    Table,
    check_columns,
    chosen,
    raise_bad_rows,
    shown_name,
    source_format,
)

_BETWEEN = re.compile(r"[\s,]*")
_LIKE = 'such as {"text": "…", "label": "…"}'


@source_format(".jsonl", ".ndjson")
def read_jsonl(data: bytes, how: Form, wanted: tuple[str, ...] | None, place: str) -> Table:
    """The wanted keys as columns; a key that a line lacks is ABSENT there. Blank lines are passed over.

    Fields of objects are columns by their path, `data.text`; of lists of one value, by `labels.0`. A list of objects is
    read too, and said to be one.
    """
    check_kind(data, place, "JSON Lines")
    text = decoded(data, how.encoding, place)
    if text[:1000].lstrip().startswith("["):
        whole = _loaded(text)
        if isinstance(whole, list) and any(isinstance(value, dict) for value in whole):
            return _of_list(whole, wanted, place)
    objects: list[dict[str, Any]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str]] = []
    # not splitlines: texts may hold U+2028 and other characters that it takes for line ends
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value, wrong = _object(line)
        if wrong:
            bad.append((number, wrong))
        else:
            objects.append(value)
            numbers.append(number)
    if bad and isinstance(_loaded(text), dict):
        raise DataError(f"{place}: the file is one JSON object over several lines, not one a line. {_inside(text)}")
    if bad and (several := _one_after_the_other(text)):
        notes = ("JSON objects one after the other, not one a line: they are the rows",)
        return _table(several, list(range(1, len(several) + 1)), "object", wanted, place, notes)
    raise_bad_rows(place, "line", bad, _advice(text, is_mixed=bool(objects)))
    if not objects:
        raise DataError(f"{place}: the file is empty; expected one JSON object a line.")
    return _table(objects, numbers, "line", wanted, place)


@source_format(".json")
def read_json(data: bytes, how: Form, wanted: tuple[str, ...] | None, place: str) -> Table:
    """A list of objects; JSON Lines are read too."""
    check_kind(data, place, "JSON")
    text = decoded(data, how.encoding, place)
    if not text.strip():
        raise DataError(f"{place}: the file is empty; expected a list of JSON objects, {_LIKE}.")
    whole = _loaded(text)
    if isinstance(whole, list) and any(isinstance(value, dict) for value in whole):
        return _of_list(whole, wanted, place)
    if isinstance(whole, dict):
        if set(whole).issuperset(wanted or [""]) and not any(isinstance(v, list | dict) for v in whole.values()):
            return read_jsonl(data, how, wanted, place)
        raise DataError(f"{place}: expected a list of JSON objects, {_LIKE}. {_inside(text)}")
    if whole is not None:
        raise DataError(f"{place}: expected a list of JSON objects, {_LIKE}; the file is a JSON {_name(whole)}.")
    if text.lstrip().startswith("["):
        raise DataError(f"{place}: {_wrong(text)}. Expected a list of JSON objects, {_LIKE}.")
    return read_jsonl(data, how, wanted, place)


def _of_list(values: list[Any], wanted: tuple[str, ...] | None, place: str) -> Table:
    bad = [(i, f"a JSON {_name(v)} instead of an object") for i, v in enumerate(values, 1) if not isinstance(v, dict)]
    raise_bad_rows(place, "object", bad, f"Expected a list of JSON objects, {_LIKE}.")
    notes = ("the file is one JSON list: its objects are the rows",)
    return _table(values, list(range(1, len(values) + 1)), "object", wanted, place, notes)


def _table(
    objects: list[dict[str, Any]],
    numbers: list[int],
    unit: str,
    wanted: tuple[str, ...] | None,
    place: str,
    notes: tuple[str, ...] = (),
) -> Table:
    plain = set().union(*objects)
    if wanted is None or not plain.issuperset(wanted):
        objects = flattened(objects)
    counts = Counter(name for value in objects for name in value)
    names, n_rows = list(counts), len(objects)
    columns = chosen(wanted, names)
    often = {name for name, n in counts.items() if n > max(1, n_rows / 2)}  # another may be a text: {"a text": "neg"}
    check_columns(columns, names, place, plain=often | sure_names(names, columns))
    return Table(
        place, unit, {name: [value.get(name, ABSENT) for value in objects] for name in columns}, numbers, notes
    )


def _inside(text: str) -> str:
    """Where in one JSON object the rows seem to be."""
    whole = _loaded(text)
    assert isinstance(whole, dict)
    lists = [
        name for name, value in whole.items() if isinstance(value, list) and any(isinstance(v, dict) for v in value)
    ]
    if lists:
        return f"Its rows seem to be the list {shown_name(lists[0])}: write that list alone into a file."
    if whole and all(isinstance(value, dict) for value in whole.values()):
        return "It holds columns or rows by name: write it as a list of rows (in pandas: `orient='records'`)."
    return "Write its rows as a list of objects, or an object a line."


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
    expected, start = f"Expected one JSON object a line, {_LIKE}.", text[:1000].lstrip()
    if start.startswith("{'"):
        return f"{expected} These are objects as Python prints them: write them with json.dumps."
    if not is_mixed and "{" not in start:
        return f"{expected} If the file is CSV, let its name end in .csv."
    return expected


def _object(line: str) -> tuple[dict[str, Any], str]:
    """The object of a line, or what is wrong with it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}, _wrong(line)
    if not isinstance(value, dict):
        return {}, f"a JSON {_name(value)} instead of an object"
    return value, ""


def _loaded(text: str) -> Any:
    """The value of a whole text; None where it is no JSON (or null)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wrong(text: str) -> str:
    """Why a text is no JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text.strip() else f"column {error.colno}"
        return f"not JSON ({error.msg} at {where})"
    except (ValueError, RecursionError) as error:
        return f"not JSON ({error})"
    return "not JSON"


def _name(value: Any) -> str:
    return {list: "array", str: "string", type(None): "null", bool: "boolean"}.get(type(value), "number")
