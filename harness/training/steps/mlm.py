"""Domain-adaptive pretraining: an encoder reads a domain's texts with words masked, watched on general text."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.core.corpus import Corpus
from harness.core.data import Examples
from harness.core.inputs import Input, as_text
from harness.core.registry import Named
from harness.core.seeds import seed_of
from harness.encoders import EncoderFolder
from harness.encoders.files import read_json
from harness.encoders.steps import step
from harness.suite.model import Choice
from harness.tasks import lessons
from harness.training import sentences
from harness.training.job import Recipe, TrainingJob
from harness.training.steps import Lesson

#: Held-out texts of each kind at most.
N_HELD_OUT = 200
_HEAD, _STEP = "mlm-head", "mlm"


def _first(base: EncoderFolder) -> Sequence[Choice]:
    """An encoder without a head for masked words gets one first, from general text."""
    steps = [one.operation for one in base.checkpoint.lineage]
    if steps[-1:] and steps[-1] in (_HEAD, _STEP):
        return ()
    told = read_json(Path(base.path) / "config.json").get("architectures") or [""]
    if not steps and str(told[0]).endswith(("ForMaskedLM", "ForPreTraining")):
        return ()
    return (Choice(_HEAD, _HEAD, {}),)


def _learns(
    *, on: Corpus, domains: tuple[str, ...], epochs: float, batch_size: int, **others: Any
) -> tuple[Sequence[str], int, float]:
    """The texts, how many steps, and how often each text is seen."""
    texts = on.of(domains).texts
    return texts, max(1, round(epochs * len(texts) / batch_size)), epochs


def _head_learns(*, steps: int, batch_size: int, seed: int, **others: Any) -> tuple[Sequence[str], int, float]:
    texts = lessons.read().drawn(steps * batch_size, seed)
    return texts, steps, steps * batch_size / len(texts)


@step(_STEP, builds=True, trains=True, reads=lessons.content, learns=_learns, first=_first)
def mlm(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    on: Annotated[str, Named("texts")],
    domains: tuple[str, ...] = (),
    epochs: Annotated[float, Interval(gt=0, le=1000)] = 1.0,
    batch_size: Annotated[int, Interval(ge=1, le=1024)] = 32,
    lr: Annotated[float, Interval(gt=0, le=1)] = 5e-5,
    masked: Annotated[float, Interval(gt=0, lt=1)] = 0.15,
    whole_words: bool = False,
    masks: Literal["dynamic", "static"] = "dynamic",
    nsp: bool = False,
    max_length: Annotated[int, Interval(ge=8, le=100_000)] = 128,
    evaluations: Annotated[int, Interval(ge=1, le=100)] = 4,
    patience: Annotated[int, Interval(ge=0, le=1000)] = 3,
    forgets: Annotated[float, Interval(gt=1, le=1000)] = 1.5,
    seed: int = 0,
) -> Lesson:
    """Trained further to guess masked words (Devlin et al. 2019; Gururangan et al. 2020, arXiv:2004.10964).

    `on`: a task, whose training texts are read without labels, or a file with a text a line; `domains` of it alone. Of
    the tokens the share `masked` is chosen, `whole_words` or single ones: 80 % become the mask token, 10 % any token.
    Masks are drawn anew each time, or once a text (`static`). With `nsp` sentences of a text that follow each other are
    read as pairs, half of them with a sentence of another text in place of the second, and which are which is learnt
    too. A tenth of the texts, at most 200, and 200 general ones are held out and looked at `evaluations` times an
    epoch: training ends after `patience` of them without a lower loss of the domain (0: never), the best is kept, and
    it is a warning where general perplexity rises by more than the factor `forgets`. An encoder without a head for
    masked words first gets one (`mlm-head`).
    """
    assert isinstance(on, Corpus)
    corpus = on.of(domains)
    whole, orders = sentences.pairs(corpus, seed) if nsp else (corpus.texts, None)
    own = _drawn(whole, min(N_HELD_OUT, max(1, len(whole) // 10)), seed)
    general = lessons.read().drawn(2 * N_HELD_OUT + len(corpus.texts), seed)
    beside = [text for text in general if text not in set(corpus.texts)][:N_HELD_OUT]
    recipe = _recipe(epochs, batch_size, lr, 2 * lr, freeze=0.0, patience=patience, evaluations=evaluations)
    masks_: dict[str, Any] = {"share": masked, "forgets": forgets, "words": whole_words, "static": masks == "static"}
    masks_["orders"] = [*orders, *[-1] * len(beside)] if orders else None
    return _lesson(base, (whole, own, beside), recipe, masks_, max_length, seed)


@step(_HEAD, builds=True, trains=True, reads=lessons.content, learns=_head_learns)
def mlm_head(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    steps: Annotated[int, Interval(ge=1, le=1_000_000)] = 400,
    batch_size: Annotated[int, Interval(ge=1, le=1024)] = 32,
    lr: Annotated[float, Interval(gt=0, le=1)] = 1e-3,
    seed: int = 0,
) -> Lesson:
    """A head for masked words, of the family's own form, trained on general text with the encoder as it is.

    Sentences and paragraphs of the packaged texts, `steps` batches of `batch_size` at most: it ends where the loss on
    200 held-out ones has not fallen for three looks.
    """
    texts, _, epochs = _head_learns(steps=steps, batch_size=batch_size, seed=seed)
    own = _drawn(texts, min(N_HELD_OUT, max(1, len(texts) // 10)), seed)
    recipe = _recipe(epochs, batch_size, 0.0, lr, freeze=1.0, patience=3, evaluations=max(1, round(10 / epochs)))
    masks = {"share": 0.15, "forgets": float("inf"), "words": False, "static": False, "orders": None}
    return _lesson(base, (texts, own, ()), recipe, masks, 96, seed)


def _recipe(
    epochs: float, batch_size: int, encoder_lr: float, head_lr: float, *, freeze: float, patience: int, evaluations: int
) -> Recipe:
    return Recipe(
        epochs=epochs,
        batch_size=batch_size,
        encoder_lr=encoder_lr,
        head_lr=head_lr,
        layer_decay=1.0,
        freeze=freeze,
        lora=0,
        warmup=0.1,
        weight_decay=0.01,
        validation=0.1,
        patience=patience,
        precision="fp32",
        evaluations=evaluations,
    )


def _drawn(texts: Sequence[Input], n: int, seed: int) -> set[Input]:
    """Some of the texts, whatever their order."""
    return set(sorted(texts, key=lambda text: seed_of(seed, "held out", as_text(text)))[:n])


def _lesson(
    base: EncoderFolder,
    texts: tuple[Sequence[Input], set[Input], Sequence[str]],
    recipe: Recipe,
    masks: dict[str, Any],
    max_length: int,
    seed: int,
) -> Lesson:
    own, held_out, beside = texts
    whole = (*own, *beside)
    marks = (*(text in held_out for text in own), *[True] * len(beside))
    items = tuple(map(str, range(len(whole))))

    def objective(material: Any) -> Any:
        from harness.training.masked import masking

        return masking(material, base, range(len(own), len(whole)), **masks)

    reading = replace(base.tokenization, prefix="", max_length=min(max_length, base.tokenization.max_length))
    examples = Examples(items, items, {"text": whole}, labels=("",) * len(whole), held_out=marks)

    def training(vectors: Any, pool: Any, lineage: Any) -> TrainingJob:
        return TrainingJob(base, examples, objective, {"text": reading}, pool, recipe, seed, None, lineage)

    return Lesson(whole, None, "cls", training)
