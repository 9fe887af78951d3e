"""Rows at their worst: the worst outcome of each item over all changed copies of its text."""

from collections.abc import Mapping, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.core.seeds import generator_of
from harness.report import between, severities
from harness.report.model import Names, Row
from harness.report.robustness_model import Robustness, WorstCase
from harness.report.scorer import Scorer
from harness.report.source import Group, Source, grouped
from harness.report.standing import Standing
from harness.stats import Interval, interval


def build(
    source: Source, scorer: Scorer, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]], clean: Standing
) -> Robustness:
    """Everything that is computed of conditions of a task together; `clean` is how rows compare on clean texts."""
    return Robustness(
        between=between.build(source, scorer, rows, groups, clean),
        curves=severities.build(source, scorer, rows, groups),
        worst=tuple(one for mine in groups.values() if (one := worst_case(source, scorer, mine)) is not None),
    )


def worst_case(source: Source, scorer: Scorer, groups: Sequence[Group]) -> WorstCase | None:
    """The mean over items of the worst outcome of the clean text and its changed copies.

    (1 / n) sum over i of min over T of s(T(x_i)), T the identity and every perturbation with every draw; max where a
    lower value of the metric is better. As HELM has it (arXiv:2211.09110, `compute_worst_case_metrics`), which takes
    the minimum of a loss too. Trainings are taken one by one and averaged. None for a metric that is no mean over
    items, and where there are fewer than two copies.
    """
    cells = [cell for group in groups if group.kind == "perturbation" for cell in group.done if _is_of_test(group)]
    clean = {str(cell.key): cell for group in groups if group.kind == "clean" for cell in group.done}
    copies = grouped((cell.against, str(cell.key)) for cell in cells if cell.against in clean)
    k = min(map(len, copies.values()), default=0)
    if not scorer.is_mean or k < 2:
        return None
    of, seed = groups[0].address, ("report", "worst", groups[0].address.task, *groups[0].address.row)
    found = source.compared(
        "worst", list(copies.items()), scorer, seed, partial(_computed, source, scorer, copies, seed)
    )
    if found is None:
        return None
    return WorstCase(of.row, k, found["n"], found["clean"], found["mean"], Interval(*found["worst"]))


def _is_of_test(group: Group) -> bool:
    """Whether it changes the texts that are scored and nothing else."""
    return bool(group.first.parameters.get("apply", "test") == "test")


def _computed(
    source: Source, scorer: Scorer, copies: Mapping[Any, Sequence[str]], seed: Sequence[str]
) -> tuple[Any, bool]:
    """Items, scores and the worst case; None where outcomes are lost."""
    columns, clusters, clean, mean = [], [], [], []
    for before, after in copies.items():
        made = [source.outcomes(key) for key in (before, *after)]
        known = [one for one in made if one is not None]
        if len(known) < len(made):
            return None, False
        known = _in_step(known)
        told = np.stack([scorer.columns(one) for one in known])  # (1 + k, n_items, columns)
        worst = told[0].copy()
        worst[:, 0] = (np.min if scorer.sign > 0 else np.max)(told[..., 0], axis=0)
        columns.append(worst)
        clusters.append(known[0].cluster)
        clean.append(told[0])
        mean.append(told[1:].mean(axis=0))
    side = np.concatenate(columns), np.concatenate(clusters)
    if not len(side[0]):
        return None, True
    scores = [float(scorer.component.function(np.concatenate(one).sum(axis=0))) for one in (clean, mean)]
    value = interval(scorer.finish, side, rng=generator_of(*seed))
    return {"n": len(columns[0]), "clean": scores[0], "mean": scores[1], "worst": list(vars(value).values())}, True


def _in_step(sides: Sequence[Outcomes]) -> list[Outcomes]:
    """The items that all sides have, in one order, each once."""
    first = [np.unique(one.item, return_index=True) for one in sides]
    common = reduce(np.intersect1d, [items for items, _ in first])
    return [one.take(at[np.searchsorted(items, common)]) for one, (items, at) in zip(sides, first, strict=True)]
