"""The store of built checkpoints: a folder each, named by its key, under a size limit."""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from harness.runner.vectors import size_limit

LIMIT = ("HARNESS_CHECKPOINTS_GB", "10")


def used(folder: Path) -> None:
    """Note that a checkpoint was used now: the least recently used go first."""
    os.utime(folder)


def tidy(store: Path, keep: Collection[str]) -> list[str]:
    """Remove the checkpoints used least recently until the rest fit in the limit, but for those to `keep`.

    Returns the keys removed. One whose lock another run holds is left alone.
    """
    from filelock import FileLock, Timeout

    if not store.is_dir():
        return []
    folders = [f for f in store.iterdir() if f.is_dir() and (f / "training.json").exists()]
    size = {f: sum(file.stat().st_size for file in f.iterdir()) for f in folders}
    left, removed = sum(size.values()), []
    for folder in sorted(folders, key=lambda f: f.stat().st_mtime):
        if left <= size_limit(*LIMIT):
            break
        if folder.name in keep:
            continue
        try:
            with FileLock(f"{folder}.lock", timeout=0):
                shutil.rmtree(folder)
        except Timeout:
            continue
        left -= size[folder]
        removed.append(folder.name)
    return removed
