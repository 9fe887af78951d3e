"""A search as three files: queries, documents, and which document answers which query. BEIR's layout, or TREC's."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from harness.core.errors import DataError
from harness.tasks.sources.cells import Bad, as_text
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.files import place_of, shown, table_of
from harness.tasks.sources.mapping import to_rows
from harness.tasks.sources.row import Query, Reading, Row
from harness.tasks.sources.table import Form, Table, check_columns, raise_bad_rows
from harness.tasks.task import Columns, TablesSource
from harness.tasks.text import counted, near, number_of, text_hash

#: Raised when queries and documents are read, or samples of them drawn, in another way.
TABLES_VERSION = 1
#: Ends of names of relevance files whose fields stand between spaces or tabs, as TREC has them.
SPACED = (".txt", ".qrels", ".trec")
#: What the id of a query or document may be called; the columns of a table of relevance.
_IDS = ("_id", "id")
_RELEVANCE = ("query-id", "corpus-id", "score")


class _Judgement(NamedTuple):
    """What a row of the relevance says; `number` is the row."""

    number: int
    query: str
    document: str
    grade: float


def read(source: TablesSource, group: str | None = None) -> Reading:
    """The documents as rows of the test side, and the queries that some of them answer.

    `group` is the column of the queries that says which of them are resampled together; None: near copies are.
    DataError names file and row of what cannot be used, and ids that are in no table.
    """
    query_table = _texts(source.queries, source.encoding, group)
    document_table = _texts(source.corpus, source.encoding, titled=True)
    queries, _ = to_rows(query_table, Columns(id=next(iter(query_table.columns)), label=None, group=group, whole=True))
    documents, _ = to_rows(document_table, Columns(id=next(iter(document_table.columns)), label=None))
    table = _relevance(source.relevance, source.encoding)
    grades = _grades(_judgements(table), table, source, queries, documents)
    asked = [_query(row, grades[row.id]) for row in queries if any(grade > 0 for grade in grades[row.id].values())]
    if not asked:
        raise DataError(
            f"{table.place}: no query has a document that answers it; expected a score above 0 for at least one. "
            "Give the queries that were judged."
        )
    tables = {"queries": query_table, "corpus": document_table, "relevance": table}
    found = [f"{name}: {note}" for name, own in tables.items() for note in own.notes]
    form = "; ".join(f"{name}: {own.form}" for name, own in tables.items() if own.form)
    if n_left := len(queries) - len(asked):
        found.append(f"{counted(n_left, 'query', 'queries')} without a document that answers left out")
    if n_copies := len(documents) - len({text_hash(row.text) for row in documents}):
        found.append(f"{counted(n_copies, 'document')} with the text of another kept, as answers go by id")
    return Reading(place_of(source), {"test": documents}, tuple(found), form, tuple(sorted(asked)))


def _query(row: Row, grades: Mapping[str, float]) -> Query:
    """A query with its answers; its group is resampled with it, else its near copies."""
    answers = sorted((document, grade) for document, grade in grades.items() if grade > 0)
    relevant, graded = zip(*answers, strict=True)
    return Query(row.id, row.group or f"near:{text_hash(near(row.text))}", row.text, relevant, graded)


def _texts(path: Path, encoding: str, group: str | None = None, titled: bool = False) -> Table:
    """The columns of ids and of texts, before which stands the title where there is one, and of groups."""
    table = table_of(path, Form(encoding, header=True))
    name = next((name for name in _IDS if name in table.columns), _IDS[0])
    named = (name, "text", *([group] if group else []))
    check_columns(named, list(table.columns), table.place)
    texts = table.columns["text"]
    if titled and "title" in table.columns:
        texts = [_titled(title, text) for title, text in zip(table.columns["title"], texts, strict=True)]
    return replace(table, columns={**{name: table.columns[name] for name in named}, "text": texts})


def _titled(title: Any, text: Any) -> Any:
    """The title, a line break and the text; one of them where the other is empty or no text."""
    if not isinstance(title, str) or not title.strip():
        return text
    return f"{title}\n{text}" if isinstance(text, str) and text.strip() else title if text in (None, "") else text


def _relevance(path: Path, encoding: str) -> Table:
    """The columns of `_RELEVANCE`, which a file may name, or hold in this order, or as TREC's four."""
    if path.suffix.lower() in SPACED:
        return _headed(_spaced(path, encoding))
    if path.suffix.lower() in (".csv", ".tsv"):
        return _headed(table_of(path, Form(encoding, header=False)))
    table = table_of(path, Form(encoding))
    return _named(table, list(table.columns), list(table.columns.values()))


def _spaced(path: Path, encoding: str) -> Table:
    """A file whose fields stand between spaces or tabs."""
    lines = [line.split() for line in decoded(path.read_bytes(), encoding, shown(path)).splitlines()]
    numbers = [number for number, line in enumerate(lines, 1) if line]
    rows = [line for line in lines if line]
    n_fields = len(rows[0]) if rows else 0
    bad = [(n, f"{counted(len(row), 'field')}; expected {n_fields}") for n, row in zip(numbers, rows, strict=True)
           if len(row) != n_fields]  # fmt: skip
    raise_bad_rows(shown(path), "line", bad, "Mend these or remove them.")
    return Table(shown(path), "line", {f"column{i + 1}": [row[i] for row in rows] for i in range(n_fields)}, numbers)


def _headed(table: Table) -> Table:
    """A table by its header, or by its order where the first row ends in a number."""
    columns = list(table.columns.values())
    if len(columns) not in (3, 4):
        raise DataError(
            f"{table.place}: {counted(len(columns), 'column')}; expected {', '.join(_RELEVANCE)}, or TREC's four "
            "(query, 0, document, grade). Fields stand between tabs (.tsv), commas (.csv) or spaces (.txt)."
        )
    if _number(columns[-1][0]) is not None:
        return _named(table, _RELEVANCE, [columns[0], columns[-2], columns[-1]])
    names, below = [str(column[0]).strip() for column in columns], [column[1:] for column in columns]
    return _named(replace(table, numbers=table.numbers[1:]), names, below)


def _named(table: Table, names: Sequence[str], columns: Sequence[list[Any]]) -> Table:
    """The table with the columns of `_RELEVANCE` alone."""
    names = [name.replace("_", "-") for name in names]
    check_columns(_RELEVANCE, names, table.place, plain=())
    return replace(table, columns={name: columns[names.index(name)] for name in _RELEVANCE})


def _judgements(table: Table) -> list[_Judgement]:
    """The rows of the relevance. DataError for ids that are empty and grades that are none."""
    bad, found = Bad(), list[_Judgement]()
    for number, *values in zip(table.numbers, *table.columns.values(), strict=True):
        texts = [(as_text(v, name, number, bad) or "").strip() for v, name in zip(values, _RELEVANCE, strict=True)]
        bad += [
            (number, f"{n!r} is empty; expected an id") for n, t in zip(_RELEVANCE[:2], texts, strict=False) if not t
        ]
        grade = _number(texts[2])
        if grade is None or grade < 0:
            bad.append((number, f"'score' is {texts[2]!r}; expected a number, 0 or above"))
        found.append(_Judgement(number, texts[0], texts[1], grade or 0.0))
    raise_bad_rows(table.place, table.unit, bad, "Mend these or remove them; 0 is the score of what does not answer.")
    return found


def _number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    found = number_of(value)
    return None if found is None or not math.isfinite(found) else found


def _grades(
    found: Sequence[_Judgement], table: Table, source: TablesSource, queries: Sequence[Row], documents: Sequence[Row]
) -> Mapping[str, Mapping[str, float]]:
    """The grades of judged documents, by query. DataError for ids in no table, and for two grades of one document."""
    n_queries, first_queries = _unknown([(one.number, one.query) for one in found], queries, table.unit)
    n_documents, first_documents = _unknown([(one.number, one.document) for one in found], documents, table.unit)
    wrong = [
        f"{counted(n_queries, 'query', 'queries')} that {shown(source.queries)} has not: {first_queries}"
        * bool(n_queries),
        f"{counted(n_documents, 'document')} that {shown(source.corpus)} has not: {first_documents}"
        * bool(n_documents),
    ]
    if any(wrong):
        advice = "Give the files that belong together, or remove these rows."
        raise DataError(f"{table.place} names {' and '.join(filter(None, wrong))}. {advice}")
    grades, bad = defaultdict[str, dict[str, float]](dict), Bad()
    for number, query, document, grade in found:
        if grades[query].setdefault(document, grade) != grade:
            before = grades[query][document]
            bad.append((number, f"query {query!r} and document {document!r} have score {before:g} in another row"))
    raise_bad_rows(table.place, table.unit, bad, "Keep one row of these.")
    return grades


def _unknown(given: Sequence[tuple[int, str]], table: Sequence[Row], unit: str) -> tuple[int, str]:
    """How many of the ids given by row are not in a table; the first three."""
    known, rows = {row.id for row in table}, dict[str, int]()
    for number, name in given:
        if name not in known:
            rows.setdefault(name, number)
    first = ", ".join(f"{name!r} ({unit} {number})" for name, number in list(rows.items())[:3])
    return len(rows), first + " …" * (len(rows) > 3)
