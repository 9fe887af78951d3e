"""The data that a person brings: every column of a file or of a hub data set, as it stands there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources import hub
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.files import missing, readers, shown
from harness.tasks.sources.headerless import may_be_data
from harness.tasks.sources.nested import why_not
from harness.tasks.sources.table import ABSENT, Form, Headerless, as_text, shown_name
from harness.tasks.task import HubSource

_HUB = "hub:"


@dataclass(frozen=True)
class Source:
    """Columns by name, a text a row; '' where a row has none. `numbers` are the rows as a person counts them.

    `path` is absolute, or `hub:owner/name` (then perhaps with a `config`); `encoding` is None for UTF-8, `header`
    whether a file has one, `header_said` whether the user says so, `header_unsure` whether it may be data. `sizes`:
    rows by side, in order, where the source has sides; of files `sides` are their paths, and `path` is that of the
    first. `notes` are what else there is to say of the files, `left_out` why columns are.
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
    header: bool = True
    header_said: bool = False
    header_unsure: bool = False
    config: str | None = None
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """The paths of its files; none for the hub."""
        return [] if self.path.startswith(_HUB) else list(self.sides.values()) or [self.path]

    @property
    def is_tables(self) -> bool:
        """Whether it is a search in three tables, whose paths are its `sides`."""
        return "queries" in self.sides

    def not_used(self) -> list[str]:
        """`not used: 'tokens', 'tags' (lists: …)`: the columns that hold no cells, by what they hold."""
        names: dict[str, list[str]] = {}
        for name, why in self.left_out.items():
            names.setdefault(why, []).append(shown_name(name))
        return [f"not used: {', '.join(of)} ({why})" for why, of in names.items()]


def read(data: str, config: str | None = None, header: bool | None = None) -> Source:
    """A .csv, .tsv, .json, .jsonl or .parquet file, or a data set of the hub (`hub:owner/name`, or `owner/name`).

    `config` names one of several that a data set of the hub may have; `header` says whether the first row of a CSV or
    TSV file is one (None: look).

    MissingFileError where it is not there, DataError where it cannot be read.
    """
    path = Path(data).expanduser()
    known = path.suffix.lower() in readers()
    if data.startswith(_HUB) or (not path.exists() and not known and data.count("/") == 1 and data[0] not in "./~"):
        return _hub(data.removeprefix(_HUB), config)
    if not path.is_file():
        raise missing(path)
    if not known:
        raise DataError(f"{data}: expected a file that ends in {', '.join(readers())}, or hub:owner/name.")
    if config is not None:
        raise DataError(f"{data}: --config names a part of a data set of the hub; this is a file.")
    return _file(path, header)


def _file(path: Path, header: bool | None) -> Source:
    raw, place, kind = path.read_bytes(), shown(path.absolute()), path.suffix.lower()
    how = Form("utf-8" if kind == ".parquet" else encoding_of(raw), header)
    try:
        table = readers()[kind](raw, how, None, place)
    except Headerless:
        how = replace(how, header=False)
        table = readers()[kind](raw, how, None, place)
    is_table = kind in (".csv", ".tsv")
    notes = []
    if is_table and how.header is False:
        why = "as you said" if header is False else "the first row looks like data"
        notes = [
            f"no header: {why}, so columns are named column1 to column{len(table.columns)} (`header: false`); if it is "
            "the header, say --header"
        ]
    return Source(
        place=place,
        path=str(path.parent.resolve() / path.name),
        folder=path.parent,
        stem=path.stem,
        unit=table.unit,
        columns=_texts(table.columns),
        numbers=table.numbers,
        encoding=None if how.encoding == "utf-8" else how.encoding,
        header=how.header is not False,
        header_said=is_table and header is not None,
        header_unsure=is_table and how.header is None and may_be_data([*table.columns, *table.left_out]),
        notes=(*notes, *table.notes),
        left_out={**table.left_out, **{name: why for name, vs in table.columns.items() if (why := why_not(vs))}},
    )


def _hub(repo: str, config: str | None) -> Source:
    """Its train and its test (or validation) split, the way a task takes them; one split where there is one."""
    source = HubSource(repo, config)
    about, table_of = hub.copied(source, hub.content_hash(source))
    usable = [name for name, split in about.items() if not split["withheld"]] or list(about)
    train = next(name for name in ("train", *usable) if name in usable)
    test = next((name for name in hub.TEST_SPLITS if name in usable and name != train), None)
    splits = {"train": train} | ({"test": test} if test else {})
    names = [name for name in about[train]["columns"] if all(name in about[s]["columns"] for s in splits.values())]
    tables = {side: table_of(split, tuple(names)) for side, split in splits.items()}
    sizes = {side: len(table.numbers) for side, table in tables.items()}
    return Source(
        place=f"hub:{repo}",
        path=f"hub:{repo}",
        folder=Path(),
        stem=repo.rsplit("/", 1)[-1],
        unit="row",
        columns=_texts({name: [v for table in tables.values() for v in table.columns[name]] for name in names}),
        numbers=range(1, sum(sizes.values()) + 1),
        sizes=sizes if test else {},
        config=config,
        left_out={name: why for split in about.values() for name, why in split.get("left_out", {}).items()},
    )


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
