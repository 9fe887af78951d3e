"""Curves over severities: a row's score at each, what it loses there, and the area under what it loses."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.core.fingerprint import canonical
from harness.core.seeds import generator_of
from harness.report.model import Names, Result, Row
from harness.report.robustness_model import Curve, Point
from harness.report.scorer import Scorer
from harness.report.source import Group, Source, grouped
from harness.stats import Interval, draws, mean_height

#: Kinds whose items are those of the clean texts.
_KINDS = ("perturbation", "reading")

#: The groups of a row by condition.
_Groups = Mapping[str, Group]


def build(
    source: Source, scorer: Scorer, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> tuple[Curve, ...]:
    """A curve a component and row, where that stands at two severities or more with all else alike."""
    own = {names: {group.address.condition: group for group in mine} for names, mine in groups.items()}
    every = [(row, r) for row in rows for r in row.results if r.kind in _KINDS and r.severity is not None and r.drop]
    alike = grouped(((r.component, canonical(r.parameters)), (row, r)) for row, r in every)
    return tuple(curve for pairs in alike.values() for curve in _curves(source, scorer, pairs, own))


def _curves(
    source: Source, scorer: Scorer, pairs: Sequence[tuple[Row, Result]], groups: Mapping[Names, _Groups]
) -> Iterator[Curve]:
    """The curves of one component; rows that lack a severity have none."""
    severities = sorted({float(r.severity or 0.0) for _, r in pairs})
    by_row = grouped((row.names, (row, r)) for row, r in pairs)
    told = [(own[0][0], sorted((r for _, r in own), key=lambda r: r.severity or 0.0)) for own in by_row.values()]
    whole = [(row, results) for row, results in told if row.clean is not None and len(results) == len(severities)]
    if len(severities) < 2 or not whole:
        return
    sides = [[row.clean.condition, *(r.condition for r in own)] for row, own in whole if row.clean]
    cells = [
        [[str(cell.key) for cell in groups[row.names][name].done] for name in names]
        for (row, _), names in zip(whole, sides, strict=True)
    ]
    first = whole[0][1][0]
    seed = ("report", "curve", first.address.task, first.component, canonical(first.parameters))
    compute = partial(_computed, source, scorer, cells, severities, seed)
    areas = source.compared("curve", [cells, severities], scorer, seed, compute)
    for (row, own), area in zip(whole, areas, strict=True):
        points = [Point(float(r.severity or 0), r.condition, r.score, r.drop.loss) for r in own if r.score and r.drop]
        if area is not None and np.isfinite(area[0]) and row.score is not None:
            yield Curve(first.component, first.parameters, row.names, row.score, tuple(points), Interval(*area))


def _computed(
    source: Source, scorer: Scorer, cells: Sequence[Any], severities: Sequence[float], seed: Sequence[str]
) -> tuple[Any, bool]:
    """The area of each row, None where outcomes are lost or scores undefined; and whether no outcomes are lost.

    The resamples are the same for all severities and all rows.
    """
    made = [[[source.outcomes(key) for key in one] for one in own] for own in cells]
    told = [[[one for one in side if one is not None] for side in own] for own in made]
    both, is_whole = [_on_shared_items(own) for own in told], all(None not in side for own in made for side in own)
    known = [own for own in both if own]
    if not known:
        return [None] * len(cells), is_whole
    finish, sides = scorer.together(*(side for own in known for side in own))
    scores = draws(finish, sides, rng=generator_of(*seed))

    def area(values: Any, row: int) -> Any:
        """From the score of every side (..., rows x sides) to the area of one row (...,)."""
        own = values.reshape(*values.shape[:-1], len(known), len(severities) + 1)[..., row, :]
        return mean_height(severities, scorer.sign * (own[..., :1] - own[..., 1:]))

    found = iter([list(vars(scores.of(partial(area, row=row))).values()) for row in range(len(known))])
    return [next(found) if own else None for own in both], is_whole


def _on_shared_items(sides: Sequence[Sequence[Outcomes]]) -> list[list[Outcomes]]:
    """All repeats of all sides on the items that every one has; nothing where they share none, or a side is empty."""
    if not all(sides):
        return []
    items = [one.item for side in sides for one in side]
    if all(np.array_equal(one, items[0]) for one in items):
        return [list(side) for side in sides] if len(items[0]) else []
    common = reduce(np.intersect1d, items)
    return [[one.take(np.isin(one.item, common)) for one in side] for side in sides] if len(common) else []
