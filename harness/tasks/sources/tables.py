"""A search as three files: queries, documents, and which document answers which query. BEIR's layout, or TREC's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.files import place_of, shown, table_of
from harness.tasks.sources.mapping import to_rows
from harness.tasks.sources.row import Query, Reading, Row
from harness.tasks.sources.table import Bad, Form, Table, check_columns, raise_bad_rows, texts_of
from harness.tasks.splits import near_name
from harness.tasks.task import Columns, TablesSource
from harness.tasks.text import counted, finite, text_hash

#: Raised when queries and documents are read, or samples of them drawn, in another way.
TABLES_VERSION = 1
#: Ends of names of relevance files whose fields stand between spaces or tabs, as TREC has them.
SPACED = (".txt", ".qrels", ".trec")
#: What the id of a query or document may be called; the columns of a table of relevance.
IDS = ("_id", "id")
_RELEVANCE = ("query-id", "corpus-id", "score")


def read(source: TablesSource, group: str | None = None) -> Reading:
    """The documents as rows of the test side, and the queries that some of them answer.

    `group` is the column of the queries that says which of them are resampled together; None: near copies are.
    DataError names file and row of what cannot be used, and ids that are in no table.
    """
    query_table, queries = _rows(source.queries, source.encoding, group)
    document_table, documents = _rows(source.corpus, source.encoding, is_corpus=True)
    table = _relevance(source.relevance, source.encoding)
    answers = _answers(table, source, queries, documents)
    asked = [_query(row, answers[row.id]) for row in queries if answers.get(row.id)]
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
    relevant, graded = zip(*sorted(grades.items()), strict=True)
    return Query(row.id, row.group or near_name(row.text), row.text, relevant, graded)


def _rows(
    path: Path, encoding: str, group: str | None = None, is_corpus: bool = False
) -> tuple[Table, tuple[Row, ...]]:
    """A table of queries or documents, and its rows; before the text of a document stands its title if there is one."""
    table = table_of(path, Form(encoding, header=True))
    name = next((name for name in IDS if name in table.columns), IDS[0])
    named = (name, "text", *([group] if group else []))
    found = {name: table.columns[name] for name in check_columns(named, list(table.columns), table.place)}
    if is_corpus and "title" in table.columns:
        found["text"] = [titled(*pair) for pair in zip(table.columns["title"], found["text"], strict=True)]
    columns = Columns(id=name, label=None, group=group, whole=not is_corpus)
    return table, to_rows(replace(table, columns=found), columns, may_drop=False)[0]


def titled(title: Any, text: Any) -> Any:
    """The title, a line break and the text; one of them where the other is empty or no text."""
    if not isinstance(title, str) or not title.strip():
        return text
    return f"{title}\n{text}" if isinstance(text, str) and text.strip() else title if text in (None, "") else text


def _relevance(path: Path, encoding: str) -> Table:
    """The columns of `_RELEVANCE`, which a file may name, or hold in this order, or as TREC's four."""
    kind = path.suffix.lower()
    is_lines = kind in (".csv", ".tsv", *SPACED)
    table = _spaced(path, encoding) if kind in SPACED else table_of(path, Form(encoding, False if is_lines else None))
    names, columns = list(table.columns), list(table.columns.values())
    if is_lines and len(columns) not in (3, 4):
        raise DataError(
            f"{table.place}: {counted(len(columns), 'column')}; expected {', '.join(_RELEVANCE)}, or TREC's four "
            "(query, 0, document, grade). Fields stand between tabs (.tsv), commas (.csv) or spaces (.txt)."
        )
    if is_lines and finite(columns[-1][0]) is not None:
        names, columns = list(_RELEVANCE), [columns[0], columns[-2], columns[-1]]
    elif is_lines:
        names, columns = [str(column[0]).strip() for column in columns], [column[1:] for column in columns]
        table = replace(table, numbers=table.numbers[1:])
    names = [name.replace("_", "-") for name in names]
    check_columns(_RELEVANCE, names, table.place, plain=())
    return replace(table, columns={name: columns[names.index(name)] for name in _RELEVANCE})


def _spaced(path: Path, encoding: str) -> Table:
    """A file whose fields stand between spaces or tabs."""
    place, text = shown(path), decoded(path.read_bytes(), encoding, shown(path))
    rows = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    width = len(rows[0][1]) if rows else 0
    bad = [(n, f"{counted(len(row), 'field')}; expected {width}") for n, row in rows if len(row) != width]
    raise_bad_rows(place, "line", bad, "Mend these or remove them.")
    columns = {f"column{i + 1}": [row[i] for _, row in rows] for i in range(width)}
    return Table(place, "line", columns, [number for number, _ in rows])


def _judgements(table: Table) -> list[tuple[int, str, str, float]]:
    """Row, query, document and grade of each row. DataError for ids that are empty and grades that are none."""
    bad, found = Bad(), list[tuple[int, str, str, float]]()
    texts = [[(text or "").strip() for text in texts_of(table, name, bad)] for name in _RELEVANCE]
    for number, query, document, score in zip(table.numbers, *texts, strict=True):
        empty = [name for name, text in zip(_RELEVANCE, (query, document), strict=False) if not text]
        bad += [(number, f"{name!r} is empty; expected an id") for name in empty]
        grade = finite(score)
        if grade is None or grade < 0:
            bad.append((number, f"'score' is {score!r}; expected a number, 0 or above"))
        found.append((number, query, document, grade or 0.0))
    raise_bad_rows(table.place, table.unit, bad, "Mend these or remove them; 0 is the score of what does not answer.")
    return found


def _answers(
    table: Table, source: TablesSource, queries: Sequence[Row], documents: Sequence[Row]
) -> Mapping[str, Mapping[str, float]]:
    """The grades of what answers, by query. DataError for ids in no table, and for two grades of one document."""
    found, wrong = _judgements(table), list[str]()
    for what, place, rows, file in (
        (("query", "queries"), 1, queries, source.queries),
        (("document",), 2, documents, source.corpus),
    ):
        known, unknown = {row.id for row in rows}, dict[Any, int]()
        for judgement in found:
            if judgement[place] not in known:
                unknown.setdefault(judgement[place], judgement[0])
        if unknown:
            first = ", ".join(f"{name!r} ({table.unit} {number})" for name, number in list(unknown.items())[:3])
            first += " …" * (len(unknown) > 3)
            wrong.append(f"{counted(len(unknown), *what)} that {shown(file)} has not: {first}")
    if wrong:
        advice = "Give the files that belong together, or remove these rows."
        raise DataError(f"{table.place} names {' and '.join(wrong)}. {advice}")
    grades, bad = defaultdict[str, dict[str, float]](dict), Bad()
    for number, query, document, grade in found:
        if (before := grades[query].setdefault(document, grade)) != grade:
            bad.append((number, f"query {query!r} and document {document!r} have score {before:g} in another row"))
    raise_bad_rows(table.place, table.unit, bad, "Keep one row of these.")
    return {query: {document: grade for document, grade in own.items() if grade > 0} for query, own in grades.items()}
