"""From the columns of a table to rows, with every row that cannot be used listed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.core.errors import DataError
from harness.tasks.sources.conll import DOCUMENT, LINES
from harness.tasks.sources.labels import candidates_of, labels_of
from harness.tasks.sources.nested import check_cells
from harness.tasks.sources.row import Reading, Row, Time
from harness.tasks.sources.table import ABSENT, Bad, Table, is_empty, raise_bad_rows, shown_name, texts_of
from harness.tasks.sources.tagged import Tagged, tagged
from harness.tasks.sources.times import times_of
from harness.tasks.task import Columns
from harness.tasks.text import counted, finite


def reading_of(place: str, tables: Iterable[tuple[str, Table]], columns: Columns, notes: Sequence[str] = ()) -> Reading:
    """The rows of the tables by side, and what is said of each table."""
    sides, notes, forms = {}, [*notes], []
    for side, table in tables:
        sides[side], found = to_rows(table, columns)
        notes += [note if side == "all" else f"{side}: {note}" for note in (*table.notes, *found)]
        forms += [f"{side}: {table.form}"] if table.form else []
    return Reading(place, sides, tuple(notes), "; ".join(forms))


def to_rows(table: Table, columns: Columns, may_drop: bool = True) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of a table, and notes on those left out. A text may be empty; a label, domain, group, id or time not.

    `may_drop` says whether its task may leave out rows that are empty.
    DataError with the rows where a value is missing, not text, not UTF-8 or no time, and where an id repeats.
    """
    check_cells(table, [*columns.lists, *([LINES] if columns.words is not None else [])])
    notes: tuple[str, ...] = ()
    if columns.drop_empty:
        table, notes = _without_empty(table, columns)
    bad: Bad = []
    blank = [""] * len(table.numbers)
    texts, seconds = (
        _joined(table, names, columns.whole, bad) if names else blank for names in (columns.text, columns.second)
    )
    ids, labels, domains, groups = (
        blank if name is None else _names(table, name, bad)
        for name in (columns.id, columns.label, columns.domain, columns.group)
    )
    if columns.words is not None and columns.group is None and DOCUMENT in table.columns:
        groups = table.columns[DOCUMENT]
    words, tags, of_tags = _tagged(table, columns, bad)
    numbers = [0.0] * len(blank) if columns.number is None else _numbers(table, columns.number, bad)
    several, candidates = labels_of(table, columns, bad), candidates_of(table, columns, bad)
    times = [Time(0.0, "")] * len(blank) if columns.time is None else times_of(table, columns.time, bad)
    _check_ids(table, columns, ids, bad)
    if bad:
        some = [*columns.values, *(columns.text if columns.whole else ())]
        is_some_empty = any(is_empty(value) for name in some for value in table.columns[name])
        advice = ", or say `drop_empty: true` to leave out rows that are empty" if is_some_empty and may_drop else ""
        raise_bad_rows(table.place, table.unit, bad, f"Mend these or remove them{advice}.")
    if columns.words is not None:
        texts = list(map(" ".join, words))
    rows = tuple(map(Row, ids, texts, labels, domains, groups, seconds, times, numbers, several, words, tags))
    if columns.positive is not None:
        if n_bare := candidates.count([]):
            notes = (*notes, f"{counted(n_bare, 'row')} without a candidate left out")
        pairs = zip(rows, candidates, strict=True)
        rows = tuple(row._replace(text=text, number=grade) for row, own in pairs for text, grade in own)
    return tuple(row for row in rows if row.words or columns.words is None), (*notes, *of_tags)


def _check_ids(table: Table, columns: Columns, ids: Sequence[str], bad: Bad) -> None:
    """An id that an earlier row has goes to `bad`."""
    first: dict[str, int] = {}
    for number, name in zip(table.numbers, ids, strict=True):
        if name and first.setdefault(name, number) != number:
            told = f"is that of {table.unit} {first[name]} too; expected one row an id"
            bad.append((number, f"{columns.id} {name!r} {told}"))


def _tagged(table: Table, columns: Columns, bad: Bad) -> Tagged:
    if columns.words is None or columns.tags is None:
        return Tagged([()] * len(table.numbers), [()] * len(table.numbers), ())
    return tagged(table, columns.words, columns.tags, bad)


def _without_empty(table: Table, columns: Columns) -> tuple[Table, tuple[str, ...]]:
    """The rows that have a text and every value named, and a note that counts the others by what they lack first.

    A row may lack some of several text columns; what it lacks there is the empty text. Ids are not looked at.
    DataError where no row is left.
    """
    texts = {" and ".join(map(repr, columns.text)): columns.text} if columns.text else {}
    needed = texts | {repr(name): (name,) for name in columns.values}
    lacking: list[str | None] = [None] * len(table.numbers)
    for what, names in needed.items():
        for place, values in enumerate(zip(*(table.columns[name] for name in names), strict=True)):
            if lacking[place] is None and all(map(is_empty, values)):
                lacking[place] = what
    counts = Counter(what for what in lacking if what is not None)
    listed = ", ".join(f"{counts[what]:,} in {what}" for what in needed if what in counts)
    places = [place for place, what in enumerate(lacking) if what is None]
    if not places:
        raise DataError(f"{table.place}: `drop_empty` leaves no row; empty are {listed}. Name other columns.")
    kept = {
        name: [None if name in columns.text and values[i] is ABSENT else values[i] for i in places]
        for name, values in table.columns.items()
    }
    table = replace(table, columns=kept, numbers=[table.numbers[i] for i in places])
    return table, (f"{counted(counts.total(), 'row')} left out as empty: {listed}",) if counts else ()


def _joined(table: Table, columns: tuple[str, ...], is_whole: bool, bad: Bad) -> list[str]:
    """The columns as texts, unchanged, several joined by line breaks; null is the empty text, if one may be empty."""
    parts = [[text or "" for text in texts_of(table, column, bad)] for column in columns]
    texts = parts[0] if len(parts) == 1 else ["\n".join(row) for row in zip(*parts, strict=True)]
    if is_whole:
        told = " and ".join(map(repr, columns))
        empty = [number for number, text in zip(table.numbers, texts, strict=True) if not text.strip()]
        bad += [(number, f"column {told} is empty; expected a text") for number in empty]
    return texts


def _numbers(table: Table, column: str, bad: Bad) -> list[float]:
    """The column as numbers, none of them infinite."""
    numbers = []
    for number, given in zip(table.numbers, texts_of(table, column, bad), strict=True):
        text = (given or "").strip()
        if (found := finite(text)) is None:
            bad.append((number, f"column {column!r} is {shown_name(text)}; expected a number"))
        numbers.append(found or 0.0)
    return numbers


def _names(table: Table, column: str, bad: Bad) -> list[str]:
    """The column as names of something, without space around them; none may be empty."""
    names = texts_of(table, column, bad)
    empty = [n for n, name in zip(table.numbers, names, strict=True) if name is not None and not name.strip()]
    bad += [(number, f"column {column!r} is empty; expected a value") for number in empty]
    return [(name or "").strip() for name in names]
