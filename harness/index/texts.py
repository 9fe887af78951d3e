"""Documents from a file: JSON Lines, CSV and what else tasks are read from, or a text a line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.data import utf8
from harness.core.errors import DataError
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.files import missing, readers, shown, table_of
from harness.tasks.sources.mapping import to_rows
from harness.tasks.sources.table import Form, check_columns
from harness.tasks.sources.tables import IDS, titled
from harness.tasks.task import Columns

#: A file of this kind holds a text a line.
LINES = ".txt"


@dataclass(frozen=True)
class Documents:
    """Texts with their ids, which are all different."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


def documents_of(texts: Sequence[str], ids: Sequence[str] | None = None) -> Documents:
    """Texts that are there already; without ids they are counted from 1. DataError where one cannot be used."""
    found = tuple(utf8(text, f"text {number}") for number, text in enumerate(texts, 1))
    if not found:
        raise DataError("there are no texts; expected one at least.")
    if ids is None:
        return Documents(tuple(str(number) for number in range(1, len(found) + 1)), found)
    if len(ids) != len(found) or len(set(ids)) != len(ids):
        raise DataError(f"{len(set(ids)):,} different ids for {len(found):,} texts; expected one id a text.")
    return Documents(tuple(map(str, ids)), found)


def read(path: Path, text: str | None = None, id_: str | None = None, encoding: str = "utf-8") -> Documents:
    """The documents of a file, from the column `text` (before which stands `title`, if there is one) or the one named.

    Ids are those of the column named, else of `_id` or `id`, else rows are counted from 1. MissingFileError; DataError
    names file and row of what cannot be used.
    """
    if not path.is_file():
        raise missing(path)
    ends = (*readers(), LINES)
    if path.suffix.lower() not in ends:
        raise DataError(f"{shown(path)}: expected a file whose name ends in one of {', '.join(ends)}.")
    if path.suffix.lower() == LINES:
        lines = decoded(path.read_bytes(), encoding, shown(path)).split("\n")
        return documents_of([line.strip() for line in lines if line.strip()])
    table = table_of(path, Form(encoding))
    names = list(table.columns)
    name = id_ or next((one for one in IDS if one in names), None)
    wanted = (text or "text", *([name] if name else []))
    hint = "" if text else "Name the column of the texts with --text."
    columns = {one: table.columns[one] for one in check_columns(wanted, names, table.place, hint)}
    if text is None and "title" in names:
        columns["text"] = [titled(*pair) for pair in zip(table.columns["title"], columns["text"], strict=True)]
    rows, _ = to_rows(replace(table, columns=columns), Columns(text=wanted[:1], label=None, id=name), may_drop=False)
    return documents_of([row.text for row in rows], [row.id for row in rows] if name else None)
