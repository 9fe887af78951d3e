"""Which column is what: guessed from names and values, and why, unless the user says it."""

from collections.abc import Sequence

from harness.audit import parts
from harness.audit.asked import could_be_searched, is_faq, pair_of, search, unknown
from harness.audit.column import NONE, Column, Columns
from harness.audit.parts import Given, Taken
from harness.audit.source import Source
from harness.audit.tables import columns_of
from harness.audit.two_texts import compared
from harness.core.errors import DataError
from harness.tasks.sources.table import check_columns

_HEADERLESS = "The first row looks like data; if it is the header, say --header."


def guess(source: Source, given: Given) -> Columns:
    """The columns by part; `given` holds the user's own word, by part (`none`: no such column).

    HarnessError where neither text and label nor question and answer can be told, with the columns there are and
    what to type.
    """
    if source.is_tables:
        return columns_of(source, given)
    named = tuple(name for names in given.values() for name in names if name != NONE)
    _check_header(source, named)
    check_columns(named, list(source.columns), source.place, "" if source.header else _HEADERLESS)
    columns = {name: Column(name, values) for name, values in source.columns.items()}
    if given.keys() & {"query", "document"}:
        return search(source, given, columns)
    if pairs := compared(source, given, columns):
        return pairs
    taken = Taken(source, given, columns)
    taken.look_for("time")
    taken.look_for("id")
    pair = pair_of(list(taken.left.values()))
    text, label = taken.look_for("text"), taken.look_for("label")
    if pair and not given.keys() & {"text", "label"} and is_faq(pair, label, columns):
        return search(source, given, columns, pair, label)
    for part in ("text", "label"):
        if not taken.found[part]:
            raise unknown(part, source, pair)
    told = columns[label[0]]
    domain = [taken.look_for(part, told) for part in ("group", "domain")][1]
    notes = could_be_searched(source, text, told, columns, pair)
    if not domain and "domain" not in given:
        notes += parts.could_be_domain(list(taken.left.values()), told)
    return taken.columns(text, notes)


def _check_header(source: Source, named: Sequence[str]) -> None:
    """DataError where the first row may be data, and neither an option nor a column that is named says it is none."""
    if source.header_unsure and not named:
        raise DataError(
            f"{source.place}: the first row may be a header or data: no column of it has a usual name. "
            f"Say which it is: add --header or --no-header to the command."
        )
