"""What happens after each step: tell of it, stop where the loss is not finite, judge the epoch, save."""

import math
import time
from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from harness.core.errors import NotFiniteError
from harness.core.events import TrainingStep
from harness.training import saves
from harness.training.job import Recipe, Where
from harness.training.saves import best_step, is_over

#: Saving may take up to this share of the time, and the first save comes after some seconds.
_SAVING_SHARE = 0.05
_FIRST_SAVE_S = 10.0


class TrainerCallbacks(TrainerCallback):  # type: ignore[misc]
    """Follows one training. Its only memory is a clock: what decides the result is in Trainer's state."""

    def __init__(
        self, recipe: Recipe, where: Where, n_steps: int, n_batches: int, judged: bool, seconds_before: float
    ) -> None:
        self.n_steps, self._n_batches, self._judged = n_steps, n_batches, judged
        self._recipe, self._where = recipe, where
        self._started = time.monotonic() - seconds_before
        self._save_at, self._saving_since = time.monotonic() + _FIRST_SAVE_S, 0.0

    @property
    def seconds(self) -> float:
        """Seconds of training so far, those before a kill included."""
        return time.monotonic() - self._started

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Mapping[str, Any], **_: Any
    ) -> None:
        """Trainer logs every step; NotFiniteError where loss, gradient or held-out loss is NaN or infinite."""
        for name in ("loss", "grad_norm", "eval_loss"):
            if not math.isfinite(logs.get(name, 0.0)):
                raise NotFiniteError(
                    f"training: {name} is {logs[name]} at step {state.global_step} of {self.n_steps} "
                    f"(epoch {state.epoch:.2f}). Lower encoder_lr (it is {self._recipe.encoder_lr:g}) and head_lr "
                    f"(it is {self._recipe.head_lr:g}), or raise warmup."
                )
        if "loss" in logs:
            self._where.tell(TrainingStep(state.global_step, self.n_steps, logs["loss"]))

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Judge so often an epoch as the recipe says, and at the end of training; save when it is time."""
        is_last = state.global_step == self.n_steps
        turn = max(1, self._n_batches // self._recipe.evaluations)
        control.should_evaluate = self._judged and (is_last or state.global_step % turn == 0)
        control.should_save = not is_last and time.monotonic() >= self._save_at
        self._saving_since = time.monotonic()

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Save the best epoch so far, and stop where patience has run out."""
        if best_step(state.log_history) == state.global_step:
            control.should_save = True
        if is_over(state.log_history, state.global_step, self.n_steps, self._recipe.patience):
            control.should_training_stop = True
        self._saving_since = time.monotonic()

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Make what was saved count, and put the next time so far off that saving stays cheap."""
        saves.finish(self._where, state.global_step, best_step(state.log_history), self.seconds)
        now = time.monotonic()
        self._save_at = now + max(_FIRST_SAVE_S, (now - self._saving_since) / _SAVING_SHARE)
