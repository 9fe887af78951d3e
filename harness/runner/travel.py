"""Jobs on their way to another machine: a path travels as what lies there, and is found, or put, where it is read.

An asset goes by its name, a model of the hub by its commit, what a run built by its key in the store, and any other
file or folder by its content. Nothing is sent that the other machine has: what it lacks, it says (`Lacking`).
"""

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from harness import assets
from harness.core.errors import MissingFileError
from harness.core.files import whole_folder
from harness.core.fingerprint import file_hash, fingerprint, is_whole
from harness.encoders import EncoderFolder, hub
from harness.runner.checkpoints import Stores

#: What encoders read of a folder.
_READ = (".json", ".txt", ".model", ".codes", ".safetensors", ".py")


class Lacking(Exception):
    """Files that have to be sent, by their hashes."""

    def __init__(self, hashes: set[str]) -> None:
        super().__init__(hashes)
        self.hashes = hashes


@dataclass(frozen=True)
class Lying:
    """What lies at a path: `root` says how it is named. `files` are hashes by name of what can be sent, if need be.

    `asset`: its name; `hub`: repository and commit; `store`: the key of a checkpoint; `content`: the path over there.
    `below` is the path from there; `single` where it is a file.
    """

    root: str
    name: str
    below: str = ""
    files: tuple[tuple[str, str], ...] = ()
    single: bool = False


@dataclass(frozen=True)
class Parcel:
    """A job as bytes, and where the files lie that may have to be sent with it, by hash."""

    job: bytes
    files: Mapping[str, Path]


def packed(job: Any, stores: Stores) -> Parcel:
    """A job as it travels from a machine with these stores."""
    written = io.BytesIO()
    packer = _Packer(written, stores)
    packer.dump(job)
    return Parcel(written.getvalue(), packer.files)


def unpacked(job: bytes, stores: Stores, sent: Callable[[str], bytes | None]) -> Any:
    """A job as it is read on a machine with these stores; `sent` gives a file by its hash, None where it was not sent.

    Lacking where files have to be sent; MissingFileError, and whatever else fetching an asset or a model raises.
    """
    reader = _Reader(io.BytesIO(job), stores, sent)
    found = reader.load()
    if reader.lacking:
        raise Lacking(reader.lacking)
    return found


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, stores: Stores) -> None:
        super().__init__(file)
        self._stores, self.files = stores, dict[str, Path]()

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, EncoderFolder):
            told = {field.name: getattr(obj, field.name) for field in fields(obj)}
            return ("encoder", {**told, "path": self._lying(Path(obj.path), _read_of), "made": None})
        if isinstance(obj, Path):
            return self._lying(obj, _all_of)
        return None

    def _lying(self, path: Path, files_of: Callable[[Path], dict[str, Path]]) -> Lying:
        if named := lying(path):
            return named
        files = {path.name: path} if path.is_file() else files_of(path) if path.is_dir() else {}
        hashes = tuple((name, _hash(file, file.stat().st_mtime_ns)) for name, file in files.items())
        self.files.update({digest: files[name] for name, digest in hashes})
        if path.parent == self._stores.checkpoints:
            return Lying("store", path.name, files=hashes)
        return Lying("content", str(path), files=hashes, single=path.is_file())


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, stores: Stores, sent: Callable[[str], bytes | None]) -> None:
        super().__init__(file)
        self._stores, self._sent, self.lacking = stores, sent, set[str]()

    def persistent_load(self, pid: Any) -> Any:
        if isinstance(pid, Lying):
            return self._found(pid)
        _, told = pid
        placed = {"path": str(self._found(told["path"])), "store": str(self._stores.checkpoints)}
        return EncoderFolder(**{**told, **placed})

    def _found(self, lying: Lying) -> Path:
        if lying.root == "asset":
            return assets.path(lying.name) / lying.below
        if lying.root == "hub":
            repo, _, commit = lying.name.partition("@")
            return hub.snapshot(repo, commit)[0] / lying.below
        if lying.root == "store":
            place = self._stores.checkpoints / lying.name
            return place if not lying.files or is_whole(place) else self._put(place, lying)
        path = Path(lying.name)
        if not lying.files or _is_same(path, lying):
            return path
        base = assets.cache_root() / "sent" / fingerprint(lying.files)
        here = base / path.name
        if not here.exists():
            self._put(base if lying.single else here, lying)
        return here

    def _put(self, target: Path, lying: Lying) -> Path:
        """What was sent, as a folder; nothing where it was not."""
        found = {name: self._sent(digest) for name, digest in lying.files}
        if lacking := {digest for name, digest in lying.files if found[name] is None}:
            self.lacking |= lacking
            return target
        with whole_folder(target) as part:
            write(part, {name: content for name, content in found.items() if content is not None})
            for name, digest in lying.files:
                if file_hash(part / name) != digest:
                    raise MissingFileError(f"{lying.name}: {name} changed while the run went on. Start it again.")
        return target


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Files by their names below a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder, as `write` takes them."""
    return {name: file.read_bytes() for name, file in _all_of(folder).items()}


def _is_same(path: Path, lying: Lying) -> bool:
    """Whether there is the same at this path on this machine, as on one disk or a shared one."""
    try:
        return all(file_hash(path if lying.single else path / name) == digest for name, digest in lying.files)
    except OSError:
        return False


@cache
def _hash(file: Path, when: int) -> str:
    """The hash of a file as of a time."""
    return file_hash(file)


def _all_of(folder: Path) -> dict[str, Path]:
    """All files below a folder but hidden ones."""
    found = {file.relative_to(folder): file for file in sorted(folder.rglob("*")) if file.is_file()}
    return {name.as_posix(): file for name, file in found.items() if not any(p.startswith(".") for p in name.parts)}


def _read_of(folder: Path) -> dict[str, Path]:
    """The files of a folder that an encoder is read from; all of one that a run built, which is sealed."""
    if (folder / "seal.json").exists():
        return _all_of(folder)
    return {file.name: file for file in sorted(folder.iterdir()) if file.is_file() and file.suffix in _READ}


def lying(path: Path) -> Lying | None:
    """The name of what a path leads into; None where it has none but its content."""
    return _asset(path) or _hub(path)


def _asset(path: Path) -> Lying | None:
    """The packaged asset that a path leads into."""
    root = assets.cache_root()
    if root not in path.parents:
        return None
    for name, asset in assets.assets().items():
        here = assets.place(asset, root)
        if path == here or here in path.parents:
            return Lying("asset", name, path.relative_to(here).as_posix())
    return None


def _hub(path: Path) -> Lying | None:
    """The hub's model that a path leads into: `models--OWNER--NAME/snapshots/COMMIT/…`."""
    parts = path.parts
    if "snapshots" not in parts[1:-1]:
        return None
    at = len(parts) - 1 - parts[::-1].index("snapshots")
    if not parts[at - 1].startswith("models--"):
        return None
    repo = "/".join(parts[at - 1].split("--")[1:])
    return Lying("hub", f"{repo}@{parts[at + 1]}", Path(*parts[at + 2 :]).as_posix())
