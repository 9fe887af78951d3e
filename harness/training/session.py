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
from harness.encoders.library import about
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import few_ids, layer_stack, load_model
from harness.training import checkpoint
from harness.training.data import Parts, Row, held_out_of, parts_of
from harness.training.disk import full_disk_told
from harness.training.job import TrainingJob, Where
from harness.training.loop import train
from harness.training.objectives import Material, Objective
from harness.training.process import own_randomness, peak_mb, reset_peak


def finetuned(job: TrainingJob, where: Where) -> dict[str, Any]:
    """What `harness.training.finetune` does, in the thread that may block."""
    torch.set_num_threads(where.n_threads)
    with full_disk_told(where.out.parent), own_randomness(job.seed, where.device):
        reset_peak(where.device)
        where.tell(Phase("reading training texts"))
        objective, parts = _prepared(job)
        where.tell(Phase("training"))
        try:
            trained = train(objective, parts, job.recipe, where, job.seed)
        except NotFiniteError:
            shutil.rmtree(where.work, ignore_errors=True)
            raise
        where.tell(Phase("writing the checkpoint"))
        with whole_folder(where.out, locked=True) as part:
            checkpoint.write(objective, job, part)
            facts = {**trained.facts, **_facts(job, objective, parts), "peak_mb": peak_mb(where.device)}
            facts["warnings"] += trained.warnings
            told = checkpoint.finish(part, {"facts": facts, "curve": trained.curve})
    shutil.rmtree(where.work, ignore_errors=True)
    return told


def freeze(model: Any, share: float, name: str) -> None:
    """Keep this share of the layers, from the lowest, as it is, and with them all that is in no layer.

    That is the embeddings, and what positions are to each other (MPNet, DeBERTa). BERT's pooler, which is not used, is
    never trained.
    """
    if share > 0:
        with about(name):
            layers = layer_stack(model)[2]
        model.requires_grad_(False)
        for layer in layers[round(share * len(layers)) :]:
            layer.requires_grad_(True)
    for attribute, child in model.named_children():
        if attribute == "pooler":
            child.requires_grad_(False)


def _prepared(job: TrainingJob) -> tuple[Objective, Parts]:
    base, examples = job.base, job.examples
    tokenizer, encoder = Tokenizer(base), load_model(base)
    tokens = list(tokenizer(examples.text, job.tokenization))
    held_out = held_out_of(examples, job.recipe.validation, job.seed)
    freeze(encoder, job.recipe.freeze, base.name)
    material = Material(
        encoder=encoder,
        states=partial(token_states, layers=job.layers, apart=mixes_padding(encoder, few_ids(base))),
        pool=job.pool,
        examples=examples,
        tokens=tokens,
        learnt=[place for place in range(len(examples)) if place not in held_out],
        pad_id=tokenizer.pad_id,
        start=job.start,
        seed=job.seed,
    )
    objective = job.objective(material)
    rows = [Row(*both) for both in zip(tokens, objective.targets, strict=True)]
    return objective, parts_of(rows, held_out)


def _facts(job: TrainingJob, objective: Objective, parts: Parts) -> dict[str, Any]:
    recipe, weights = job.recipe, list(objective.module.parameters())
    return {
        "n_train": len(parts.train),
        "n_validation": len(parts.validation),
        "n_trained": _n_weights([weight for weight in weights if weight.requires_grad]),
        "n_parameters": _n_weights(weights),
        "precision": recipe.precision,
        "warnings": _warnings(job, parts),
    }


def _n_weights(weights: Sequence[torch.nn.Parameter]) -> int:
    return sum(weight.numel() for weight in weights)


def _warnings(job: TrainingJob, parts: Parts) -> list[str]:
    recipe, warnings = job.recipe, []
    if recipe.encoder_lr >= recipe.head_lr:
        warnings.append(
            f"encoder_lr {recipe.encoder_lr:g} is not below head_lr {recipe.head_lr:g}: what the encoder knows "
            "may be overwritten before the head can use it"
        )
    if recipe.validation > 0 and not parts.validation:
        warnings.append(f"too few texts to hold out a validation part of {recipe.validation:g}: trained without one")
    return warnings
