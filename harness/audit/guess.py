"""Which column is what: guessed from names and values, and why, unless the user says it."""

from collections.abc import Mapping, Sequence

from harness.audit import belongs, parts
from harness.audit.asked import NONE, could_be_searched, is_faq, search, unknown
from harness.audit.column import Column, Columns
from harness.audit.faq import pair_of
from harness.audit.source import Source
from harness.audit.tables import columns_of
from harness.audit.two_texts import compared
from harness.core.errors import DataError
from harness.tasks.sources.table import check_columns

_HEADERLESS = "The first row looks like data; if it is the header, say --header."


def guess(source: Source, given: Mapping[str, Sequence[str]]) -> Columns:
    """The columns by part; `given` holds the user's own word, by part (`none`: no such column).

    HarnessError where neither text and label nor question and answer can be told, with the columns there are and
    what to type.
    """
    if source.is_tables:
        return columns_of(source, given)
    named = tuple(name for names in given.values() for name in names if name != NONE)
    _check_header(source, named)
    check_columns(named, list(source.columns), source.place, "" if source.header else _HEADERLESS)
    all_columns = {name: Column(name, values) for name, values in source.columns.items()}
    if given.keys() & {"query", "document"}:
        return search(source, given, all_columns)
    if pairs := compared(source, given, all_columns):
        return pairs
    left = {name: column for name, column in all_columns.items() if name not in named}
    found: dict[str, tuple[str, ...]] = {}
    why: dict[str, str] = {}
    pair, is_open = None, not given.keys() & {"text", "label"}
    for part in ("time", "id", "text", "label", "group", "domain"):
        if part == "text":
            pair = pair_of(list(left.values()))
        label = all_columns[found["label"][0]] if found.get("label") else None
        found[part], why[part] = parts.found(part, given, left, source, label)
        if part == "label" and pair and is_open and is_faq(pair, found["label"], all_columns):
            return search(source, given, all_columns, pair, found["label"])
    for part in ("text", "label"):
        if not found[part]:
            raise unknown(part, source, pair)
    notes = could_be_searched(source, found, all_columns, pair)
    if not found["domain"] and "domain" not in given:
        notes += belongs.could_be_domain(list(left.values()), all_columns[found["label"][0]])
    if source.sizes and "group" not in given and found["group"]:
        notes += (parts.left_to_the_sides(found, why["group"]),)
    one = {part: names[0] if names else None for part, names in found.items() if part != "text"}
    kept = {part: reason for part, reason in why.items() if found[part]}
    by_time = "time" in given and bool(found["time"])
    return Columns(found["text"], **one, why=kept, notes=notes, split_by_time=by_time)


def _check_header(source: Source, named: Sequence[str]) -> None:
    """DataError where the first row may be data, and neither an option nor a column that is named says it is none."""
    if source.header_unsure and not named:
        raise DataError(
            f"{source.place}: the first row may be a header or data: no column of it has a usual name. "
            f"Say which it is: add --header or --no-header to the command."
        )
