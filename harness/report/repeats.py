"""From cells to results: the conditions of one encoder x pooler x mode, their repeats pooled, and what each costs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.report.model import Drop, Result
from harness.report.scorer import Scorer, shared
from harness.report.source import Group, Source, is_draw
from harness.results import RunCell
from harness.results.facts import Facts
from harness.stats import Interval

#: Kinds whose reference has the same items: predictions can be compared one by one.
PAIRED = ("perturbation", "reading", "shift")
#: Of a metric's range: with less above chance, a share of it is mostly noise.
HEADROOM = 0.03


def result(source: Source, scorers: Sequence[Scorer], group: Group, *seed: str) -> Result:
    """One condition of one row. A score is the cell's own where there is one, else the mean of its repeats'.

    Without scorers (a task that could not be read) it says what became of the cells.
    """
    done = group.done
    cells = done or list(group.cells)
    seed = (group.address.task, *group.address.row, group.address.condition, *seed)
    scores = [_score(source, scorer, done, seed) for scorer in scorers]
    # a reading is how the encoder reads anyway where its cells are those that they are compared with
    reads_the_same = group.kind == "reading" and all(cell.key == cell.against for cell in group.cells)
    together = {
        "facts": _facts([cell.facts for cell in cells]),
        "ids_unchanged": 1.0 if reads_the_same else _mean(cell.ids_unchanged for cell in cells),
        "seconds": sum(cell.seconds for cell in cells),
    }
    return Result(
        **(vars(cells[0]) | together),
        n_repeats=len(done),
        score=scores[0] if scores else None,
        others=tuple(scores[1:]),
        drop=drop(source, scorers[0], group, *seed) if done and scorers else None,
        n_seeds=_n_seeds(done),
        n_seeds_planned=_n_seeds(group.cells),
        train_seconds=_trained(source, group, "seconds"),
        train_tokens=_trained(source, group, "n_tokens"),
    )


def _facts(facts: Sequence[Facts]) -> Facts:
    """Those of the first cell, with what the condition did to texts on average over repeats."""
    if len(facts) == 1:
        return facts[0]
    return replace(
        facts[0],
        texts_changed=_mean(fact.texts_changed for fact in facts),
        edits_per_text=_mean(fact.edits_per_text for fact in facts),
        converged=all(fact.converged for fact in facts),
    )


def _trained(source: Source, group: Group, what: str) -> float | None:
    """What training took, of one seed: the mean of all."""
    builds = [source.builds[cell.build] for cell in group.cells if cell.build and cell.build in source.builds]
    return _mean(getattr(build.facts, what) for build in builds)


def _n_seeds(cells: Iterable[RunCell]) -> int:
    """How many seeds of training stand in the addresses."""
    return len({cell.address.repeat.train for cell in cells} - {None})


def single(source: Source, scorers: Sequence[Scorer], group: Group, whole: Result) -> list[Result]:
    """The planned cells of a condition one by one; `whole` is their pooled result."""
    if len(group.cells) == 1:
        return [whole]
    return [result(source, scorers, Group((cell,)), str(cell.address.repeat)) for cell in group.cells]


def _score(source: Source, scorer: Scorer, cells: Sequence[RunCell], seed: tuple[str, ...]) -> Interval | None:
    """None also where the metric is not defined, as a correlation with predictions that are all alike."""
    stored = cells[0].scores.get(scorer.name) if cells else None
    if stored is None:
        return None
    if len(cells) == 1:
        return Interval(stored.value, stored.low, stored.high) if np.isfinite(stored.value) else None

    def pooled() -> tuple[Any, bool]:
        parts = [part for part in (cell.outcomes for cell in cells) if part is not None]
        value = _pooled(scorer, cells, parts, named) if parts else None
        return value and list(vars(value).values()), len(parts) == len(cells)

    named = ("report", "score", *seed, scorer.name)
    together = source.compared("score", [cell.key for cell in cells], scorer, named, pooled)
    return Interval(*together) if together and np.isfinite(together[0]) else None


def _pooled(scorer: Scorer, cells: Sequence[RunCell], parts: Sequence[Outcomes], named: tuple[str, ...]) -> Interval:
    """The score of repeats; of draws of what was learnt from with an interval that includes them."""
    of = [cell.address.repeat.train for cell in cells if is_draw(cell)]
    if len(of) < len(cells) or len(parts) < len(cells):
        return scorer.interval(parts, *named)
    return scorer.interval_of_draws(parts, [number or 0 for number in of], *named)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


def drop(source: Source, scorer: Scorer, group: Group, *seed: str) -> Drop | None:
    """What the condition costs, its repeats pooled; None without a reference or without outcomes.

    Paired kinds are compared on the items that both have; a slice and its control have other items.
    """
    cells = [(cell.against, str(cell.key)) for cell in group.done if cell.against]
    if not cells:
        return None
    found = source.compared(
        "drop and flips",
        cells,
        scorer,
        ("report", "loss", *seed),
        lambda: _computed(source, scorer, group, cells, seed),
    )
    if found is None:
        return None
    loss, (first, _) = Interval(*found["loss"]), cells[found["first"]]
    condition, of = source.reference(group, first)
    return Drop(
        against=f"{condition} ({of})" if of else condition,
        reference=found["reference"],
        loss=loss,
        room=_room(scorer, found["reference"], source.chance(first)),
        flip_rate=found["flip_rate"],
        flip_rate_right=found["flip_rate_right"],
        is_of_other=bool(of),
    )


def _computed(
    source: Source, scorer: Scorer, group: Group, cells: Sequence[tuple[str, str]], seed: Sequence[str]
) -> tuple[Any, bool]:
    """Loss, score of the reference, and share of predictions that are others; None without pairs that share items.

    And whether all cells have outcomes.
    """
    pairs = [(i, source.outcomes(key), source.outcomes(changed)) for i, (key, changed) in enumerate(cells)]
    known = [(i, before, after) for i, before, after in pairs if before is not None and after is not None]
    if group.kind in PAIRED:
        known = [(i, *shared(before, after)) for i, before, after in known]
        known = [pair for pair in known if len(pair[1])]
    # a clean cell that serves several repeats counts once
    references = list({cells[i][0]: before for i, before, _ in known}.values())
    if not known:
        return None, False
    loss = scorer.loss(references, [after for _, _, after in known], "report", "loss", *seed)
    if not np.isfinite(loss.value):
        return None, False
    scoring = source.scoring(group.address.task)
    sides = [(before, after) for _, before, after in known if group.kind in PAIRED]
    flips = [(scoring.flipped(before, after), scoring.right(before)) for before, after in sides]
    found = {"first": known[0][0], "loss": list(vars(loss).values()), **_flip_rates(flips)}
    return {**found, "reference": scorer.value(*references)}, len(known) == len(pairs)


def _flip_rates(flips: Sequence[tuple[Any, Any]]) -> dict[str, float | None]:
    """Share of predictions that are others: of all items, and of those that were right on the reference's texts.

    From (n,) flags of what flipped and what was right, or None, of each pair of cells.
    """
    every = [flipped for flipped, _ in flips if flipped is not None]
    right = [flipped[was] for flipped, was in flips if flipped is not None and was is not None]
    both = {"flip_rate": every, "flip_rate_right": right}
    return {name: float(np.mean(np.concatenate(one))) if any(map(len, one)) else None for name, one in both.items()}


def _room(scorer: Scorer, value: float, chance: float) -> float | None:
    """What a reference has above chance; None where that is next to nothing."""
    room = value - chance if scorer.measure.higher_is_better else chance - value
    return room if room > HEADROOM * scorer.width and room > 0 else None
