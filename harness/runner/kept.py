"""What is kept on this machine, by encoder, size and age; and what is removed of it by name."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from harness import assets, store
from harness.core.errors import message_of
from harness.runner import checkpoints, vectors
from harness.wording.numbers import megabytes, plural

VECTORS, CHECKPOINTS, ASSETS, OLDER = "vectors", "checkpoints", "assets", "older cache"
#: What can be had again by no command but a run's, so that it is removed by name or age alone.
PRUNED = (VECTORS, CHECKPOINTS)


@dataclass(frozen=True)
class Kept:
    """Something in a store: of which encoder (as a suite called it first), what of it, bytes, when it was last used."""

    store: str
    encoder: str
    what: str
    n_bytes: int
    used: float
    path: Path


def kept() -> list[Kept]:
    """All that is kept, store by store; the largest encoders are for whoever shows it to find."""
    return [*_vectors(), *_checkpoints(), *_assets(), *older()]


def _vectors() -> Iterator[Kept]:
    folder = vectors.cache_folder()
    if not folder.is_dir():
        return
    with closing(store.Index(folder)) as index:
        known = {number: told for number, *told in index.blocks()}
    for block in store.blocks(folder):
        encoder, reads = known.get(block.number, ("", "vectors in no index"))
        yield Kept(VECTORS, encoder, reads, block.n_bytes, block.used / 1e9, block.file)


def _checkpoints() -> Iterator[Kept]:
    folder = checkpoints.stores_of(Path(), cache=True).checkpoints
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        if one.is_dir():
            what = " ".join(filter(None, (checkpoints.made_by(one), "checkpoint", one.name[:8])))
            size, used = checkpoints.size_of(one), checkpoints.last_used(one)
            yield Kept(CHECKPOINTS, checkpoints.name_of(one), what, size, used, one)


def _assets() -> Iterator[Kept]:
    folder = assets.cache_root() / "assets"
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        if one.is_dir():
            name = one.name.rpartition("-")[0]
            yield Kept(ASSETS, name, "", checkpoints.size_of(one), checkpoints.last_used(one), one)


def shared() -> tuple[str, bool]:
    """A line on the place that machines share vectors through, as a listing tells, and whether it can be reached.

    An empty one where no place is named.
    """
    if not (url := vectors.shared_url()):
        return "", True
    place = f"vectors shared in {store.shown(url)} ({vectors.SHARED})"
    try:
        n_files, n_bytes = store.Remote(url).size()
    except Exception as error:  # of any file system that there is
        return f"{place}: cannot be reached: {store.shown(message_of(error))[:300]}", False
    return f"{place}: {plural(n_files, 'file')}, {megabytes(n_bytes)}" if n_files else f"{place}: nothing", True


def older() -> Iterator[Kept]:
    """The files of an earlier version's cache."""
    for file in vectors.old_files():
        yield Kept(OLDER, "an earlier version", file.name, file.stat().st_size, file.stat().st_mtime, file)


def chosen(found: Sequence[Kept], encoder: str | None, older_than_s: float | None) -> list[Kept]:
    """What of vectors and checkpoints is of this encoder and was unused for so many seconds; None: of any."""
    before = time.time() - (older_than_s or 0)
    return [
        one
        for one in found
        if one.store in PRUNED and encoder in (None, one.encoder) and (older_than_s is None or one.used < before)
    ]


def remove(gone: Sequence[Kept]) -> list[Kept]:
    """Remove these; what a run at work uses is left alone. Returns what was removed."""
    blocks = [one for one in gone if one.store == VECTORS]
    done = [one for one in gone if one.store == OLDER]
    for one in done:
        one.path.unlink(missing_ok=True)
    if blocks:
        removed = store.remove(vectors.cache_folder(), [one.path for one in blocks])
        done += [one for one in blocks if one.path in removed]
    return done + [one for one in gone if one.store == CHECKPOINTS and _removed(one.path)]


def _removed(folder: Path) -> bool:
    """Remove a checkpoint, or what is left of a training; not while it is being built."""
    from filelock import FileLock, Timeout

    key = folder.name.split(".", 1)[0]
    with suppress(Timeout), FileLock(folder.with_name(f"{key}.lock"), timeout=0):
        shutil.rmtree(folder)
        checkpoints.name_file(folder).unlink(missing_ok=True)
        return True
    return False
