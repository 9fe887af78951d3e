"""Training on the labels of a task as a step of a recipe: an encoder with a head, which may teach others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.core.corpus import Corpus
from harness.core.data import Examples
from harness.core.registry import Named
from harness.encoders import EncoderFolder
from harness.encoders.steps import step
from harness.training.job import Recipe, TrainingJob
from harness.training.objectives.cross_entropy import cross_entropy
from harness.training.steps import Lesson
from harness.training.steps.distil import TRAINING


def _becomes(base: EncoderFolder, *, pooler: str, **others: Any) -> dict[str, Any]:
    """It is pooled as it was trained."""
    return {"pooler": pooler, "parameters": {}, "own": None}


def learns(
    *, on: Corpus, domains: tuple[str, ...], epochs: float, batch_size: int, **others: Any
) -> tuple[Sequence[str], int, float]:
    """The texts, how many steps, and how often each is seen."""
    texts = on.of(domains).texts
    return texts, max(1, round(epochs * len(texts) / batch_size)), epochs


@step("classify", builds=True, trains=True, becomes=_becomes, learns=learns)
def classify(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    on: Annotated[str, Named("labelled")],
    domains: tuple[str, ...] = (),
    pooler: Literal["mean", "cls", "max"] = "mean",
    epochs: Annotated[float, Interval(gt=0, le=1000)] = 3.0,
    batch_size: Annotated[int, Interval(ge=1, le=1024)] = 16,
    lr: Annotated[float, Interval(gt=0, le=1)] = 5e-5,
    head_lr: Annotated[float, Interval(gt=0, le=1)] = 5e-3,
    max_length: Annotated[int, Interval(ge=8, le=100_000)] = 128,
    seed: int = 0,
) -> Lesson:
    """Trained on all training texts of a task with their classes, as `finetune` does, for other steps to begin with.

    `on`: a classification task of the suite or a packaged one; `domains` of it alone; what a task of the suite tests is
    not among the texts. A tenth is held out, the epoch with the lowest loss on it is kept, and the head lies beside the
    weights: so it is a teacher for `distil-labels`. A probe on it has more labels behind it than those that it is
    fitted on, and under `domain-shift` those of the other domains too (Phang et al. 2018, arXiv:1811.01088).
    """
    assert isinstance(on, Corpus)
    corpus = on.of(domains)
    recipe = Recipe(epochs, batch_size, lr, head_lr, precision="fp32", **{**TRAINING, "validation": 0.1})
    reading = replace(base.tokenization, max_length=min(max_length, base.tokenization.max_length))
    items = tuple(map(str, range(len(corpus.texts))))
    examples = Examples(items, items, {"text": corpus.texts}, labels=corpus.labels)

    def training(vectors: Any, pool: Any, lineage: Any) -> TrainingJob:
        return TrainingJob(base, examples, cross_entropy, {"text": reading}, pool, recipe, seed, None, lineage)

    return Lesson(corpus.texts, None, pooler, training)
