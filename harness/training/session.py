"""One training, whatever its objective: prepared, trained, written, sealed. Needs torch: import it late."""

import shutil
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from harness.core.errors import NotFiniteError
from harness.core.events import Phase
from harness.core.files import whole_folder
from harness.encoders.forward import mixes_padding, token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import few_ids, layer_stack, load_model
from harness.training import checkpoint
from harness.training.data import Parts, Row, held_out_of, parts_of
from harness.training.disk import full_disk_told
from harness.training.lesson import Lesson, Place
from harness.training.loop import train
from harness.training.objectives import Material, Objective
from harness.training.process import own_randomness, peak_mb, reset_peak


def finetuned(lesson: Lesson, place: Place) -> dict[str, Any]:
    """What `harness.training.finetune` does, in the thread that may block."""
    torch.set_num_threads(place.n_threads)
    with full_disk_told(place.out.parent), own_randomness(lesson.seed, place.device):
        reset_peak(place.device)
        place.tell(Phase("reading training texts"))
        objective, parts = _prepared(lesson)
        place.tell(Phase("training"))
        try:
            trained = train(objective, parts, lesson.recipe, place, lesson.seed)
        except NotFiniteError:
            shutil.rmtree(place.work, ignore_errors=True)
            raise
        place.tell(Phase("writing the checkpoint"))
        with whole_folder(place.out, locked=True) as part:
            checkpoint.write(objective, lesson, part)
            facts = {**trained.facts, **_facts(lesson, objective, parts), "peak_mb": peak_mb(place.device)}
            facts["warnings"] += trained.warnings
            told = checkpoint.finish(part, {"facts": facts, "curve": trained.curve})
    shutil.rmtree(place.work, ignore_errors=True)
    return told


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


def _prepared(lesson: Lesson) -> tuple[Objective, Parts]:
    base, examples = lesson.base, lesson.examples
    tokenizer, encoder = Tokenizer.of(base), load_model(base)
    tokens = list(tokenizer(examples.text, lesson.tokenization))
    held_out = held_out_of(examples, lesson.recipe.validation, lesson.seed)
    freeze(encoder, lesson.recipe.freeze, base.name)
    material = Material(
        encoder=encoder,
        states=partial(token_states, layers=lesson.layers, apart=mixes_padding(encoder, few_ids(base))),
        pool=lesson.pool,
        examples=examples,
        tokens=tokens,
        learnt=[place for place in range(len(examples)) if place not in held_out],
        pad_id=tokenizer.pad_id,
        start=lesson.start,
        seed=lesson.seed,
    )
    objective = lesson.objective(material)
    rows = [Row(*both) for both in zip(tokens, objective.targets, strict=True)]
    return objective, parts_of(rows, held_out)


def _facts(lesson: Lesson, objective: Objective, parts: Parts) -> dict[str, Any]:
    recipe, weights = lesson.recipe, list(objective.module.parameters())
    return {
        "n_train": len(parts.train),
        "n_validation": len(parts.validation),
        "n_trained": _n_weights([weight for weight in weights if weight.requires_grad]),
        "n_parameters": _n_weights(weights),
        "precision": recipe.precision,
        "warnings": _warnings(lesson, parts),
    }


def _n_weights(weights: Sequence[torch.nn.Parameter]) -> int:
    return sum(weight.numel() for weight in weights)


def _warnings(lesson: Lesson, parts: Parts) -> list[str]:
    recipe, warnings = lesson.recipe, []
    if recipe.encoder_lr >= recipe.head_lr:
        warnings.append(
            f"encoder_lr {recipe.encoder_lr:g} is not below head_lr {recipe.head_lr:g}: what the encoder knows "
            "may be overwritten before the head can use it"
        )
    if recipe.validation > 0 and not parts.validation:
        warnings.append(f"too few texts to hold out a validation part of {recipe.validation:g}: trained without one")
    return warnings
