"""Objects inside of rows, by paths such as `data.text`; and what is said of values that are no cells."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.table import ABSENT, Table, shown_name

#: How deep objects are looked into, and how many fields one may have: more are values, not names.
DEPTH, _N_FIELDS = 5, 50
LISTS = (
    "lists: several labels a text are for `kind: multi-label`, candidates of a query for `kind: reranking`, words and "
    "their tags for `kind: tagging`. Else write one label, or the whole text, into a field of its own"
)
#: The share of values that must be no cells for the column to be of that kind.
_MOST = 0.5


def flattened(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the fields of objects by their path, and values that stand alone in a list on every row: `labels.0`."""
    maps = _maps(rows)
    rows = [flat(row, maps) for row in rows]
    for _ in range(DEPTH):
        lists = {name for row in rows for name, value in row.items() if isinstance(value, list)}
        alone = {n for n in lists if all(isinstance(v := row.get(n), list) and len(v) == 1 for row in rows)}
        if not alone:
            break
        rows = [
            flat({f"{n}.0" if n in alone else n: v[0] if n in alone else v for n, v in row.items()}, maps)
            for row in rows
        ]
    return rows


def _maps(rows: list[dict[str, Any]]) -> set[str]:
    """The columns of objects most of whose fields hardly any other row has: these are values, and may be texts."""
    n_objects = Counter(name for row in rows for name, value in row.items() if isinstance(value, dict))
    objects = {name: [row[name] for row in rows if isinstance(row.get(name), dict)] for name in n_objects}
    fields = {name: Counter(path for one in of for path in _below(name, one, DEPTH)) for name, of in objects.items()}
    rare = {name: sum(n <= max(1, n_objects[name] // 10) for n in counts.values()) for name, counts in fields.items()}
    return {name for name, counts in fields.items() if n_objects[name] > 1 and 2 * rare[name] > len(counts)}


def flat(value: Mapping[str, Any], maps: Collection[str] = ()) -> dict[str, Any]:
    """The fields of an object, those of objects in it by their path (not of `maps`); a name comes before a path."""
    if not any(isinstance(inner, dict) for inner in value.values()):
        return dict(value)
    found: dict[str, Any] = {}
    for name, inner in value.items():
        found |= {name: inner} if name in maps else _below(name, inner, DEPTH)
    return found | {name: inner for name, inner in value.items() if not isinstance(inner, dict)}


def _below(path: str, value: Any, depth: int) -> dict[str, Any]:
    if not isinstance(value, dict) or not depth or not 0 < len(value) <= _N_FIELDS:
        return {path: value}
    found: dict[str, Any] = {}
    for name, inner in value.items():
        found |= _below(f"{path}.{name}", inner, depth - 1)
    return found


def why_not(values: Sequence[Any]) -> str:
    """Why a column cannot be used, where most of its values are no cells: in words, without any of them. Else ''."""
    there = [value for value in values if value is not None and value is not ABSENT]
    odd = [value for value in there if isinstance(value, list | dict | bytes)]
    if not odd or len(odd) < _MOST * len(there):
        return ""
    inner = [one for value in odd if isinstance(value, list) for one in value]
    if isinstance(odd[0], dict):
        return "objects whose fields differ from row to row: write the one that is meant into a field of its own"
    if isinstance(odd[0], bytes):
        return "bytes: pictures, sounds and vectors are not read"
    if any(isinstance(one, dict) for one in inner):
        return "lists of objects: write the one value that is meant into a field of its own"
    if any(isinstance(one, list) for one in inner):
        return "lists of lists, which are not read"
    if inner and all(isinstance(one, float) for one in inner):
        return "lists of numbers: vectors are not read"
    return LISTS


def check_cells(table: Table, lists: Collection[str] = ()) -> None:
    """DataError where a column holds no cells at all; some may hold lists of them."""
    for name, values in table.columns.items():
        why = why_not(values)
        if why and not (name in lists and why == LISTS):
            raise DataError(f"{table.place}: column {shown_name(name)} holds {why}.", plain=(name,))
