"""What a condition does between rows: which loses less, on the same changed texts, and whether their ranking stays.

Drops are compared as scores are (`harness.stats.best`): a row's value is the difference of its two scores, so that what
is compared is a difference of differences, paired by text, with intervals that hold for all pairs of rows at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.core.seeds import generator_of
from harness.report import front
from harness.report.model import CONDITIONS, Names, Row
from harness.report.repeats import PAIRED
from harness.report.robustness_model import Between, Loss
from harness.report.scorer import Scorer, shared
from harness.report.source import Group, Source
from harness.report.standing import Repeat, Standing, Told, on_shared_items, repeats_of, stood
from harness.stats import Comparisons, Interval, comparisons, competition_ranks, draws, kendall

#: Fewer rows have no ranking to speak of.
_FEW = 3
#: Resamples for the interval of tau, which takes few values.
_N_RESAMPLES = 1000

#: Of a row: its repeats on clean texts, those under the condition, and the cells that the latter are compared with.
_Cells = tuple[Sequence[Repeat], Sequence[Repeat], Sequence[str]]


def build(
    source: Source, scorer: Scorer, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]], clean: Standing
) -> tuple[Between, ...]:
    """Every condition that two rows or more have; `clean` is how rows compare on clean texts.

    Rows that are no better than chance there are left out: they have nothing to lose.
    """
    able = [row.names for row in rows if front.above_chance(row, scorer.measure)]
    apart = _apart(clean.known, clean.rows)
    every = {g.address.condition: g for names in able for g in groups[names] if g.kind in CONDITIONS}
    found = []
    for condition, group in every.items():
        mine = {names: cells for names in able for cells in _cells(groups[names], condition)}
        if len(mine) > 1 and (one := _between(_Asked(source, scorer, group, mine), apart)) is not None:
            found.append(one)
    return tuple(found)


def _cells(groups: Sequence[Group], condition: str) -> Iterator[_Cells]:
    """The cells of a row for one condition, where it has both sides."""
    clean = [one for group in groups if group.kind == "clean" for one in repeats_of(group)]
    for group in groups:
        against = [cell.against for cell in group.done if cell.against]
        if group.address.condition == condition and clean and len(against) == len(group.done) > 0:
            yield clean, repeats_of(group), against


@dataclass(frozen=True)
class _Asked:
    """One condition: the cells of each row. `of` is one row's group."""

    source: Source
    scorer: Scorer
    of: Group
    cells: Mapping[Names, _Cells]

    @property
    def seed(self) -> tuple[str, ...]:
        """What its resamples are drawn by."""
        return ("report", "between", self.of.address.task, self.of.address.condition)


def _between(asked: _Asked, apart: set[tuple[Names, Names]]) -> Between | None:
    """None where fewer than two rows share items. `apart` are pairs that are told apart on clean texts."""
    names = list(asked.cells)
    cells = list(asked.cells.values())
    found = asked.source.compared("between", cells, asked.scorer, asked.seed, lambda: _computed(asked))
    if found is None:
        return None
    told = found["losses"]
    losses = [Loss(names[row], drop, rank, n_tied, Interval(*more)) for row, drop, rank, n_tied, more in told]
    rows = {loss.names for loss in losses}
    now = {(names[a], names[b]) for a, b in found["apart"]}
    before = {(a, b) for a, b in apart if a in rows and b in rows}
    return Between(
        condition=asked.of.address.condition,
        losses=tuple(losses),
        tau=Interval(*found["tau"]) if found["tau"] else None,
        first=(_named(names, found["first"][0]), _named(names, found["first"][1])),
        n_apart=len(before),
        n_kept=len(before & now),
        turned=tuple(sorted((a, b) for a, b in now if (b, a) in before)),
    )


def _named(names: Sequence[Names], places: Sequence[int]) -> tuple[Names, ...]:
    return tuple(names[i] for i in places)


def _apart(known: Comparisons, rows: Sequence[Names]) -> set[tuple[Names, Names]]:
    """The pairs of rows of which the first is shown to be better."""
    better = known.scores[:, None] - known.scores > known.halves
    return {(rows[a], rows[b]) for a, b in np.argwhere(better)}


def _computed(asked: _Asked) -> tuple[Any, bool]:
    """What is stored, rows by their place; and whether all cells have outcomes."""
    source, scorer = asked.source, asked.scorer
    told = {row: list(_told(source, *own)) for row, own in asked.cells.items()}
    is_whole = all(len(told[row]) == len(own[0]) + len(own[1]) for row, own in asked.cells.items())
    scored = {row: own for row, own in told.items() if own and _is_scored(scorer, own)}
    contexts = {context for _, changed, _ in asked.cells.values() for context, _, _ in changed}
    both = {row: own for row, own in on_shared_items(scored).items() if len({t.context in contexts for t in own}) == 2}
    if len(both) < 2:
        return None, is_whole
    clean = {row: [one for one in own if one.context not in contexts] for row, own in both.items()}
    changed = {row: [one for one in own if one.context in contexts] for row, own in both.items()}
    return {"losses": _losses(asked, changed), **_ranking(asked, clean, changed)}, is_whole


def _told(source: Source, clean: Sequence[Repeat], changed: Sequence[Repeat], against: Sequence[str]) -> Iterator[Told]:
    known = {cell: source.outcomes(cell) for cell in against}
    for context, seed, key in clean:
        if (made := source.outcomes(key)) is not None:
            yield Told(context, seed, made)
    for (context, seed, key), reference in zip(changed, against, strict=True):
        if (made := source.outcomes(key)) is not None and known[reference] is not None:
            yield Told(context, seed, made, known[reference])


def _is_scored(scorer: Scorer, told: Sequence[Told]) -> bool:
    return bool(np.isfinite([scorer.value(one.outcomes) for one in (told[0], told[-1])]).all())


def _losses(asked: _Asked, changed: Mapping[Names, Sequence[Told]]) -> list[Any]:
    """Of each row its place, what it loses, its rank by that, with how many, and how much more than the least."""
    scorer, names = asked.scorer, list(asked.cells)
    is_paired = asked.of.kind in PAIRED
    parts = []
    for own in changed.values():
        pairs = [(one.before, one.outcomes, one.seed) for one in own if one.before is not None]
        parts.append([scorer.change_part(*(shared(a, b) if is_paired else (a, b)), seed) for a, b, seed in pairs])
    # a drop may be as wide as the metric both ways
    known = comparisons(scorer.change, parts, generator_of(*asked.seed, "drops"), unit=2 * scorer.width)
    found = stood(changed, known)
    groups = found.groups()
    ranks = dict(zip(groups, competition_ranks(list(groups.values())), strict=True))
    order = sorted(changed, key=lambda row: -known.scores[found.rows.index(row)])
    least = next((row for row in order if row in groups), order[0])
    return [
        [
            names.index(row),
            -float(known.scores[found.rows.index(row)]),
            ranks.get(row),
            list(groups.values()).count(groups.get(row, 0)),
            _more(found, least, row),
        ]
        for row in order
    ]


def _more(known: Standing, least: Names, row: Names) -> list[float]:
    """How much more a row loses than that which loses least; a row than itself nothing."""
    gain = known.gain(least, row)
    assert gain is not None
    return [0.0, 0.0, 0.0] if row == least else list(vars(gain).values())


def _ranking(
    asked: _Asked, clean: Mapping[Names, Sequence[Told]], changed: Mapping[Names, Sequence[Told]]
) -> dict[str, Any]:
    """Tau with its interval, who is first before and under the condition, and which pairs are told apart under it."""
    rows = list(changed)
    if len(rows) < _FEW:
        return {"tau": None, "first": [[], []], "apart": []}
    scorer, names, n = asked.scorer, list(asked.cells), len(rows)
    finish, sides = scorer.together(*([one.outcomes for one in side[row]] for side in (clean, changed) for row in rows))
    scores = draws(finish, sides, rng=generator_of(*asked.seed, "tau"), n_resamples=_N_RESAMPLES)
    tau = scores.of(lambda values: kendall(values[..., :n], values[..., n:]))
    merits = scorer.sign * scores.whole.reshape(2, n)
    first = [[names.index(rows[i]) for i in np.flatnonzero(side >= side.max() - 1e-12)] for side in merits]
    parts = [[scorer.part(one.outcomes, one.seed) for one in changed[row]] for row in rows]
    known = comparisons(scorer.better, parts, generator_of(*asked.seed, "rank"), unit=scorer.width)
    pairs = [[names.index(a), names.index(b)] for a, b in sorted(_apart(known, rows))]
    return {"tau": list(vars(tau).values()), "first": first, "apart": pairs}
