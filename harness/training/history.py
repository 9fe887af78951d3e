"""What Trainer's history says. It is saved with every checkpoint, so that nothing else needs to survive a kill."""

from collections.abc import Mapping, Sequence
from typing import Any

History = Sequence[Mapping[str, Any]]


def best_step(history: History) -> int | None:
    """The step after which the held-out loss was lowest, the first of equals; None where it was never measured."""
    measured = _measured(history)
    return int(min(measured, key=lambda entry: entry["eval_loss"])["step"]) if measured else None


def is_over(history: History, n_done: int, n_steps: int, patience: int) -> bool:
    """Whether all steps are done, or `patience` epochs in a row brought no lower loss (0: never)."""
    best = best_step(history)
    n_waited = sum(entry["step"] > best for entry in _measured(history)) if best is not None else 0
    return n_done >= n_steps or 0 < patience <= n_waited


def _measured(history: History) -> list[Mapping[str, Any]]:
    return [entry for entry in history if "eval_loss" in entry]
