"""A user's files, by the end of their name."""

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from harness.core.errors import MissingFileError
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.registry import Component, found_in
from harness.tasks.sources.mapping import reading_of
from harness.tasks.sources.row import Reading
from harness.tasks.sources.table import Form, Table
from harness.tasks.task import Columns, FileSource, TablesSource, Wanted


@cache
def readers() -> Mapping[str, Component]:
    """Which format reads a file, by the end of its name."""
    from harness.tasks import sources

    formats = [item for item in found_in(sources) if item.kind == "format"]
    return {end: item for item in formats for end in item.facts["ends"]}


def content_hash(source: FileSource | TablesSource) -> str:
    """The SHA-256 of the file's bytes; of several files, the hash of all."""
    for path in source.paths.values():
        if not path.is_file():
            raise missing(path)
    hashes = {side: file_hash(path) for side, path in source.paths.items()}
    return hashes["all"] if "all" in hashes else fingerprint(hashes)


def read(source: FileSource, columns: Columns) -> Reading:
    """The rows of the files. DataError names file and row of what cannot be used."""
    form = Form(source.encoding, source.header)
    tables = ((side, table_of(path, form, columns.named)) for side, path in source.paths.items())
    return reading_of(place_of(source), tables, columns)


def table_of(path: Path, form: Form, wanted: Wanted = None) -> Table:
    """The wanted columns of a file, or all."""
    table: Table = readers()[path.suffix.lower()](path.read_bytes(), form, wanted, shown(path))
    return table


def place_of(source: FileSource | TablesSource) -> str:
    """The files' names, for errors."""
    return " and ".join(map(shown, source.paths.values()))


def shown(path: Path) -> str:
    """The path as a person would type it: relative, where it lies below the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def missing(path: Path) -> MissingFileError:
    """That there is no file, with the data file beside it whose name, without its end, is most like."""
    if path.is_dir():
        return MissingFileError(f"{shown(path)} is a folder; expected a file.")
    beside = [file for file in path.parent.iterdir() if is_data(file)] if path.parent.is_dir() else []
    names = {file.stem: file.name for file in sorted(beside)}
    like = difflib.get_close_matches(path.stem, names, n=1)
    hint = f"Did you mean {names[like[0]]!r}?" if like else ""
    return MissingFileError(f"{shown(path)}: no such file. {hint}".rstrip(), plain=names.values())


def is_data(path: Path) -> bool:
    """Whether its name ends as one of `readers` has it."""
    return path.suffix.lower() in readers()
