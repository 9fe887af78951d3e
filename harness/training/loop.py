"""The one training loop: transformers' Trainer, given an objective. Killed at any step, it goes on from what it saved.

All that decides the weights is in the seed, the recipe and Trainer's own checkpoints: order and dropout are drawn
from the seed, early stopping is read from the history. When it saves decides nothing. On a CPU, the same versions and
number of threads give the same bytes; another number goes on from what was saved, and that is told.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from safetensors.torch import load_model

from harness.training import saves
from harness.training.callbacks import TrainerCallbacks
from harness.training.data import Parts
from harness.training.job import Recipe, Where
from harness.training.objectives import Objective
from harness.training.saves import best_step, is_over
from harness.training.trainer import OneLoop

#: Points of a loss curve; where there are more steps, neighbours are averaged.
_N_POINTS = 100
_NOT_METRICS = ("runtime", "per_second", "preparation_time")


def train(objective: Objective, parts: Parts, recipe: Recipe, where: Where, seed: int) -> dict[str, Any]:
    """Train the objective's module, in place; where there are held-out rows, its best epoch is what is left in it.

    What `training.json` tells of it: `facts`, sentences that warn among them, and `curve`.
    """
    n_batches = math.ceil(len(parts.train) / recipe.batch_size)
    n_steps = max(1, math.ceil(round(recipe.epochs * n_batches, 6)))  # as floats, 1.1 * 50 is over 55
    saved = saves.newest(where)
    if saved:
        where = replace(where, before=saved.threads)
    callbacks = TrainerCallbacks(
        recipe, where, n_steps, n_batches, bool(parts.validation), saved.seconds if saved else 0.0
    )
    trainer = OneLoop(objective, parts, recipe, where, seed, callbacks)
    before = _before(trainer) if objective.watch and parts.validation else []
    if saved and is_over(saved.state.log_history, saved.state.global_step, n_steps, recipe.patience):
        state = saved.state
    else:
        trainer.train(resume_from_checkpoint=str(saved.folder) if saved else None)
        state = trainer.state
    kept = best_step(state.log_history) or state.global_step
    weights = saves.folder(where.work, kept) / "model.safetensors"
    if weights.exists():  # the best epoch; without held-out rows the last step, which is not saved
        load_model(objective.module, str(weights))
    objective.module.eval()
    *begun, last = where.threads
    others = " and ".join(map(str, begun))
    mixed = f"begun with {others} threads and gone on with {last}: the last bits of its weights may differ"
    facts = {
        "seconds": round(callbacks.seconds, 2),
        "n_tokens": int(state.num_input_tokens_seen),
        "n_steps": state.global_step,
        "best_epoch": round(kept / n_batches, 4),
        "n_epochs": round(state.global_step / n_batches, 4),
        "warnings": [mixed] if begun else [],
    }
    curve = [*before, *_curve(state.log_history)]
    facts["warnings"] += objective.watch(curve) if objective.watch else []
    return {"facts": facts, "curve": curve}


def _before(trainer: OneLoop) -> list[dict[str, float]]:
    """What is measured on the held-out rows before the first step."""
    trainer.evaluate()
    return [{**point, "step": 0, "epoch": 0.0} for point in _curve(trainer.state.log_history)]


def _curve(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Losses of training, thinned, and what was measured on the held-out rows, in order of steps."""
    losses = [entry for entry in history if "loss" in entry]
    size = max(1, math.ceil(len(losses) / _N_POINTS))
    points = [
        {**_at(group[-1]), "loss": round(sum(e["loss"] for e in group) / len(group), 6)}
        for group in (losses[start : start + size] for start in range(0, len(losses), size))
    ]
    for entry in history:
        if "eval_loss" in entry:
            measured = {
                name.replace("eval_", "validation_", 1): round(value, 6)
                for name, value in entry.items()
                if name.startswith("eval_") and not name.endswith(_NOT_METRICS)
            }
            points.append({**_at(entry), **measured})
    return sorted(points, key=lambda point: point["step"])


def _at(entry: Mapping[str, float]) -> dict[str, float]:
    return {"step": entry["step"], "epoch": round(entry["epoch"], 4)}
