"""Contrastive training of sentence vectors: pairs that belong together, or each text with itself under dropout."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.core.corpus import LEAST, Corpus
from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import read_as
from harness.core.registry import Named
from harness.encoders import EncoderFolder
from harness.encoders.steps import step
from harness.training.job import Recipe, TrainingJob
from harness.training.steps import Lesson

#: The fields of a pair.
_SIDES = ("first", "second")


def _learns(
    *, on: Corpus, domains: tuple[str, ...], views: str, epochs: float, batch_size: int, **others: Any
) -> tuple[Sequence[str], int, float]:
    """The texts, how many steps, and how often each is seen."""
    pairs = _pairs(on.of(domains), views)
    return [text for pair in pairs for text in pair], max(1, round(epochs * len(pairs) / batch_size)), epochs


def _pairs(corpus: Corpus, views: str) -> Sequence[tuple[str, str]]:
    if views == "dropout":
        return [(text, text) for text in corpus.texts]
    if len(corpus.pairs) < LEAST:
        raise DataError(
            f"{corpus.name} has {len(corpus.pairs)} pairs that belong together; expected {LEAST} at least. Name a "
            "search with a training side or a file with a pair a line (a tab between), or set `views: dropout`."
        )
    return corpus.pairs


@step("contrastive", builds=True, trains=True, learns=_learns)
def contrastive(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    on: Annotated[str, Named("texts")],
    domains: tuple[str, ...] = (),
    views: Literal["pairs", "dropout"] = "pairs",
    pooler: Literal["mean", "cls", "max"] = "mean",
    epochs: Annotated[float, Interval(gt=0, le=1000)] = 1.0,
    batch_size: Annotated[int, Interval(ge=2, le=1024)] = 32,
    lr: Annotated[float, Interval(gt=0, le=1)] = 3e-5,
    temperature: Annotated[float, Interval(gt=0, le=10)] = 0.05,
    hard_negatives: Annotated[int, Interval(ge=0, le=100)] = 0,
    max_length: Annotated[int, Interval(ge=8, le=100_000)] = 128,
    seed: int = 0,
) -> Lesson:
    """Trained further to tell what belongs together from all else in its batch (Gao et al. 2021, arXiv:2104.08821).

    `on`: a search, whose queries belong to the documents that answer them, or a file with a pair a line, a tab between;
    `views: dropout` takes each text of a task or a file with itself, read twice under dropout. The cross-entropy of
    cosine similarities by `temperature`, through the `pooler`; `hard_negatives` as the objective `contrastive` has
    them. A tenth of the pairs is held out; what is tested somewhere is not among them.
    """
    assert isinstance(on, Corpus)
    pairs = _pairs(on.of(domains), views)
    recipe = Recipe(
        epochs=epochs, batch_size=batch_size, encoder_lr=lr, head_lr=2 * lr, layer_decay=1.0, freeze=0.0, lora=0,
        warmup=0.1, weight_decay=0.01, validation=0.1, patience=0, precision="fp32",
    )  # fmt: skip
    examples = _examples(pairs)
    read = {side: read_as(base.readings, role) for side, role in zip(_SIDES, on.roles, strict=True)}
    readings = {side: replace(one, max_length=min(max_length, one.max_length)) for side, one in read.items()}

    def training(vectors: Any, pool: Any, lineage: Any) -> TrainingJob:
        from harness.training.contrast import telling_apart

        objective = partial(telling_apart, temperature=temperature, n_hard=hard_negatives)
        return TrainingJob(base, examples, objective, readings, pool, recipe, seed, None, lineage)

    return Lesson([text for pair in pairs for text in pair], None, pooler, training)


def _examples(pairs: Sequence[tuple[str, str]]) -> Examples:
    """Pairs as items, which know all that answers the text of their first side."""
    asked, answers = zip(*pairs, strict=True)
    number = {text: str(place) for place, text in enumerate(dict.fromkeys(answers))}
    by_query: dict[str, list[str]] = {}
    for query, answer in pairs:
        by_query.setdefault(query, []).append(number[answer])
    items = tuple(map(str, range(len(pairs))))
    return Examples(
        items,
        tuple(f"q:{next(iter(by_query[query]))}" for query in asked),
        dict(zip(_SIDES, (asked, answers), strict=True)),
        relevant=tuple(tuple(by_query[query]) for query in asked),
        candidates=tuple((number[answer],) for answer in answers),
    )
