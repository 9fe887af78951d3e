"""Small trainings for tiny encoders: texts of two kinds of words, learnt in a second."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.core.data import Examples
from harness.core.events import Event
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.poolers.means import mean
from harness.training import Recipe, TrainingJob, finetune
from harness.training.data import held_out_of
from harness.training.objectives.cross_entropy import cross_entropy
from tests.fakes.encoders import tiny_encoder

GOOD, BAD = ("good", "kind", "food", "battery", "service"), ("slow", "dies", "never", "fell", "rates")
RECIPE = Recipe(
    epochs=3.0,
    batch_size=8,
    encoder_lr=1e-3,
    head_lr=1e-2,
    layer_decay=1.0,
    freeze=0.0,
    lora=0,
    warmup=0.1,
    weight_decay=0.01,
    validation=0.2,
    patience=0,
    precision="fp32",
)


def examples(n: int = 50) -> Examples:
    """`n` texts of 2 to 9 words, of which the kind of words is the label."""
    rng = random.Random(0)
    names, labels = tuple(str(number) for number in range(n)), tuple(rng.choice(["bad", "good"]) for _ in range(n))
    return Examples(
        names,
        names,
        {"text": tuple(_text(rng, label, name) for label, name in zip(labels, names, strict=True))},
        labels,
    )


def contrary(n: int = 60) -> Examples:
    """Texts whose held-out part says the opposite of the rest, so that what is learnt makes it worse there."""
    whole = examples(n)
    held_out, rng = held_out_of(whole, RECIPE.validation, 0), random.Random(1)
    texts = [
        _text(rng, "good" if label == "bad" else "bad", name) if place in held_out else text
        for place, (text, label, name) in enumerate(zip(whole.text, whole.labels or (), whole.items, strict=True))
    ]
    return replace(whole, fields={"text": tuple(texts)})


def _text(rng: random.Random, label: str, name: str) -> str:
    return " ".join([*rng.choices(GOOD if label == "good" else BAD, k=rng.randint(2, 9)), name])


def tiny(folder: Path, family: str = "bert", *, dropout: bool = True) -> EncoderFolder:
    """A tiny encoder, copied into this folder."""
    copied = tiny_encoder(family, folder)
    if not dropout:
        config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
        config |= {name: 0.0 for name in config if name.endswith(("dropout", "dropout_prob"))}
        (copied / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return resolve(EncoderSpec(name="tiny", checkpoint=str(copied)), folder)


def training_job(
    base: EncoderFolder, texts: Examples | None = None, *, seed: int = 0, start: Any = None, **recipe: Any
) -> TrainingJob:
    """A training with mean pooling; `recipe` changes RECIPE."""
    return TrainingJob(
        base=base,
        examples=texts or examples(),
        objective=cross_entropy,
        readings={"text": base.tokenization},
        pool=mean,
        recipe=replace(RECIPE, **recipe),
        seed=seed,
        start=start,
        lineage={"source": base.checkpoint.source},
    )


def trained(what: TrainingJob, out: Path, events: list[Event] | None = None) -> dict[str, Any]:
    """Train on one thread; what `training.json` holds."""
    steps = finetune(what, "cpu", 1, out)
    told: list[dict[str, Any]] = []

    def all_of() -> Iterator[Event]:
        told.append((yield from steps))

    for event in all_of():
        if events is not None:
            events.append(event)
    return told[0]


def built(base: EncoderFolder, out: Path) -> EncoderFolder:
    """The finished checkpoint, as a run refers to it."""
    return replace(base, path=str(out), layers=None)
