"""One training, whatever its objective: prepared, trained, written, sealed. Needs torch: import it late."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch

from harness.core.errors import NotFiniteError
from harness.core.events import Phase
from harness.core.files import whole_folder
from harness.core.memory import peak_mb, reset_peak
from harness.core.seeds import seed_of
from harness.encoders.forward import mixes_padding, token_states
from harness.encoders.library import about
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens
from harness.encoders.torch_encoder import few_ids, layer_stack, load_model
from harness.training import checkpoint
from harness.training.data import Parts, Row, held_out_of, parts_of
from harness.training.disk import full_disk_told
from harness.training.job import TrainingJob, Where
from harness.training.loop import train
from harness.training.lora import adapt, merge
from harness.training.objectives import Material, Objective


def finetuned(job: TrainingJob, where: Where) -> dict[str, Any]:
    """What `harness.training.finetune` does, in the thread that may block."""
    torch.set_num_threads(where.n_threads)
    with full_disk_told(where.out.parent), own_randomness(job.seed, where.device):
        reset_peak(where.device)  # such as of encoding for the first head of lp-ft
        where.tell(Phase("reading training texts"))
        objective, parts = _prepared(job)
        where.tell(Phase("training"))
        try:
            told = train(objective, parts, job.recipe, where, job.seed)
        except NotFiniteError:
            shutil.rmtree(where.work, ignore_errors=True)
            raise
        n_trained = sum(weight.numel() for weight in objective.module.parameters() if weight.requires_grad)
        merge(objective.module.encoder)
        where.tell(Phase("writing the checkpoint"))
        with whole_folder(where.out, locked=True) as part:
            checkpoint.write(objective, job, part)
            told["facts"] |= {**_facts(job, objective, parts), "n_trained": n_trained}
            told["facts"]["peak_mb"] = round(peak_mb(where.device), 1)
            told["facts"]["warnings"] = [*_warnings(job, parts), *told["facts"]["warnings"]]
            told = checkpoint.finish(part, told)
    shutil.rmtree(where.work, ignore_errors=True)
    return told


@contextmanager
def own_randomness(seed: int, device: str) -> Iterator[None]:
    """Trainer and dropout draw from the generators of the process: seeded here, and put back as they were."""
    before, before_numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[] if device == "cpu" else [device]):
        torch.manual_seed(seed_of(seed, "process"))
        if device != "cpu":
            torch.cuda.set_device(device)
        try:
            yield
        finally:
            random.setstate(before)
            np.random.set_state(before_numpy)


def freeze(model: Any, what: float | str, name: str) -> None:
    """Keep this share of the layers, from the lowest, as it is, and with them all that is in no layer.

    `embeddings` is that alone.
    That is the embeddings, and what positions are to each other (MPNet, DeBERTa). BERT's pooler, which is not used, is
    never trained.
    """
    if what:
        share = 0.0 if isinstance(what, str) else what
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
    read = {field: list(tokenizer(examples.fields[field], reading)) for field, reading in job.readings.items()}
    held_out = held_out_of(examples, job.recipe.validation, job.seed)
    freeze(encoder, job.recipe.freeze, base.name)
    if job.recipe.lora:
        adapt(encoder, job.recipe.lora)
    material = Material(
        encoder=encoder,
        states=partial(token_states, layers=job.layers, apart=mixes_padding(encoder, few_ids(base))),
        pool=job.pool,
        examples=examples,
        read=read,
        learnt=[place for place in range(len(examples)) if place not in held_out],
        pad_id=tokenizer.pad_id,
        start=job.start,
        seed=job.seed,
    )
    objective = job.objective(material)
    apart = ((place, (window,)) for place, one in enumerate(material.tokens) for window in one.windows)
    inputs: list[tuple[int, tuple[Tokens, ...]]] = list(enumerate(objective.together or ())) or list(apart)
    rows = [Row(own, objective.targets[place]) for place, own in inputs]
    return objective, parts_of(rows, {row for row, (place, _) in enumerate(inputs) if place in held_out})


def _facts(job: TrainingJob, objective: Objective, parts: Parts) -> dict[str, Any]:
    weights = list(objective.module.parameters())
    return {
        "n_train": len(parts.train),
        "n_validation": len(parts.validation),
        "n_parameters": sum(weight.numel() for weight in weights),
        "precision": job.recipe.precision,
    }


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
