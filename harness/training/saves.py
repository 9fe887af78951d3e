"""What Trainer saved on the way: found again only if it is whole, and no more of it kept than is needed to go on."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from transformers import TrainerState

from harness.core.fingerprint import is_whole, seal
from harness.training.history import best_step

_SECONDS = "seconds.json"


@dataclass(frozen=True)
class Saved:
    """A whole checkpoint of Trainer, its state, and the seconds of training it took to get there."""

    folder: Path
    state: TrainerState
    seconds: float


def folder(work: Path, step: int) -> Path:
    """Where Trainer saves this step."""
    return work / f"checkpoint-{step}"


def newest(work: Path) -> Saved | None:
    """The last whole checkpoint whose best epoch is there as well; all others are removed."""
    steps = sorted((int(f.name.removeprefix("checkpoint-")) for f in work.glob("checkpoint-*")), reverse=True)
    for step in steps:
        here = folder(work, step)
        if is_whole(here):
            state = TrainerState.load_from_json(str(here / "trainer_state.json"))
            best = best_step(state.log_history)
            if best in (None, step) or is_whole(folder(work, best)):
                keep_only(work, {step, best or step})
                seconds = json.loads((here / _SECONDS).read_text(encoding="utf-8"))
                return Saved(here, state, seconds)
    keep_only(work, ())
    return None


def finish(work: Path, step: int, best: int | None, seconds: float) -> None:
    """Seal what Trainer has just saved, and drop what is older and not the best."""
    here = folder(work, step)
    (here / _SECONDS).write_text(json.dumps(seconds), encoding="utf-8")
    seal(here)
    keep_only(work, {step, best or step})


def keep_only(work: Path, steps: Iterable[int]) -> None:
    """Remove the checkpoints of all other steps."""
    kept = {folder(work, step) for step in steps}
    for found in set(work.glob("checkpoint-*")) - kept:
        shutil.rmtree(found, ignore_errors=True)
