"""A place that several machines share vectors through: whole blocks, as files behind a URL of fsspec.

A file belongs to one prefix and is never changed: its name is the hash of its bytes, and it is there whole or not at
all. It begins with its front: a line of JSON that says what is in it, the keys of all rows, a checksum of both; so what
nobody asks for is not fetched. What follows is a block as it lies in a store. Nothing of it is a pickle.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import numpy as np
from pydantic import Field

from harness.core import shapes
from harness.core.errors import HarnessError
from harness.store.blocks import SUFFIX, Batch

#: Files of another format would lie in another folder, so that no version reads what it does not know.
_FORMAT = "vectors-1"
_NAME = re.compile(rf"[0-9a-f]{{32}}{re.escape(SUFFIX)}")
#: Bytes of a file that are read to see what is in it: as a rule its whole front.
_FIRST = 2**20
_SUM = 16
_hash = partial(hashlib.blake2b, digest_size=_SUM)
#: A protocol, and something behind it.
_URL = re.compile(r"[a-z][a-z0-9+.:-]*://.*[^/].*")
_Size = Annotated[int, Field(ge=0, lt=2**40, strict=True)]


class Damaged(Exception):
    """A file is not what was put there."""


@dataclass(frozen=True)
class Contents:
    """What is in a file: rows of a prefix, of width d, of what encoder and how it reads, and where their batches lie.

    Of each batch: start (behind the front), rows, vectors, and the checksum of its head as hex digits.
    """

    prefix: str
    d: Annotated[int, Field(ge=1, lt=2**20, strict=True)]
    encoder: str
    reads: str
    batches: tuple[tuple[_Size, _Size, _Size, Annotated[str, Field(pattern="^[0-9a-f]{16}$")]], ...]

    @property
    def n_rows(self) -> int:
        """Of all batches."""
        return sum(n_rows for _, n_rows, _, _ in self.batches)


@dataclass(frozen=True)
class Front:
    """The front of a file: what is in it, the keys of its rows (n, 2), and how many bytes it takes itself."""

    contents: Contents
    keys: Any
    n_bytes: int

    def batches(self, block: int) -> list[Batch]:
        """Where the batches lie in the block of this number, which begins with the front."""
        d = self.contents.d
        return [
            Batch(block, self.n_bytes + start, n_rows, n_vectors, d, bytes.fromhex(checksum))
            for start, n_rows, n_vectors, checksum in self.contents.batches
        ]


def front_bytes(contents: Contents, keys: Any) -> bytes:
    """The front of a file of these rows."""
    line = json.dumps(shapes.told(contents), separators=(",", ":")).encode() + b"\n"
    front = line + np.ascontiguousarray(keys, "<u8").tobytes()
    return front + _hash(front).digest()


def front_of(data: bytes, prefix: str) -> Front | int:
    """The front of a file of a prefix by its first bytes; how many of them it takes where they are too few. Damaged."""
    line, end, _ = data.partition(b"\n")
    if not end:
        return 2 * len(data)
    try:
        contents: Contents = shapes.read(Contents, json.loads(line))
    except (ValueError, RecursionError):
        raise Damaged from None
    first = len(line) + 1
    last = first + 16 * contents.n_rows
    if len(data) < last + _SUM:
        return last + _SUM
    if contents.prefix != prefix or _hash(data[:last]).digest() != data[last:][:_SUM]:
        raise Damaged
    return Front(contents, np.frombuffer(data[first:last], "<u8").reshape(-1, 2), last + _SUM)


def checked(url: str) -> str:
    """A URL as it is. HarnessError where it is none, or where what reads it is not installed; nothing is reached."""
    if not _URL.fullmatch(url):
        raise HarnessError(
            f"HARNESS_SHARED is {shown(url)!r}; expected a URL like s3://bucket/folder or file:///mnt/folder."
        )
    from fsspec import get_filesystem_class
    from fsspec.utils import get_protocol

    try:
        get_filesystem_class(get_protocol(url))
    except (ImportError, ValueError) as error:
        raise HarnessError(
            f"HARNESS_SHARED is {shown(url)!r}: {error}. Install what reads such URLs, on every machine that shares "
            "vectors there, or name another place."
        ) from None
    return url


def shown(said: str) -> str:
    """What may hold a URL, without the user and the password in it."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", said)


class Remote:
    """The place at a URL; asked for the first time it is reached, and any error of its file system is raised."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @cached_property
    def _at(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(f"{self._url}/{_FORMAT}")
        return system, path

    def names(self, prefix: str) -> dict[str, int]:
        """The files of a prefix, with the bytes of each."""
        system, root = self._at
        system.invalidate_cache()
        try:
            found = system.ls(f"{root}/{prefix}", detail=True)
        except FileNotFoundError:
            return {}
        return _sizes(found)

    def front(self, prefix: str, name: str, size: int) -> Front:
        """The front of a file of so many bytes. Damaged."""
        system, root = self._at
        wanted = min(size, _FIRST)
        while True:
            data = system.cat_file(f"{root}/{prefix}/{name}", start=0, end=wanted)
            front = front_of(data, prefix)
            if isinstance(front, Front):
                return front
            if len(data) < wanted or wanted == size:
                raise Damaged
            wanted = min(size, front)

    def fetch(self, prefix: str, name: str, file: Path) -> None:
        """Write a file's bytes. Damaged where they are not those that its name says."""
        system, root = self._at
        system.get_file(f"{root}/{prefix}/{name}", str(file))
        with file.open("rb") as data:
            if _name(hashlib.file_digest(data, _hash)) != name:
                raise Damaged

    def put(self, front: bytes, prefix: str, block: Path, n_bytes: int) -> str:
        """Add so many bytes of a block behind a front, under another name until all are there; the file's name."""
        system, root = self._at
        part, digest = f"{root}/{prefix}/{uuid.uuid4().hex}.part", _hash()
        system.makedirs(f"{root}/{prefix}", exist_ok=True)
        try:
            with block.open("rb") as data, system.open(part, "wb") as file:
                for some in _pieces(front, data, n_bytes):
                    digest.update(some)
                    file.write(some)
            system.mv(part, f"{root}/{prefix}/{_name(digest)}")
        except BaseException:
            with suppress(Exception):
                system.rm_file(part)
            raise
        return _name(digest)

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        system, root = self._at
        system.invalidate_cache()
        try:
            system.ls(root, detail=False)  # raises where it cannot be reached, which `find` does not
            found = _sizes(system.find(root, detail=True).values())
        except FileNotFoundError:
            found = {}
        return len(found), sum(found.values())


def _name(digest: Any) -> str:
    return f"{digest.hexdigest()}{SUFFIX}"


def _sizes(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Of a listing the files of ours, by name, with their bytes."""
    named = {str(one["name"]).rpartition("/")[2]: one.get("size") or 0 for one in found}
    return {name: size for name, size in named.items() if _NAME.fullmatch(name)}


def _pieces(front: bytes, block: BinaryIO, n_bytes: int) -> Iterator[bytes]:
    """A front, and so many bytes of a block, some at a time."""
    yield front
    while n_bytes > 0:
        some = block.read(min(n_bytes, _FIRST))
        if not some:
            raise EOFError(f"{block.name} ends before its last batch")
        yield some
        n_bytes -= len(some)
