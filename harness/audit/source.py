"""The data that a person brings: every column of a file or of a hub data set, as it stands there."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.assets import cache_root
from harness.core.errors import DataError, MissingFileError
from harness.core.registry import nearest
from harness.tasks.sources import hub
from harness.tasks.sources.cells import as_text
from harness.tasks.sources.decode import decoded
from harness.tasks.sources.delimited import delimiter_of
from harness.tasks.sources.files import READERS, shown
from harness.tasks.sources.hub_copy import copy_of
from harness.tasks.sources.jsonl import read_jsonl
from harness.tasks.sources.table import ABSENT
from harness.tasks.task import HubSource

_HUB = "hub:"
#: What is tried, in this order, where a file is not UTF-8.
_ENCODINGS = ("utf-8", "utf-16", "cp1252")
_TEST_SPLITS = ("test", "validation", "dev", "valid")


@dataclass(frozen=True)
class Source:
    """Columns by name, a text a row; '' where a row has none. `numbers` are the rows as a person counts them.

    `path` is absolute, or `hub:owner/name` (then perhaps with a `config`); `encoding` is None for UTF-8. `sizes`:
    rows by side, in order, where the source has sides; of files `sides` are their paths, and `path` is that of the
    first. `notes` are what else there is to say of the files.
    """

    place: str
    path: str
    folder: Path
    stem: str
    unit: str
    columns: Mapping[str, Sequence[str]]
    numbers: Sequence[int | str]
    encoding: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    sides: Mapping[str, str] = field(default_factory=dict)
    config: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """The paths of its files; none for the hub."""
        return [] if self.path.startswith(_HUB) else list(self.sides.values()) or [self.path]


def read(data: str, config: str | None = None) -> Source:
    """A .csv, .tsv, .jsonl or .parquet file, or a data set of the hub (`hub:owner/name`, or `owner/name`).

    A data set of the hub may have several configs, of which `config` names one.
    MissingFileError where it is not there, DataError where it cannot be read.
    """
    path = Path(data).expanduser()
    known = path.suffix.lower() in READERS
    if data.startswith(_HUB) or (not path.exists() and not known and data.count("/") == 1 and data[0] not in "./~"):
        return _hub(data.removeprefix(_HUB), config)
    if config is not None:
        raise DataError(f"--config {config}: no meaning for the file {data}; a data set of the hub may have configs.")
    if not path.is_file():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        what = "is a folder; expected a file" if path.is_dir() else f"no such file. {nearest(path.name, beside)}"
        raise MissingFileError(f"{data}: {what.rstrip(' .')}.")
    if not known:
        raise DataError(f"{data}: expected a file that ends in {', '.join(READERS)}, or hub:owner/name.")
    return _file(path)


def _file(path: Path) -> Source:
    raw, place, kind = path.read_bytes(), shown(path.absolute()), path.suffix.lower()
    encoding = "utf-8" if kind == ".parquet" else _encoding(raw)
    table = READERS[kind](raw, encoding, _names(raw, encoding, kind, place), place)
    return Source(
        place=place,
        path=str(path.parent.resolve() / path.name),
        folder=path.parent,
        stem=path.stem,
        unit=table.unit,
        columns=_texts(table.columns),
        numbers=table.numbers,
        encoding=None if encoding == "utf-8" else encoding,
    )


def _hub(repo: str, config: str | None) -> Source:
    """Its train and its test (or validation) split, the way a task takes them; one split where there is one."""
    source = HubSource(repo, config)
    commit = hub.content_hash(source).partition("@")[2].partition("#")[0]
    folder = copy_of(source, commit, cache_root() / "hub")
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    usable = [name for name, split in about.items() if not split["withheld"]] or list(about)
    train = next(name for name in ("train", *usable) if name in usable)
    test = next((name for name in _TEST_SPLITS if name in usable and name != train), None)
    columns: dict[str, list[Any]] = {name: [] for name in about[train]["columns"]}
    sizes = []
    for split in filter(None, (train, test)):
        raw, names = (folder / f"{split}.jsonl").read_bytes(), tuple(set(columns) & set(about[split]["columns"]))
        table = read_jsonl(raw, "utf-8", names, f"hub:{repo}, split {split!r}")
        sizes.append(len(table.numbers))
        columns = {name: [*columns[name], *table.columns[name]] for name in columns if name in names}
    return Source(
        place=f"hub:{repo}",
        path=f"hub:{repo}",
        folder=Path(),
        stem=repo.rsplit("/", 1)[-1],
        unit="row",
        columns=_texts(columns),
        numbers=range(1, sum(sizes) + 1),
        sizes=dict(zip(("train", "test"), sizes, strict=True)) if test else {},
        config=config,
    )


def _encoding(raw: bytes) -> str:
    """The first encoding that the bytes can be; latin-1 reads anything."""
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            raw.decode(encoding)
        except UnicodeError:
            continue
        return encoding
    return "latin-1"


def _names(raw: bytes, encoding: str, kind: str, place: str) -> tuple[str, ...]:
    """The columns that have a name of their own."""
    if kind == ".parquet":
        from pyarrow import ArrowException
        from pyarrow.parquet import read_schema

        try:
            return _once(read_schema(io.BytesIO(raw)).names)
        except (ArrowException, OSError):
            return ()  # its reader says what is wrong
    text = decoded(raw, encoding, place)
    if kind in (".jsonl", ".ndjson"):
        return tuple(dict.fromkeys(name for line in text.split("\n") for name in _keys(line)))
    delimiter = delimiter_of(text) if kind == ".csv" else "\t"
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return _once([name.strip() for name in next((row for row in rows if any(map(str.strip, row))), [])])


def _once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name and names.count(name) == 1)


def _keys(line: str) -> Sequence[str]:
    """The keys of an object; nothing for what its reader will complain about."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    return list(value) if isinstance(value, dict) else ()


def _texts(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """The columns that hold texts, names or numbers, as texts."""
    return {
        name: [_text(value, name) for value in values]
        for name, values in columns.items()
        if not any(isinstance(value, (list, dict, bytes)) for value in values)
    }


def _text(value: Any, column: str) -> str:
    """As a task reads it; what no task can read stays, so that the task says what is wrong with it."""
    text = "" if value is ABSENT else as_text(value, column, 0, [])
    return str(value) if text is None else text
