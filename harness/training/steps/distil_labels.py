"""Distillation of a classifier: a student learns the probabilities that a fine-tuned teacher has of its classes."""

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
from harness.training.steps import Lesson
from harness.training.steps.classify import learns
from harness.training.steps.distil import FAMILIES, TRAINING, Family, becomes, kept_layers


@step("distil-labels", builds=True, trains=True, becomes=becomes, learns=learns)
def distil_labels(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    teacher: Annotated[str, Named("encoder")],
    on: Annotated[str, Named("texts")],
    family: Family,
    domains: tuple[str, ...] = (),
    layers: Annotated[int, Interval(ge=1)] | tuple[int, ...] = 3,
    pooler: Literal["mean", "cls", "max"] = "mean",
    inherit: Literal["embeddings+layers", "embeddings", "nothing"] = "embeddings+layers",
    temperature: Annotated[float, Interval(gt=0, le=100)] = 2.0,
    epochs: Annotated[float, Interval(gt=0, le=1000)] = 3.0,
    batch_size: Annotated[int, Interval(ge=1, le=1024)] = 32,
    lr: Annotated[float, Interval(gt=0, le=1)] = 2e-4,
    max_length: Annotated[int, Interval(ge=8, le=100_000)] = 128,
    seed: int = 0,
) -> Lesson:
    """A student taught the classes that a fine-tuned teacher sees, as probabilities (Hinton et al. 2015).

    The teacher is an encoder whose last step is `classify`. `on`: a task, whose training texts are read without their
    labels, or a file with a text a line; `domains` of it alone; what a task of the suite tests is not among them. The
    loss is the divergence of the student's probabilities from the teacher's, both at this `temperature`, times its
    square (arXiv:1503.02531). The student begins as that of `distil` does, through its own `pooler`, with the teacher's
    head where it is as wide; a tenth of the texts is held out, the best epoch on them is kept. Its head lies beside it.
    """
    assert isinstance(teacher, EncoderFolder)
    assert isinstance(on, Corpus)
    from harness.training.begin import begin
    from harness.training.soft import head_of, softened

    head, kept, texts = head_of(teacher), kept_layers(base, layers), on.of(domains).texts
    begin(base, out, FAMILIES[family], kept, inherit.split("+"), None, seed)
    recipe = Recipe(epochs, batch_size, lr, 10 * lr, precision="fp32", **{**TRAINING, "validation": 0.1})
    student = replace(base, path=str(out), layers=None, n_layers=len(kept), family=FAMILIES[family], own=None)
    reading = replace(student.tokenization, max_length=min(max_length, student.tokenization.max_length))
    items = tuple(map(str, range(len(texts))))
    examples = Examples(items, items, {"text": tuple(texts)}, labels=("",) * len(texts))

    def training(vectors: Any, pool: Any, lineage: Any) -> TrainingJob:
        def objective(material: Any) -> Any:
            return softened(material, vectors, head, temperature)

        return TrainingJob(student, examples, objective, {"text": reading}, pool, recipe, seed, None, lineage)

    return Lesson(texts, teacher, pooler, training)
