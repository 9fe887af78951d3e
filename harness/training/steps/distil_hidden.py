"""Distillation of what is within: hidden states layer by layer, and guesses of masked words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.core.data import Examples
from harness.core.registry import Named
from harness.encoders import EncoderFolder
from harness.encoders.steps import step
from harness.tasks import lessons
from harness.training.job import Recipe, TrainingJob
from harness.training.steps import Lesson
from harness.training.steps.distil import FAMILIES, MAX_LENGTH, TRAINING, Family, becomes, general, kept_layers

#: Held-out texts, by which it is told how near the student comes.
_N_HELD_OUT = 200


def _becomes(base: EncoderFolder, *, family: str, layers: int | tuple[int, ...], **others: Any) -> dict[str, Any]:
    """What is known of the student before it is there: it is pooled as what it is made from."""
    return {**becomes(base, family=family, layers=layers, pooler=base.pooler), "parameters": base.parameters}


@step("distil-hidden", builds=True, trains=True, becomes=_becomes, reads=lessons.content, learns=general)
def distil_hidden(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    teacher: Annotated[str, Named("encoder")],
    family: Family,
    layers: Annotated[int, Interval(ge=1)] | tuple[int, ...] = 3,
    inherit: Literal["embeddings+layers", "embeddings", "nothing"] = "embeddings+layers",
    hidden: Annotated[float, Interval(ge=0, le=1000)] = 1.0,
    logits: Annotated[float, Interval(ge=0, le=1000)] = 1.0,
    temperature: Annotated[float, Interval(gt=0, le=100)] = 2.0,
    steps: Annotated[int, Interval(ge=1, le=1_000_000)] = 200,
    batch_size: Annotated[int, Interval(ge=1)] = 32,
    lr: Annotated[float, Interval(gt=0)] = 5e-4,
    seed: int = 0,
) -> Lesson:
    """A student taught a teacher's hidden states and its guesses of masked words (Sanh et al. 2019; Jiao et al. 2020).

    Both read the same texts with 15 % of the tokens masked, so it has the teacher's tokenizer. `hidden` weighs the mean
    squared difference of states of all tokens, the student's layers, embeddings among them, against the teacher's taken
    evenly, through a learnt projection where it is narrower or wider than the teacher (TinyBERT, arXiv:1909.10351).
    `logits` weighs the divergence of its guesses from the teacher's at this `temperature`, both by the teacher's head,
    over masked tokens (DistilBERT, arXiv:1910.01108). The teacher needs such a head (`mlm-head`). The student begins,
    and draws its texts, as that of `distil` does; 200 of them are held out.
    """
    assert isinstance(teacher, EncoderFolder)
    from harness.training.begin import begin
    from harness.training.hidden import imitating, refuse_teacher

    refuse_teacher(teacher)
    kept = kept_layers(base, layers)
    texts, _, epochs = general(steps=steps, batch_size=batch_size, seed=seed)
    begin(base, out, FAMILIES[family], kept, inherit.split("+"), None, seed)
    recipe = Recipe(epochs, batch_size, lr, 2 * lr, precision="fp32", **TRAINING)
    student = replace(base, path=str(out), layers=None, n_layers=len(kept), family=FAMILIES[family], own=None)
    reading = replace(student.tokenization, prefix="", max_length=min(MAX_LENGTH, student.tokenization.max_length))
    examples = _examples(texts)

    def training(vectors: Any, pool: Any, lineage: Any) -> TrainingJob:
        def objective(material: Any) -> Any:
            return imitating(material, teacher, hidden, logits, temperature)

        return TrainingJob(student, examples, objective, {"text": reading}, pool, recipe, seed, None, lineage)

    return Lesson(texts, None, "mean", training)


def _examples(texts: Sequence[str]) -> Examples:
    """The texts, in the order in which they were drawn; the last of them are held out."""
    items, n_learnt = tuple(map(str, range(len(texts)))), len(texts) - min(_N_HELD_OUT, len(texts) // 10)
    marks = tuple(place >= n_learnt for place in range(len(texts)))
    return Examples(items, items, {"text": tuple(texts)}, labels=("",) * len(texts), held_out=marks)
