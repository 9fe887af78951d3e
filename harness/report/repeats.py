"""From cells to results: the conditions of one encoder x pooler x mode, their repeats pooled."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from harness.core.fingerprint import canonical
from harness.report import compare
from harness.report.model import Result
from harness.report.scorer import Scorer
from harness.report.source import Group, Source
from harness.results import RunCell
from harness.stats import Interval


def result(source: Source, scorers: Sequence[Scorer], group: Group, *seed: str) -> Result:
    """One condition of one row. A score is the cell's own where there is one, else the mean of its repeats'.

    Without scorers (a task that could not be read) it says what became of the cells.
    """
    done, first = group.done, group.first
    cells = done or list(group.cells)
    shown = cells[0]
    seed = (group.task, *group.row, group.condition, *seed)
    scores = [_score(source, scorer, done, seed) for scorer in scorers]
    return Result(
        condition=group.condition,
        repeat=str(first.address.repeat),
        kind=group.kind,
        bundles=group.bundles,
        status=shown.status,
        reason=shown.reason,
        message=shown.said,
        key=first.key or "",
        n_repeats=len(done),
        score=scores[0] if scores else None,
        others=tuple(scores[1:]),
        drop=compare.drop(source, scorers[0], group, *seed) if done and scorers else None,
        n=shown.n,
        n_clusters=shown.n_clusters,
        n_truncated=shown.facts.n_truncated,
        n_texts=shown.facts.n_texts,
        n_unmatched=shown.facts.n_unmatched,
        chance=shown.chance,
        other_chances=tuple(shown.scores[s.name].chance if s.name in shown.scores else None for s in scorers[1:]),
        seconds=None if shown.status == "not run" else sum(cell.seconds for cell in cells),
        converged=all(cell.facts.converged for cell in cells),
        n_seeds=_n_seeds(done),
        n_seeds_planned=_n_seeds(group.cells),
        component=first.component,
        severity=first.severity,
        parameters=canonical(first.parameters) if first.parameters else "",
        **_changes(group, cells),
        **_cost(source, group),
    )


def _changes(group: Group, cells: Sequence[RunCell]) -> dict[str, float | None]:
    """What the condition did to texts, on average over repeats."""
    return {
        "ids_unchanged": 1.0 if _reads_the_same(group) else _mean(cell.ids_unchanged for cell in cells),
        "texts_changed": _mean(cell.facts.texts_changed for cell in cells),
        "edits_per_text": _mean(cell.facts.edits_per_text for cell in cells),
    }


def _reads_the_same(group: Group) -> bool:
    """Whether a reading is how the encoder reads anyway: its cells are those that they are compared with."""
    return group.kind == "reading" and all(cell.key == cell.against for cell in group.cells)


def _cost(source: Source, group: Group) -> dict[str, Any]:
    """What training took, of one seed: the mean of all."""
    facts = [source.builds[cell.build].facts for cell in group.cells if cell.build and cell.build in source.builds]
    return {
        f"train_{to}": _mean(getattr(fact, of) for fact in facts)
        for to, of in (("seconds", "seconds"), ("tokens", "n_tokens"))
    }


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
    return float(np.mean(known)) if known else None
