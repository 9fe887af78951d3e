"""What Trainer saved on the way: found again only if it is whole and of this making; kept only what is needed to go on.

Other versions of the libraries may not read what these saved, and other numbers of threads add up in another order.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from transformers import TrainerState

from harness.core.fingerprint import is_whole, seal
from harness.training.history import best_step
from harness.training.lesson import Place

_ABOUT = "about.json"
_LIBRARIES = ("torch", "transformers", "accelerate", "encoder-harness")


@dataclass(frozen=True)
class Saved:
    """A whole checkpoint of Trainer, its state, and the seconds of training it took to get there."""

    folder: Path
    state: TrainerState
    seconds: float


def folder(work: Path, step: int) -> Path:
    """Where Trainer saves this step."""
    return work / f"checkpoint-{step}"


def newest(place: Place) -> Saved | None:
    """The last usable checkpoint whose best epoch is there as well; all others are removed.

    Usable is what is whole, and saved by the same versions and number of threads on the same kind of device.
    """
    work, making = place.work, _making(place)
    steps = sorted((int(f.name.removeprefix("checkpoint-")) for f in work.glob("checkpoint-*")), reverse=True)
    for step in steps:
        here = folder(work, step)
        if _is_usable(here, making):
            state = TrainerState.load_from_json(str(here / "trainer_state.json"))
            best = best_step(state.log_history)
            if best in (None, step) or _is_usable(folder(work, best), making):
                keep_only(work, {step, best or step})
                return Saved(here, state, _about(here)["seconds"])
    keep_only(work, ())
    return None


def finish(place: Place, step: int, best: int | None, seconds: float) -> None:
    """Seal what Trainer has just saved, and drop what is older and not the best."""
    here, about = folder(place.work, step), {"seconds": seconds, "making": _making(place)}
    (here / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
    seal(here)
    keep_only(place.work, {step, best or step})


def keep_only(work: Path, steps: Iterable[int]) -> None:
    """Remove the checkpoints of all other steps."""
    kept = {folder(work, step) for step in steps}
    for found in set(work.glob("checkpoint-*")) - kept:
        shutil.rmtree(found, ignore_errors=True)


def _making(place: Place) -> dict[str, Any]:
    """What decides the weights besides the lesson, and is in no key."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {**versions, "n_threads": place.n_threads, "device": place.device.split(":")[0]}


def _is_usable(here: Path, making: dict[str, Any]) -> bool:
    return (here / _ABOUT).is_file() and is_whole(here) and _about(here)["making"] == making


def _about(here: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((here / _ABOUT).read_text(encoding="utf-8"))
    return about
