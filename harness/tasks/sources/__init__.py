"""Where items come from. Each source has a content hash, and gives rows."""

from collections.abc import Mapping
from functools import cache

from harness.assets import assets
from harness.core.errors import DataError
from harness.core.registry import Component, found_in
from harness.core.sized_cache import bytes_of, sized_cache
from harness.tasks.sources import files, hub, tables
from harness.tasks.sources.row import Reading
from harness.tasks.task import AssetSource, Columns, FileSource, Source, TablesSource, Task


@cache
def packaged() -> Mapping[str, Component]:
    """The readers of packaged data, by name."""
    from harness.tasks import sources

    return {item.name: item for item in found_in(sources) if item.kind == "reader"}


@cache
def builtin() -> Mapping[str, Task]:
    """The built-in tasks by name."""
    return {task.name: task for reader in packaged().values() for task in reader.facts["tasks"]}


def domains_of(name: str) -> tuple[str, ...]:
    """The domains that a built-in task has."""
    return next(tuple(r.facts["domains"]) for r in packaged().values() if builtin()[name] in r.facts["tasks"])


def content_hash(source: Source) -> str:
    """The hash of the bytes (assets, files), or repository, commit and config of a hub data set.

    MissingFileError for a file that is not there, and a hub data set neither cached nor to be reached.
    """
    if isinstance(source, AssetSource):
        return assets()[source.asset].sha256 if source.asset else f"{source.reader} {packaged()[source.reader].version}"
    if isinstance(source, FileSource | TablesSource):
        return files.content_hash(source)
    return hub.content_hash(source)


@sized_cache(2**29, lambda reading: bytes_of([row.text for row in reading.rows]))
def read(source: Source, columns: Columns, expected: str) -> Reading:
    """The rows of a source, which must have this content hash."""
    if isinstance(source, AssetSource):
        reading: Reading = packaged()[source.reader](columns)
        return reading
    if isinstance(source, FileSource | TablesSource):
        if (now := files.content_hash(source)) != expected:
            raise DataError(
                f"{files.place_of(source)} changed since the run was planned (sha256 {now[:8]}…, was "
                f"{expected[:8]}…). Start the run again."
            )
        return tables.read(source, columns.group) if isinstance(source, TablesSource) else files.read(source, columns)
    return hub.read(source, columns, expected)
