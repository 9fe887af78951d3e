"""Files and folders of a user's that a parameter names: what lies there decides, not how it is called."""

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from harness.core.errors import DataError, MissingFileError
from harness.core.fingerprint import file_hash, fingerprint

#: A folder of more files is not one that was made for a parameter.
MOST_FILES = 1_000


class Content(NamedTuple):
    """Where a file or folder lies, and the hash of what is in it, which stands in keys."""

    path: Path
    hash: str


@dataclass(frozen=True)
class _Path:
    """Such a parameter is text in a suite: a path, relative to the suite's folder."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.str_schema(strict=True, min_length=1)


#: A parameter of a perturbation that is a path in a suite, and comes to the function as a `Content`.
UserFile = Annotated[Content, _Path()]


def is_path(annotation: Any) -> bool:
    """Whether a parameter with this annotation is a `UserFile`, or may be one."""
    marks = getattr(annotation, "__metadata__", ())
    return any(isinstance(mark, _Path) for mark in marks) or any(map(is_path, getattr(annotation, "__args__", ())))


def placed(given: str, folder: Path) -> Path:
    """The path that a suite in this folder means."""
    return folder / os.path.expanduser(given)  # noqa: PTH111 - `Path.expanduser` raises where nobody is called so


def content_of(path: Path) -> Content:
    """What lies at a path now; of a folder the names and bytes of all files but hidden ones.

    MissingFileError where nothing lies there that can be read, DataError for a folder of too many files.
    """
    try:
        if path.is_file():
            return Content(path, file_hash(path))
        if path.is_dir():
            return _of_folder(path)
    except OSError as error:
        raise MissingFileError(f"{path}: cannot be read ({error.strerror}).") from None
    raise MissingFileError(f"{path}: no such file or folder.")


def _of_folder(path: Path) -> Content:
    files = ((file.relative_to(path), file) for file in path.rglob("*") if file.is_file())
    seen = ((name.as_posix(), file) for name, file in files if not any(part.startswith(".") for part in name.parts))
    found = dict(islice(seen, MOST_FILES + 1))
    if len(found) > MOST_FILES:
        raise DataError(f"{path} holds over {MOST_FILES:,} files; expected the folder of this data alone.")
    return Content(path, fingerprint({name: file_hash(file) for name, file in found.items()}))


def refuse_changed(*files: Content) -> None:
    """DataError where a file is not what it was when the run was planned."""
    for file in files:
        if content_of(file.path) != file:
            raise DataError(f"{file.path} changed since the run was planned. Start it again.")
