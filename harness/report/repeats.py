"""From cells to rows: one encoder x pooler x mode, its conditions with their repeats pooled, its bundles."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.report import comparisons, verdict
from harness.report.model import CONDITIONS, Bundle, Result
from harness.report.scorer import Scorer, concatenate
from harness.report.source import Group, Source, address_of
from harness.stats import Interval


def result(source: Source, scorers: Sequence[Scorer], group: Group, *seed: str) -> Result:
    """One condition of one row. A score is the cell's own where there is one, else that of all repeats together."""
    done = [cell for _, cell in group.done]
    cells = done or [cell for cell in group.cells if cell is not None]
    first: Mapping[str, Any] = cells[0] if cells else {}
    facts = [cell.get("facts") or {} for cell in cells]
    seed = (group.task, *group.row, group.condition, *seed)
    scores = [*(_score(source, scorer, done, seed) for scorer in scorers), None]
    entry = group.entries[0]
    return Result(
        condition=group.condition,
        repeat=address_of(entry)[5],
        kind=group.kind,
        bundles=tuple(entry.get("bundles") or ()),
        status=str(first.get("status", "not run")),
        reason=str(first.get("reason") or ""),
        message=str(first.get("message") or ""),
        key=str(entry.get("key") or ""),
        n_repeats=len(group.done),
        score=scores[0],
        second=scores[1],
        drop=comparisons.drop(source, scorers[0], group, *seed) if done else None,
        ids_unchanged=_mean(facts, "ids_unchanged"),
        texts_changed=_mean(facts, "texts_changed"),
        n=first.get("n"),
        n_clusters=first.get("n_clusters"),
        n_truncated=facts[0].get("n_truncated") if facts else None,
        n_texts=facts[0].get("n_texts") if facts else None,
        chance=first.get("chance"),
        seconds=sum(float(cell.get("seconds") or 0) for cell in cells) if cells else None,
        converged=all(fact.get("converged", True) for fact in facts),
    )


def single(source: Source, scorers: Sequence[Scorer], group: Group, whole: Result) -> list[Result]:
    """The planned cells of a condition one by one; `whole` is their pooled result."""
    if len(group.entries) == 1:
        return [whole]
    found = []
    for entry, cell in zip(group.entries, group.cells, strict=True):
        one = Group(group.task, group.row, group.condition, (entry,), (cell,))
        found.append(result(source, scorers, one, address_of(entry)[5]))
    return found


def _score(
    source: Source, scorer: Scorer, cells: Sequence[Mapping[str, Any]], seed: tuple[str, ...]
) -> Interval | None:
    stored = [cell["scores"].get(scorer.measure.name) for cell in cells]
    if not stored or stored[0] is None:
        return None
    if len(cells) == 1:
        return Interval(*(_number(stored[0].get(name)) for name in ("value", "low", "high")))
    parts = [part for part in (source.outcomes(cell["key"]) for cell in cells) if part is not None]
    return scorer.interval(concatenate(parts), *seed, scorer.measure.name) if parts else None


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _mean(facts: Sequence[Mapping[str, Any]], name: str) -> float | None:
    values = [float(fact[name]) for fact in facts if fact.get(name) is not None]
    return float(np.mean(values)) if values else None


def bundle(name: str, results: Sequence[Result], why_not: str) -> Bundle:
    """The worst member of a bundle for one row, or why there is none."""
    members = [r for r in results if name in r.bundles and r.kind in CONDITIONS]
    measured = [r for r in members if r.drop is not None]
    if measured:
        return Bundle(name, verdict.worst(measured), len(measured), len(members), "")
    if members:
        failed = next((r.reason for r in members if r.status == "failed"), None)
        why_not = f"failed: {failed}" if failed else "has not run, or what it is compared with has not"
    return Bundle(name, None, 0, len(members), why_not)
