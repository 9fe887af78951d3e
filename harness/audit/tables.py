"""A search that is given as three tables, in a folder or by name: queries, documents, and which answers which."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.audit.column import Columns
from harness.audit.source import Source
from harness.core.errors import HarnessError, MissingFileError
from harness.tasks.sources import tables
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.files import is_data, missing, shown
from harness.tasks.task import TABLES, TablesSource
from harness.tasks.text import words_of
from harness.wording.numbers import listed

#: Words of a file's name, or of its folder's, that say which table it is.
_WORDS = {
    "queries": ("queries", "query", "questions", "question", "topics"),
    "corpus": ("corpus", "documents", "document", "docs", "passages", "collection"),
    "relevance": ("qrels", "qrel", "relevance", "judgements", "judgments"),
}
#: Which of several files of relevance is taken: the first of these by name.
_SIDES = ("test", "qrels", "relevance", "dev", "validation", "valid", "train")


def tables_of(data: Sequence[str]) -> dict[str, Path] | None:
    """The three tables by name: of a folder, or those that three files are by their names; None where they are none.

    MissingFileError for a folder in which one lacks.
    """
    paths = [Path(one).expanduser() for one in data]
    if len(paths) == 3:
        found = {part: path for path in paths if (part := _part(path)) is not None}
        return {part: found[part] for part in TABLES} if len(found) == 3 else None
    if len(paths) != 1 or not paths[0].is_dir():
        return None
    (folder,) = paths
    files = [*_files(folder), *_files(folder / "qrels")]
    found = {part: chosen for part in TABLES if (chosen := _chosen(part, files))}
    if not found:
        raise missing(folder)
    if lacking := [part for part in TABLES if part not in found]:
        raise MissingFileError(
            f"{shown(folder)}: of a search in tables {listed(lacking)} {'lacks' if len(lacking) == 1 else 'lack'}. "
            "Expected queries.jsonl, corpus.jsonl and qrels/test.tsv, or name a file."
        )
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _part(path: Path) -> str | None:
    """Which table a file is; a file below `qrels` is one of relevance."""
    words = words_of(f"qrels {path.stem}" if path.parent.name == "qrels" else path.stem)
    found = [part for part, known in _WORDS.items() if not set(known).isdisjoint(words)]
    ends = path.suffix.lower() in tables.SPACED and "relevance" in found
    return found[-1] if found and (ends or is_data(path)) else None


def _chosen(part: str, files: Iterable[Path]) -> Path | None:
    """The file of a table: of several the one that is called so and no more, or tells what is tested."""
    names = _SIDES if part == "relevance" else _WORDS[part]
    fitting = [path for path in files if _part(path) == part]
    order = {name: place for place, name in enumerate(names)}
    return min(fitting, key=lambda path: order.get(path.stem.lower(), len(names)), default=None)


def read_tables(paths: Mapping[str, Path]) -> Source:
    """The pairs of a query and a document that answers it, a row each. DataError where the tables cannot be used."""
    if absent := next((path for path in paths.values() if not path.is_file()), None):
        raise missing(absent)
    encoding = min({encoding_of(path.read_bytes()) for path in paths.values()} - {"utf-8"}, default=None)
    reading = tables.read(TablesSource(**paths, encoding=encoding or "utf-8"))
    texts = {row.id: row.text for row in reading.sides["test"]}
    rows = [(query.text, texts[key]) for query in reading.queries for key in query.relevant]
    folder = paths["corpus"].parent
    beside = [path for path in _files(paths["relevance"].parent) if _part(path) == "relevance"]
    unused = [shown(path) for path in beside if path.resolve() != paths["relevance"].resolve()]
    return Source(
        place=listed([shown(path) for path in paths.values()]),
        path=str(paths["corpus"].absolute()),
        folder=folder,
        stem=folder.resolve().name,
        unit="pair",
        columns=dict(zip(("queries", "corpus"), map(list, zip(*rows, strict=True)), strict=True)),
        numbers=range(1, len(rows) + 1),
        encoding=encoding,
        sides={part: str(path.parent.resolve() / path.name) for part, path in paths.items()},
        notes=(f"not used: {listed(unused)}",) if unused else (),
    )


def columns_of(source: Source, given: Iterable[str]) -> Columns:
    """What the tables are taken for. HarnessError for a column that the user names: the tables have their own."""
    if options := [f"--{part.replace('_', '-')}" for part in given]:
        raise HarnessError(f"{listed(options)}: no meaning for a search in tables, whose columns have their names.")
    why = {"query": f"the texts of {shown(Path(source.sides['queries']))}"}
    why["document"] = f"those of {shown(Path(source.sides['corpus']))}, after their titles"
    return Columns(("corpus",), query="queries", why=why)
