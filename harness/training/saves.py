"""What Trainer saved on the way: found again only if it is whole and of this making; kept only what is needed to go on.

Its history is saved with it, so that nothing else needs to survive a kill.

Other versions of the libraries may not read what these saved. Another number of threads adds up in another order: it
goes on from there, and what it ends with is told to be so.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from transformers import TrainerState

from harness.core.fingerprint import is_whole, seal
from harness.training.job import Where

History = Sequence[Mapping[str, Any]]
_ABOUT = "about.json"
_LIBRARIES = ("torch", "transformers", "accelerate", "encoder-harness")


@dataclass(frozen=True)
class Saved:
    """A whole checkpoint of Trainer, its state, the seconds of training it took to get there, and by how many threads.

    `threads` are the numbers of threads, in the order they were used.
    """

    folder: Path
    state: TrainerState
    seconds: float
    threads: tuple[int, ...]


def best_step(history: History) -> int | None:
    """The step after which the held-out loss was lowest, the first of equals; None where it was never measured."""
    losses = {int(entry["step"]): entry["eval_loss"] for entry in history if "eval_loss" in entry}
    return min(losses, key=losses.__getitem__, default=None)


def is_over(history: History, n_done: int, n_steps: int, patience: int) -> bool:
    """Whether all steps are done, or `patience` epochs in a row brought no lower loss (0: never)."""
    best = best_step(history) or 0
    n_waited = sum("eval_loss" in entry and entry["step"] > best for entry in history)
    return n_done >= n_steps or 0 < patience <= n_waited


def folder(work: Path, step: int) -> Path:
    """Where Trainer saves this step."""
    return work / f"checkpoint-{step}"


def newest(where: Where) -> Saved | None:
    """The last usable checkpoint whose best epoch is there as well; all others are removed.

    Usable is what is whole, and saved by the same versions on the same kind of device.
    """
    work, making = where.work, _making(where)
    steps = sorted((int(f.name.removeprefix("checkpoint-")) for f in work.glob("checkpoint-*")), reverse=True)
    for step in steps:
        here = folder(work, step)
        if about := _usable(here, making):
            state = TrainerState.load_from_json(str(here / "trainer_state.json"))
            best = best_step(state.log_history)
            if best in (None, step) or _usable(folder(work, best), making):
                keep_only(work, {step, best or step})
                return Saved(here, state, about["seconds"], tuple(about["threads"]))
    keep_only(work, ())
    return None


def finish(where: Where, step: int, best: int | None, seconds: float) -> None:
    """Seal what Trainer has just saved, and drop what is older and not the best."""
    here = folder(where.work, step)
    about = {"seconds": seconds, "making": _making(where), "threads": where.threads}
    (here / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
    seal(here)
    keep_only(where.work, {step, best or step})


def keep_only(work: Path, steps: Iterable[int]) -> None:
    """Remove the checkpoints of all other steps."""
    kept = {folder(work, step) for step in steps}
    for found in set(work.glob("checkpoint-*")) - kept:
        shutil.rmtree(found, ignore_errors=True)


def _making(where: Where) -> dict[str, Any]:
    """What decides the weights besides the job and the threads, and is in no key."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {**versions, "device": where.device.split(":")[0]}


def _usable(here: Path, making: dict[str, Any]) -> dict[str, Any] | None:
    """What a save says of itself, if it is whole and of this making; earlier ones had their threads in `making`."""
    if not (here / _ABOUT).is_file() or not is_whole(here):
        return None
    about: dict[str, Any] = json.loads((here / _ABOUT).read_text(encoding="utf-8"))
    if "n_threads" in about["making"]:
        about["threads"] = [about["making"].pop("n_threads")]
    return about if about["making"] == making and "threads" in about else None
