"""Distillation: a small encoder of any of five families learns to give its teacher's sentence vectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.core.data import Examples
from harness.core.errors import EncoderError
from harness.core.registry import Named
from harness.encoders import EncoderFolder
from harness.encoders.files import read_json
from harness.encoders.steps import step
from harness.tasks import lessons
from harness.training.job import Recipe, TrainingJob
from harness.training.steps import Lesson

#: What a suite calls the families, and what transformers does.
FAMILIES = {"bert": "bert", "roberta": "roberta", "distilbert": "distilbert", "mpnet": "mpnet", "deberta": "deberta-v2"}
#: Tokens read of a training text: a paragraph of news is shorter.
MAX_LENGTH = 96
#: How often each text is seen.
_PASSES = 2
#: How a student is trained, beside what a suite says.
TRAINING: Mapping[str, Any] = MappingProxyType(
    {
        "layer_decay": 1.0,
        "freeze": 0.0,
        "lora": 0,
        "warmup": 0.1,
        "weight_decay": 0.01,
        "validation": 0.0,
        "patience": 0,
    }
)

Family = Literal["bert", "roberta", "distilbert", "mpnet", "deberta"]


def becomes(
    base: EncoderFolder, *, family: str, layers: int | tuple[int, ...], pooler: str, **others: Any
) -> dict[str, Any]:
    """What is known of the student before it is there.

    EncoderError where the base has not that many layers, or is of a family that gives a student nothing.
    """
    if base.family not in FAMILIES.values():
        known = ", ".join(FAMILIES.values())
        raise EncoderError(
            f"{base.name!r} is a {base.family} model, which gives a student nothing; it may be of {known}."
        )
    kept = kept_layers(base, layers)
    return {
        "family": FAMILIES[family],
        "layers": None,
        "n_layers": len(kept),
        "pooler": pooler,
        "parameters": {},
        "own": None,
    }


def kept_layers(base: EncoderFolder, layers: int | tuple[int, ...]) -> list[int]:
    """The layers of the base that a student has; a number of them evenly from the first on."""
    n = base.n_layers or 0
    if isinstance(layers, int):
        wanted = [i * n // layers for i in range(layers)] if layers <= n else []
    else:
        wanted = list(layers)
    if not wanted or not all(0 <= layer < n for layer in wanted):
        raise EncoderError(f"layers: {layers} cannot be taken from {base.name!r}, which has {n}: 0 to {n - 1}.")
    return wanted


def general(*, steps: int, batch_size: int, seed: int, **others: Any) -> tuple[Sequence[str], int, float]:
    """The texts, how many steps, and how often each text is seen."""
    texts = lessons.read().drawn(steps * batch_size // _PASSES, seed)
    return texts, steps, steps * batch_size / len(texts)


@step("distil", builds=True, trains=True, becomes=becomes, reads=lessons.content, learns=general)
def distil(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    teacher: Annotated[str, Named("encoder")],
    family: Family,
    layers: Annotated[int, Interval(ge=1)] | tuple[int, ...] = 3,
    pooler: Literal["mean", "cls", "max"] = "mean",
    tokenizer: Literal["teacher", "new"] = "teacher",
    inherit: Literal["embeddings+layers", "embeddings", "nothing"] = "embeddings+layers",
    steps: Annotated[int, Interval(ge=1, le=1_000_000)] = 200,
    batch_size: Annotated[int, Interval(ge=1)] = 32,
    lr: Annotated[float, Interval(gt=0)] = 1e-3,
    seed: int = 0,
) -> Lesson:
    """A student of a family, taught a teacher's sentence vectors on packaged texts (1 − cosine; Reimers 2020).

    It begins with the embeddings and these `layers` of the encoder it is made from (a number: evenly, from the first
    on), which is the teacher unless `checkpoint` names another, and is trained through its own `pooler`. A `new`
    tokenizer is learnt from the same texts: cased byte pairs for RoBERTa, a cased unigram model for the others; its
    embeddings begin as the mean of what the old one reads of each piece. Texts are the train side of vader-sentiment
    and bbc-headlines, `steps` batches of `batch_size`, each text seen twice. Sanh et al. 2019, arXiv:1910.01108;
    Reimers and Gurevych 2020, arXiv:2004.09813.
    """
    assert isinstance(teacher, EncoderFolder)
    _refuse_width(base, teacher)
    from harness.training.begin import begin

    taught, kept = lessons.read(), kept_layers(base, layers)
    texts, _, epochs = general(steps=steps, batch_size=batch_size, seed=seed)
    new = taught.whole if tokenizer == "new" else None
    begin(base, out, FAMILIES[family], kept, inherit.split("+"), new, seed)
    recipe = Recipe(epochs, batch_size, lr, 2 * lr, precision="fp32", **TRAINING)
    student = replace(base, path=str(out), layers=None, n_layers=len(kept), family=FAMILIES[family], own=None)
    return Lesson(texts, teacher, pooler, partial(_training, student, texts, recipe, seed))


def _refuse_width(base: EncoderFolder, teacher: EncoderFolder) -> None:
    """EncoderError where the student cannot be as wide as the teacher's vectors."""
    wide, asked = (
        next((config[name] for name in ("hidden_size", "dim", "d_model") if name in config), None)
        for config in (read_json(Path(one.path) / "config.json") for one in (base, teacher))
    )
    if teacher.own is None and wide != asked:
        raise EncoderError(
            f"teacher {teacher.name!r} gives vectors of {asked} dimensions, and a student of {base.name!r} has {wide}. "
            "Name a checkpoint as wide as the teacher, or leave it out."
        )


def _training(
    student: EncoderFolder,
    texts: Sequence[str],
    recipe: Recipe,
    seed: int,
    vectors: Any,
    pool: Callable[..., Any],
    lineage: Any,
) -> TrainingJob:
    from harness.training.matching import matching

    items = tuple(map(str, range(len(texts))))
    return TrainingJob(
        base=student,
        examples=Examples(items, items, {"text": tuple(texts)}, labels=("",) * len(texts)),
        objective=partial(matching, vectors=vectors),
        readings={"text": replace(student.tokenization, max_length=min(MAX_LENGTH, student.tokenization.max_length))},
        pool=pool,
        recipe=recipe,
        seed=seed,
        start=None,
        lineage=lineage,
    )
