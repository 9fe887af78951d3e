"""CoNLL files: a word a line with its tags in columns, and an empty line after each sentence."""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.kinds import check_kind
from harness.tasks.sources.table import Bad, Form, Table, check_columns, raise_bad_rows, source_format
from harness.tasks.task import Wanted
from harness.tasks.text import counted

#: The line that a document begins with, and columns that are there whatever is asked for: what document a sentence is
#: of ('' where no line says so), and the numbers of its lines.
DOCSTART, DOCUMENT, LINES = "-DOCSTART-", "document", "line numbers"
#: What the columns of words and tags are called beside their numbers.
_NAMED = {"tokens": 0, "tags": -1}
_COMMENT = re.compile(r"#\s*\S+ = .*")


class _Sentence(NamedTuple):
    lines: list[int]
    words: list[list[str]]
    document: str


@source_format(".conll")
def read_conll(data: bytes, how: Form, wanted: Wanted, place: str) -> Table:
    """A row a sentence, each column a list: by its number from 0, or from -1 for the last; `tokens` and `tags`.

    Fields stand between tabs where the first line has one, else between spaces. Lines that begin with -DOCSTART- begin
    a document. DataError names the lines that have other columns than the first.
    """
    check_kind(data, place, "CoNLL")
    text = decoded(data, how.encoding, place)
    bad: Bad = []
    sentences = list(_sentences(text, PurePath(place).name, bad))
    raise_bad_rows(place, "line", bad, "Mend these; an empty line parts sentences.")
    if not sentences:
        raise DataError(
            f"{place}: no sentences. Expected a word and its tag a line, and an empty line between sentences."
        )
    width = len(sentences[0].words[0])
    if width < 2:
        raise DataError(f"{place}: one column; expected two or more, a word and its tags, between tabs or spaces.")
    numbers = {str(number): number for number in range(-width, width)}
    places = {name: number % width for name, number in (numbers | _NAMED).items()}
    try:
        chosen = check_columns(wanted, list(places), place) if wanted is not None else tuple(_NAMED)
    except DataError:
        have = f"the columns of a .conll file are numbers, here 0 to {width - 1} (or -1 for the last)"
        lacking = next(name for name in wanted or () if name not in places)
        raise DataError(f"{place}: no column {lacking!r}; {have}.") from None
    columns: dict[str, list[Any]] = {
        name: [[fields[places[name]] for fields in one.words] for one in sentences] for name in chosen
    }
    columns |= {DOCUMENT: [one.document for one in sentences], LINES: [one.lines for one in sentences]}
    n_documents = len({one.document for one in sentences} - {""})
    notes = (f"{counted(n_documents, 'document')}, by lines of {DOCSTART}",) if n_documents else ()
    return Table(place, "line", columns, [one.lines[0] for one in sentences], notes)


def _sentences(text: str, name: str, bad: Bad) -> Iterator[_Sentence]:
    """The sentences of a file of this name; lines that have other columns than its first go into `bad`."""
    separator, width, n_documents = None, 0, 0
    now = _Sentence([], [], "")
    for number, line in enumerate([*text.split("\n"), ""], 1):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith(DOCSTART):
            if now.lines:
                yield now
            n_documents += bool(line.strip())
            now = _Sentence([], [], f"{name}:{n_documents}" if n_documents else "")
            continue
        if _COMMENT.fullmatch(line) and "\t" not in line and not now.lines:
            continue
        if not width:
            separator = "\t" if "\t" in line else None
        fields = _fields(line, separator)
        width = width or len(fields)
        if len(fields) != width:
            bad.append((number, f"{counted(len(fields), 'column')}; expected {width}, as the first line has"))
        now.lines.append(number)
        now.words.append(fields)


def _fields(line: str, separator: str | None) -> list[str]:
    return [field.strip() for field in line.split(separator)]
