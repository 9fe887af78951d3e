"""Whether a file has the columns of another, by its first rows."""

import json
import re
from collections.abc import Collection
from pathlib import Path

from harness.core.errors import HarnessError
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.files import readers
from harness.tasks.sources.table import Form

#: Bytes of a file that are read.
_N_BYTES = 200_000


def has_columns(path: Path, columns: Collection[str], header: bool) -> bool:
    """Whether all of these columns stand in the head of the file, which has a `header` or none; not, if in doubt."""
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            return _in_parquet(path, columns)
        with path.open("rb") as file:
            head, more = file.read(_N_BYTES), bool(file.read(1))
        encoding = encoding_of(head)
        if more:
            head = _whole_rows(head.decode(encoding, "ignore"), kind).encode(encoding)
        how = Form(encoding, header if kind in (".csv", ".tsv") else None)
        return bool(readers()[kind](head, how, None, str(path)).columns.keys() >= set(columns))
    except (HarnessError, OSError, ValueError):
        return False


def _in_parquet(path: Path, columns: Collection[str]) -> bool:
    from pyarrow import ArrowException
    from pyarrow.parquet import read_schema

    try:
        names = read_schema(path).names
    except ArrowException:
        return False
    return all(column in names or column.partition(".")[0] in names for column in columns)


def _whole_rows(text: str, kind: str) -> str:
    """The text up to a line break outside of quotes; of a JSON list its first object."""
    if kind == ".json" and (start := re.match(r"\s*\[\s*", text)):
        return json.dumps([json.JSONDecoder().raw_decode(text, start.end())[0]])
    end = text.rfind("\n")
    while kind == ".csv" and end > 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return text[: end + 1]
