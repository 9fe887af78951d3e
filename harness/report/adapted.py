"""Encoders that were adapted to a domain: what they came to know of it, and what of general text they lost."""

import math
from collections.abc import Sequence

from harness.report import gains
from harness.report.adapted_model import Adapted
from harness.report.blocks import Block, Figure, Part
from harness.report.drawing import Drawing, Space, Spec, axis, layer, numeric, padded
from harness.report.model import NO_POOLER, Task
from harness.report.table import DASH, Cell, Column, Line, Section, Table
from harness.results import Build
from harness.wording import numbers

SPACE = Space(400, 240)
_EXPLAINS = (
    "Perplexity of masked words on held-out texts, before the first step and as it was kept: of the domain, of general "
    "text (sentences and paragraphs of the packaged tasks), and the share of masked words that are told right, of all "
    "of the domain's and of rare ones, which the general texts never have (and where asked, of pairs of sentences "
    "whether they follow each other). Perplexities of encoders with different "
    "vocabularies do not compare. An encoder without a head for masked words got one here first, by the step mlm-head."
)
_COMPARED = (
    "On held-out pairs, before the first step and after the last: the loss; alignment, the mean squared distance of "
    "the two sides of a pair; uniformity, the logarithm of how near others of a batch are on the mean, e^(-2 squared "
    "distance). Both are of vectors of length 1, and less is better (Wang and Isola 2020)."
)
_CAPTION = "Solid: the domain. Dashed: general text. Where the dashed line rises, what the encoder knew is overwritten."


def build(builds: Sequence[Build]) -> tuple[Adapted, ...]:
    """The steps that were looked at before and after, as they were built; trainings of a mode are elsewhere."""
    steps = (one for one in builds if one.status == "done" and one.pooler == NO_POOLER)
    found = (Adapted(one.encoder, one.mode, one.curve, one.facts) for one in steps)
    return tuple(one for one in found if one.watched or one.compared)


def parts(found: Sequence[Adapted], tasks: Sequence[Task]) -> tuple[Part, ...]:
    """A table, a sentence for each that warns, and the curves; then what it gained on each task."""
    gained = tuple(Part(task.name, (table,)) for task in tasks if (table := gains.table(task)) is not None)
    if not found:
        return gained
    warnings = tuple(f"{one.encoder}: {said}." for one in found for said in one.facts.warnings)
    words, pairs = [one for one in found if one.watched], [one for one in found if one.compared]
    blocks: list[Block] = [warnings] if warnings else []
    if words:
        blocks.append(Table("Domain-adaptive pretraining.", _EXPLAINS, (Section(tuple(map(_line, words))),)))
        blocks.append(Figure(tuple(map(_drawing, words)), _CAPTION))
    if pairs:
        blocks.append(Table("Contrastive training.", _COMPARED, (Section(tuple(map(_pairs_line, pairs))),)))
    return (Part("", tuple(blocks)), *gained)


def _pairs_line(one: Adapted) -> Line:
    first, last = one.compared[0], one.compared[-1]
    return {
        Column("encoder", is_number=False): Cell(one.encoder),
        Column("loss"): _moved(first.validation_loss, last.validation_loss),
        Column("alignment"): _moved(first.validation_alignment, last.validation_alignment),
        Column("uniformity"): _moved(first.validation_uniformity, last.validation_uniformity),
        **_took(one),
    }


def _moved(before: float | None, now: float | None) -> Cell:
    if before is None or now is None:
        return DASH
    return Cell(f"{numbers.fixed(before, 2)} → {numbers.fixed(now, 2)}", sort=now)


def _took(one: Adapted) -> Line:
    return {
        Column("epochs"): Cell(numbers.fixed(one.facts.best_epoch or 0.0, 2)),
        Column("training"): Cell(numbers.duration(one.facts.seconds)) if one.facts.seconds is not None else DASH,
    }


def _line(one: Adapted) -> Line:
    first, kept = one.watched[0], one.kept
    return {
        Column("encoder", is_number=False): Cell(one.encoder),
        Column("perplexity, domain"): _change(first.validation_loss, kept.validation_loss),
        Column("perplexity, general"): _change(first.validation_general_loss, kept.validation_general_loss),
        Column("told right", "%"): _shares(first.validation_accuracy, kept.validation_accuracy),
        Column("rare told right", "%"): _shares(first.validation_rare_accuracy, kept.validation_rare_accuracy),
        **(
            {Column("order told right", "%"): _shares(first.validation_order_accuracy, kept.validation_order_accuracy)}
            if kept.validation_order_accuracy is not None
            else {}
        ),
        **_took(one),
    }


def _change(before: float | None, now: float | None) -> Cell:
    if before is None or now is None:
        return DASH
    return Cell(f"{_perplexity(before)} → {_perplexity(now)}", sort=now)


def _perplexity(loss: float) -> str:
    return numbers.fixed(math.exp(min(loss, 700.0)), 1)


def _shares(before: float | None, now: float | None) -> Cell:
    if before is None or now is None:
        return DASH
    return Cell(f"{numbers.fixed(100 * before, 1)} → {numbers.fixed(100 * now, 1)}", sort=now)


def _drawing(one: Adapted) -> Drawing:
    lines = {"domain": one.losses("validation_loss"), "general": one.losses("validation_general_loss")}
    spots: dict[str, list[Spec]] = {
        name: [{"step": step, "loss": loss} for step, loss in line] for name, line in lines.items()
    }
    steps, losses = zip(*(point for line in lines.values() for point in line), strict=True)
    below = axis("steps", SPACE, "bottom", format=",d", tickMinStep=1, tickCount=6)
    x = numeric("step", domain=[0, max(steps) or 1]) | {"axis": below}
    y = numeric("loss", domain=padded(losses)) | {"axis": axis("held-out loss", SPACE, "left", tickCount=5)}
    styles: dict[str, Spec] = {"domain": {"color": "var(--accent)"}, "general": {"color": "var(--loss)"}}
    styles["general"]["strokeDash"] = [5, 3]
    layers = tuple(
        layer({"type": "line", "strokeWidth": 1.6, "point": False, **styles[name]}, spots[name], name, x=x, y=y)
        for name in lines
    )
    told = [f"{name} from {_perplexity(line[0][1])} to {_perplexity(line[-1][1])}" for name, line in lines.items()]
    return Drawing(one.encoder, f"Held-out perplexity over the steps of training: {', '.join(told)}.", SPACE, layers)
