"""What stored predictions of classes tell beside scores. Nothing is run again."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from harness.catalogue import catalogue
from harness.core.data import Outcomes
from harness.core.registry import named
from harness.report import learning
from harness.report.insights_model import Calibration, Insights, Suspect, Suspects
from harness.report.model import CONDITIONS, Names, Row
from harness.report.scorer import Scorer
from harness.report.source import Group, Source, is_draw
from harness.tasks.kinds import kind_of, names, target_of

#: Bins of equal width that predictions are put in by their probability.
N_BINS = 15
#: The share of the items, the surest first, on which accuracy is told.
COVERAGE = 0.9
#: How many suspected items are listed.
N_LISTED = 20


def build(
    source: Source, scorer: Scorer, task: str, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> Insights:
    """Learning curves by this metric; of a task of classes calibration and suspected labels too."""
    curves = tuple(learning.build(source, scorer, task, rows, groups))
    if target_of(source.manifest.tasks[task].kind) != "class":
        return Insights(learning=curves)
    found = {}
    for row, mine in groups.items():
        is_probability = gives_probability(source, task, row)
        for group in (one for one in mine if one.kind in ("clean", *CONDITIONS)):
            if (known := _calibration(source, group, is_probability)) is not None:
                found[row, group.address.condition] = known
    return Insights(found, _suspects(source, task, rows, groups), curves)


def gives_probability(source: Source, task: str, row: Names) -> bool:
    """Whether what a row's predictions are ranked by is the probability of the predicted class."""
    known, (encoder, _, mode) = catalogue(), row
    modes = {one.name: one for one in source.manifest.suite.modes}
    if mode not in modes:
        baselines = known.of("baseline")
        return encoder in baselines and bool(baselines[encoder].facts.get("probability"))
    setting, kind = modes[mode], source.manifest.tasks[task].kind
    parts = [("mode", setting.component)]
    if "protocol" in setting.parameters:
        parts.append(("protocol", named(setting.parameters["protocol"])[0]))
    head = setting.parameters.get("head") or (kind_of(kind).head if kind in names() else None)
    parts += [("head", named(head)[0])] if head else []
    return any(bool(known.of(of)[name].facts.get("probability")) for of, name in parts if name in known.of(of))


def _calibration(source: Source, group: Group, is_probability: bool) -> Calibration | None:
    cells = [str(cell.key) for cell in group.done]
    if not cells:
        return None

    def compute() -> tuple[Any, bool]:
        made = [one for one in map(source.outcomes, cells) if one is not None and len(one)]
        of_probability = is_probability and all(min(one.score) >= 0 and max(one.score) <= 1 + 1e-6 for one in made)
        ece = float(np.mean(list(map(expected_error, made)))) if made and of_probability else None
        covered = float(np.mean([accuracy_at(one, COVERAGE) for one in made])) if made else None
        return [ece, covered], len(made) == len(cells)

    ece, covered = source.compared("calibration", cells, None, (str(is_probability),), compute)
    return None if covered is None else Calibration(ece, covered)


def expected_error(outcomes: Outcomes) -> float:
    """The expected calibration error (Guo et al. 2017, arXiv:1706.04599): how far apart probability and accuracy are.

    The mean over items of |accuracy - mean probability| in each of 15 bins of equal width, open below.
    """
    right, score = outcomes.gold == outcomes.prediction, np.asarray(outcomes.score)
    bins = np.clip(np.ceil(score * N_BINS).astype(int) - 1, 0, N_BINS - 1)
    gaps = np.bincount(bins, right - score, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(score))


def accuracy_at(outcomes: Outcomes, coverage: float) -> float:
    """The accuracy on the share of the items with the largest scores; of equal scores at its end each as likely."""
    right, score = (outcomes.gold == outcomes.prediction).astype(float), np.asarray(outcomes.score)
    n = max(1, int(np.ceil(coverage * len(score) - 1e-9)))
    last = np.sort(score)[len(score) - n]
    above, tied = score > last, score == last
    return float((right[above].sum() + (n - above.sum()) * right[tied].mean()) / n)


def _suspects(
    source: Source, task: str, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> Suspects | None:
    """What all good rows get wrong alike; None where fewer than two encoders have one, or outcomes are lost.

    Good is a row with an encoder that scores above every row without one. Of several trainings the first is asked.
    """
    floor = max((row.score.value for row in rows if row.is_baseline and row.score), default=-np.inf)
    asked = list[tuple[Row, str]]()
    for row in rows:
        clean = [cell for one in groups[row.names] if one.kind == "clean" for cell in one.done]
        if not row.is_baseline and row.score and row.score.value > floor and clean and not is_few(clean[0], row):
            asked.append((row, str(clean[0].key)))
    if len({row.encoder for row, _ in asked}) < 2:
        return None
    of_probability = all(gives_probability(source, task, row.names) for row, _ in asked)
    keys = [key for _, key in asked]
    compute = partial(_doubted, source, keys, of_probability)
    found = source.compared("suspects", keys, None, (str(of_probability),), compute)
    if found is None:
        return None
    is_private = source.manifest.suite.texts == "none"
    texts = {} if is_private else {one.item: one.texts for key in keys for one in source.run.examples(key)}
    first = tuple(
        Suspect(item, " / ".join("".join(map(str, part)) for part in texts.get(item, {}).values()), *told)
        for item, *told in found["first"]
    )
    return Suspects(tuple(row.label for row, _ in asked), found["n_items"], found["n"], first, of_probability)


def is_few(cell: Any, row: Row) -> bool:
    """Whether a row has learnt from a few texts drawn: it says little of the label of one."""
    return is_draw(cell) and not row.is_tuned


def _doubted(source: Source, keys: Sequence[str], of_probability: bool) -> tuple[Any, bool]:
    made = [one for one in map(source.outcomes, keys) if one is not None]
    if len(made) < len(keys):
        return None, False
    places = [np.unique(one.item, return_index=True) for one in made]
    items = np.array(sorted(set.intersection(*(set(own.tolist()) for own, _ in places))))
    if not len(items):
        return None, True
    sides = [one.take(at[np.searchsorted(own, items)]) for one, (own, at) in zip(made, places, strict=True)]
    sure = np.mean([one.score if of_probability else _ranks(np.asarray(one.score)) for one in sides], axis=0)
    said, gold = sides[0].prediction, sides[0].gold
    alike = np.all([one.prediction == said for one in sides], axis=0) & (said != gold)
    wrong = sorted(np.flatnonzero(alike).tolist(), key=lambda i: (-sure[i], items[i]))
    first = [[str(items[i]), str(gold[i]), str(said[i]), float(sure[i])] for i in wrong[:N_LISTED]]
    return {"n_items": len(items), "n": len(wrong), "first": first}, True


def _ranks(score: Any) -> Any:
    """The share of a row's items with a lower score."""
    return np.searchsorted(np.sort(score), score) / len(score)
