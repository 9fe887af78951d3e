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
    """Remove what was used least recently until the rest fits in the limit, but for the checkpoints to `keep`.

    Trainings that were killed and never taken up again count too. Returns the names of the folders removed. One
    whose lock another run holds is left alone.
    """
    from filelock import FileLock, Timeout

    if not store.is_dir():
        return []
    size = {
        f: sum(file.stat().st_size for file in f.rglob("*") if file.is_file()) for f in store.iterdir() if f.is_dir()
    }
    left, removed = sum(size.values()), []
    for folder in sorted(size, key=lambda f: f.stat().st_mtime):
        if left <= size_limit(*LIMIT):
            break
        key = folder.name.split(".", 1)[0]  # beside a checkpoint: .work and .part of its training
        if key in keep:
            continue
        try:
            with FileLock(store / f"{key}.lock", timeout=0):
                shutil.rmtree(folder)
        except Timeout:
            continue
        left -= size[folder]
        removed.append(folder.name)
    return removed
