"""Where a run keeps things, and the store of built checkpoints: a folder each, named by its key, under a limit."""

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError, HarnessError
from harness.core.fingerprint import is_whole
from harness.core.records import Checkpoint, Step
from harness.core.shapes import read, read_json
from harness.encoders import EncoderFolder
from harness.results.records import Training
from harness.runner.vectors import cache_folder, size_limit

LIMIT = ("HARNESS_CHECKPOINTS_GB", "10")
#: What was used so lately may be in use by another run.
_LATELY_S = 86_400


@dataclass(frozen=True)
class Stores:
    """Where vectors are kept (None: nowhere) and built checkpoints."""

    vectors: Path | None
    checkpoints: Path


def stores_of(run: Path, cache: bool) -> Stores:
    """This machine's stores; without a cache, checkpoints lie in the run folder."""
    if cache:
        return Stores(cache_folder(), cache_folder().with_name("checkpoints"))
    return Stores(None, run / "checkpoints")


def built(folder: EncoderFolder) -> EncoderFolder:
    """An encoder as jobs find it, for who builds nothing. HarnessError where it was not built yet."""
    store = cache_folder().with_name("checkpoints")
    if folder.made and not is_whole(store / folder.made.checkpoint.key):
        raise HarnessError(
            f"encoder {folder.name!r} is not built yet. A run of a suite that names it builds it: `harness run SUITE`."
        )
    return folder.placed(store)


def by_weights(folder: EncoderFolder) -> Checkpoint:
    """A checkpoint as its vectors are kept: one that was built, by the weights that it has.

    Its key says how it was trained; with other threads, libraries or hardware that may give other weights.
    EncoderError where it is gone.
    """
    if not folder.is_stored:
        return folder.checkpoint
    told = training_of(Path(folder.path))
    if told is None or not (weights := told["facts"].get("weights")):
        raise EncoderError(
            f"encoder {folder.name!r}: its built checkpoint is not in the store any more ({folder.path}). "
            "Run the suite again: it is built anew."
        )
    return folder.checkpoint.after(Step("weights", 1, {"sha256": weights}))


def training_of(folder: Path) -> dict[str, Any] | None:
    """What a checkpoint tells of its training; None where it does not, or in another shape."""
    try:
        told: dict[str, Any] = read_json(folder / "training.json")
        read(Training, told)
    except (OSError, ValueError):
        return None
    return told


def used(folder: Path, name: str) -> None:
    """Note that a checkpoint was used now, for an encoder of this name: the least recently used go first."""
    os.utime(folder)
    with suppress(OSError):
        name_file(folder).write_text(name, encoding="utf-8")


def name_file(folder: Path) -> Path:
    """Where it stands for which encoder a checkpoint was used last: for people, and in no key."""
    return folder.with_name(f"{folder.name.split('.', 1)[0]}.name")


def name_of(folder: Path) -> str:
    """The encoder that a checkpoint was used for last; empty where nothing says so."""
    with suppress(OSError, UnicodeDecodeError):
        return name_file(folder).read_text(encoding="utf-8")
    return ""


def made_by(folder: Path) -> str:
    """What made a checkpoint, by its own account: the last step of its lineage; empty where it gives none."""
    try:
        return str(read_json(folder / "lineage.json")["lineage"][-1]["operation"])
    except (OSError, ValueError, LookupError, TypeError):
        return "converted" if (folder / "model.xml").is_file() else ""


def tidy(store: Path) -> list[str]:
    """Remove what was used least recently until the rest fits in the limit.

    Trainings that were killed and never taken up again count too. Returns the names of the folders removed. What
    was used in the last day is left alone, and what another run is training.
    """
    from filelock import FileLock, Timeout

    if not store.is_dir():
        return []
    found = [(last_used(folder), size_of(folder), folder) for folder in store.iterdir() if folder.is_dir()]
    left, removed = sum(size for _, size, _ in found), []
    for when, size, folder in sorted(found):
        if left <= size_limit(*LIMIT) or when > time.time() - _LATELY_S:
            break
        key = folder.name.split(".", 1)[0]  # beside a checkpoint: .work and .part of its training
        with suppress(Timeout, OSError), FileLock(store / f"{key}.lock", timeout=0):
            shutil.rmtree(folder)
            name_file(folder).unlink(missing_ok=True)
            left -= size
            removed.append(folder.name)
    return removed


def last_used(folder: Path) -> float:
    """When a checkpoint was used last, in seconds."""
    with suppress(OSError):  # another run may have removed it meanwhile
        return folder.stat().st_mtime
    return 0.0


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            total += file.stat().st_size
    return total
