"""transformers' Trainer as the loop needs it: two rates, an order drawn from the seed, on one device, silent."""

import math
from functools import partial
from typing import Any

import torch
from torch.utils.data import BatchSampler, DataLoader
from transformers import PrinterCallback, Trainer, TrainingArguments

from harness.core.seeds import seed_of
from harness.encoders.torch_encoder import layer_stack
from harness.training.batches import ByLength, ByTokens
from harness.training.callbacks import TrainerCallbacks
from harness.training.data import Parts
from harness.training.job import Recipe, Where
from harness.training.objectives import Objective

_MAX_GRADIENT = 1.0


class OneLoop(Trainer):  # type: ignore[misc]
    """Trainer with an objective, its optimiser groups and its order."""

    def __init__(
        self, objective: Objective, parts: Parts, recipe: Recipe, where: Where, seed: int, callbacks: TrainerCallbacks
    ) -> None:
        self._recipe, self._seed = recipe, seed
        super().__init__(
            model=objective.module,
            args=_arguments(recipe, where, callbacks.n_steps, seed),
            data_collator=objective.collate,
            train_dataset=parts.train,
            eval_dataset=parts.validation or None,
            compute_metrics=lambda seen: dict(objective.metrics(seen.predictions, seen.label_ids)),
            callbacks=[callbacks],
        )
        self.remove_callback(PrinterCallback)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW; biases and norms do not decay."""
        decaying = set(self.get_decay_parameter_names(self.model))
        self.optimizer = torch.optim.AdamW(groups(self.model, decaying, self._recipe))
        return self.optimizer

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Weights that modules share (T5's embeddings) are saved once; safetensors refuses them twice."""
        once = {name for name, _ in (*self.model.named_parameters(), *self.model.named_buffers())}
        given = self.model.state_dict() if state_dict is None else state_dict
        super()._save(output_dir, {name: weight for name, weight in given.items() if name in once})

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Batches of texts of about one length, by number or by tokens."""
        lengths = [row.n_tokens for row in self.train_dataset]
        n_batches = math.ceil(len(lengths) / self._recipe.batch_size)

        def seed(what: str) -> int:
            return seed_of(self._seed, what, self.state.global_step // n_batches)

        order: Any = ByLength(lengths, self._recipe.batch_size, partial(seed, "order"))
        if self._recipe.batches == "tokens":
            order = ByTokens(lengths, n_batches, order, partial(seed, "batches"))
        else:
            order = BatchSampler(order, self._recipe.batch_size, drop_last=False)
        loader = DataLoader(
            self.train_dataset, batch_sampler=order, collate_fn=self.data_collator, pin_memory=not self.args.use_cpu
        )
        found: DataLoader[Any] = self.accelerator.prepare(loader)
        return found

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **told: Any) -> Any:
        """Where batches are of unlike sizes, each text counts alike: the sum by the mean size of a batch."""
        found = super().compute_loss(model, inputs, return_outputs, **told)
        if self._recipe.batches == "texts" or not model.training:
            return found
        n_batches = math.ceil(len(self.train_dataset) / self._recipe.batch_size)
        share = len(inputs["labels"]) * n_batches / len(self.train_dataset)
        return (found[0] * share, *found[1:]) if return_outputs else found * share


def groups(module: torch.nn.Module, decaying: set[str], recipe: Recipe) -> list[dict[str, Any]]:
    """Optimiser groups: the encoder's weights and all others at their rates, each with and without decay.

    Where rates differ by layer, a group a layer; EncoderError where the layers are not found.
    """
    found: dict[tuple[float, bool], list[torch.nn.Parameter]] = {}
    shares = _shares(module.encoder, recipe.layer_decay) if recipe.layer_decay < 1 else {}
    lowest = min(shares.values(), default=1.0) * recipe.layer_decay
    for name, weight in module.named_parameters():
        if weight.requires_grad:
            is_encoder = name.startswith("encoder.")
            rate = recipe.encoder_lr * shares.get(id(weight), lowest) if is_encoder else recipe.head_lr
            found.setdefault((rate, name in decaying), []).append(weight)
    return [
        {"params": weights, "lr": rate, "weight_decay": recipe.weight_decay if decays else 0.0}
        for (rate, decays), weights in found.items()
    ]


def _shares(encoder: Any, decay: float) -> dict[int, float]:
    """What share of the rate each weight of a layer has: 1 in the last, `decay` of the one above in the others."""
    layers = layer_stack(encoder)[2]
    return {id(weight): decay ** (len(layers) - 1 - i) for i, one in enumerate(layers) for weight in one.parameters()}


def _arguments(recipe: Recipe, where: Where, n_steps: int, seed: int) -> TrainingArguments:
    on_cpu = where.device == "cpu"
    arguments = TrainingArguments(
        output_dir=str(where.work),
        max_steps=n_steps,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=recipe.batch_size,
        lr_scheduler_type="linear",
        warmup_steps=math.ceil(recipe.warmup * n_steps),
        max_grad_norm=_MAX_GRADIENT,
        bf16=recipe.precision == "bf16",
        seed=seed_of(seed, "dropout") % 2**32,
        use_cpu=on_cpu,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        label_names=["labels"],
        include_num_input_tokens_seen="non_padding",
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_strategy="no",  # `TrainerCallbacks` says when
        save_strategy="no",
        log_level="error",
        disable_tqdm=True,
        report_to="none",
    )
    if not on_cpu:  # Trainer would take the first GPU, and split batches over all of them
        vars(arguments)["_setup_devices"] = torch.device(where.device)
        arguments._n_gpu = 1
        torch.cuda.set_device(where.device)
    return arguments
