"""Fine-tuning for classification: encoder, pooler and a linear head, trained together."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from harness.core.data import TokenStates
from harness.core.errors import DataError, NotFiniteError
from harness.core.events import Phase
from harness.core.files import whole_folder
from harness.core.seeds import seed_of
from harness.encoders.forward import batch_of, mixes_padding, token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import few_ids, layer_stack, load_model
from harness.training import checkpoint
from harness.training.data import Parts, Row, parts_of
from harness.training.disk import full_disk_told
from harness.training.lesson import Lesson, Linear, Place
from harness.training.loop import train
from harness.training.objective import Objective
from harness.training.process import own_randomness, peak_mb, reset_peak

_INITIAL_STD = 0.02  # as transformers initialises heads


class Classifier(torch.nn.Module):
    """Texts -> {"logits": (batch, k), and the mean cross-entropy as "loss" where labels are given}."""

    accepts_loss_kwargs = False  # Trainer takes `**` for a wish to be told of accumulation

    def __init__(
        self,
        encoder: torch.nn.Module,
        pool: Callable[[TokenStates], Any],
        head: torch.nn.Linear,
        states: Callable[..., TokenStates] = token_states,
    ) -> None:
        super().__init__()
        self.encoder, self.head, self._pool, self._states = encoder, head, pool, states

    def forward(self, labels: torch.Tensor | None = None, **batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """`batch` as `batch_of` makes it; labels (batch,). Pooled and classified in fp32 always."""
        states = self._states(self.encoder, batch)
        with torch.autocast(states.hidden.device.type, enabled=False):
            logits = self.head(self._pool(states))
        if labels is None:
            return {"logits": logits}
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


def classification(module: Classifier, pad_id: int) -> Objective:
    """The objective; rows have the number of their class as target."""

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        labels = torch.tensor([row.target for row in rows])
        return {**batch_of([row.tokens for row in rows], pad_id), "labels": labels}

    def metrics(logits: Any, labels: Any) -> Mapping[str, float]:
        shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
        losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
        return {"loss": float(losses.mean()), "accuracy": float((logits.argmax(axis=1) == labels).mean())}

    return Objective(module, collate, metrics)


def linear_layer(n_dimensions: int, classes: Sequence[str], start: Linear | None, seed: int) -> torch.nn.Linear:
    """The head that training begins with: `start`, or small random weights of this seed."""
    head = torch.nn.Linear(n_dimensions, len(classes))
    generator = torch.Generator().manual_seed(seed_of(seed, "head"))
    with torch.no_grad():
        if start is None:
            head.weight.normal_(std=_INITIAL_STD, generator=generator)
            head.bias.zero_()
        else:
            order = [start.classes.index(name) for name in classes]
            head.weight.copy_(torch.from_numpy(np.asarray(start.weight)[order]))
            head.bias.copy_(torch.from_numpy(np.asarray(start.bias)[order]))
    return head


def freeze(model: Any, share: float, name: str) -> None:
    """Keep this share of the layers, from the lowest, as it is, and with them all that is in no layer.

    That is the embeddings, and what positions are to each other (MPNet, DeBERTa). BERT's pooler, which is not used, is
    never trained.
    """
    if share > 0:
        layers = layer_stack(model, name)[2]
        model.requires_grad_(False)
        for layer in layers[round(share * len(layers)) :]:
            layer.requires_grad_(True)
    for attribute, child in model.named_children():
        if attribute == "pooler":
            child.requires_grad_(False)


def finetuned(lesson: Lesson, place: Place) -> dict[str, Any]:
    """What `harness.training.finetune` does, in the thread that may block."""
    torch.set_num_threads(place.n_threads)
    with full_disk_told(place.out.parent), own_randomness(lesson.seed, place.device):
        reset_peak(place.device)
        place.tell(Phase("reading training texts"))
        module, objective, parts, classes = _prepared(lesson)
        place.tell(Phase("training"))
        try:
            trained = train(objective, parts, lesson.recipe, place, lesson.seed)
        except NotFiniteError:
            shutil.rmtree(place.work, ignore_errors=True)
            raise
        place.tell(Phase("writing the checkpoint"))
        with whole_folder(place.out, locked=True) as part:
            checkpoint.write(module.encoder, module.head, classes, lesson, part)
            facts = {**trained.facts, **_facts(lesson, module, parts), "peak_mb": peak_mb(place.device)}
            facts["warnings"] += trained.warnings
            told = checkpoint.finish(part, {"facts": facts, "curve": trained.curve})
    shutil.rmtree(place.work, ignore_errors=True)
    return told


def _prepared(lesson: Lesson) -> tuple[Classifier, Objective, Parts, tuple[str, ...]]:
    base, examples = lesson.base, lesson.examples
    assert examples.labels is not None
    tokenizer = Tokenizer.of(base)
    classes = tuple(sorted(set(examples.labels)))
    read = tokenizer(examples.text, lesson.tokenization)
    rows = [Row(tokens, classes.index(label)) for tokens, label in zip(read, examples.labels, strict=True)]
    parts = parts_of(rows, examples, lesson.recipe.validation, lesson.seed)
    _check_classes(parts, classes)
    encoder = load_model(base)
    freeze(encoder, lesson.recipe.freeze, base.name)
    states = partial(token_states, layers=lesson.layers, apart=mixes_padding(encoder, few_ids(base)))
    with torch.no_grad():
        n_dimensions = lesson.pool(states(encoder, batch_of([rows[0].tokens], tokenizer.pad_id))).shape[-1]
    head = linear_layer(n_dimensions, classes, lesson.start, lesson.seed)
    module = Classifier(encoder, lesson.pool, head, states)
    return module, classification(module, tokenizer.pad_id), parts, classes


def _check_classes(parts: Parts, classes: Sequence[str]) -> None:
    """DataError where there is one class to learn."""
    left = {row.target for row in parts.train}
    if len(left) < 2:
        held_out = f", {len(parts.validation)} held out," if parts.validation else ""
        raise DataError(
            f"all {len(parts.train)} texts to train on{held_out} have the label {classes[min(left)]!r}; a classifier "
            "needs two classes. Raise max_samples.train, or lower validation."
        )


def _facts(lesson: Lesson, module: Classifier, parts: Parts) -> dict[str, Any]:
    recipe = lesson.recipe
    warnings = []
    if recipe.encoder_lr >= recipe.head_lr:
        warnings.append(
            f"encoder_lr {recipe.encoder_lr:g} is not below head_lr {recipe.head_lr:g}: what the encoder knows "
            "may be overwritten before the head can use it"
        )
    if recipe.validation > 0 and not parts.validation:
        warnings.append(f"too few texts to hold out a validation part of {recipe.validation:g}: trained without one")
    return {
        "n_train": len(parts.train),
        "n_validation": len(parts.validation),
        "n_trained": sum(p.numel() for p in module.parameters() if p.requires_grad),
        "n_parameters": sum(p.numel() for p in module.parameters()),
        "precision": recipe.precision,
        "warnings": warnings,
    }
