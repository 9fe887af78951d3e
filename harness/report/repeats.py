"""From cells to results: the conditions of one encoder x pooler x mode, their repeats pooled."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.report import compare
from harness.report.model import Result
from harness.report.scorer import Scorer
from harness.report.source import Group, Source
from harness.results import RunCell
from harness.results.records import Facts
from harness.stats import Interval


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
        drop=compare.drop(source, scorers[0], group, *seed) if done and scorers else None,
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
        value = scorer.interval(parts, *named) if parts else None
        return value and list(vars(value).values()), len(parts) == len(cells)

    named = ("report", "score", *seed, scorer.name)
    together = source.compared("score", [cell.key for cell in cells], scorer, named, pooled)
    return Interval(*together) if together and np.isfinite(together[0]) else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None
