"""From cells to results: the conditions of one encoder x pooler x mode, their repeats pooled."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.fingerprint import canonical
from harness.report import compare
from harness.report.model import Result
from harness.report.scorer import Scorer
from harness.report.source import Group, Source, address_of
from harness.stats import Interval


def result(source: Source, scorers: Sequence[Scorer], group: Group, *seed: str) -> Result:
    """One condition of one row. A score is the cell's own where there is one, else the mean of its repeats'.

    Without scorers (a task that could not be read) it says what became of the cells.
    """
    done = [cell for _, cell in group.done]
    cells = done or [cell for cell in group.cells if cell is not None]
    first: Mapping[str, Any] = cells[0] if cells else {}
    facts = [cell.get("facts") or {} for cell in cells]
    seed = (group.task, *group.row, group.condition, *seed)
    scores = [_score(source, scorer, done, seed) for scorer in scorers]
    entry = group.entries[0]
    return Result(
        condition=group.condition,
        repeat=address_of(entry)[5],
        kind=group.kind,
        bundles=group.bundles,
        status=str(first.get("status", "not run")),
        reason=str(first.get("reason") or ""),
        message=str(first.get("message") or ""),
        key=str(entry.get("key") or ""),
        n_repeats=len(group.done),
        score=scores[0] if scores else None,
        others=tuple(scores[1:]),
        drop=compare.drop(source, scorers[0], group, *seed) if done and scorers else None,
        ids_unchanged=1.0 if _reads_the_same(group) else _mean(facts, "ids_unchanged"),
        texts_changed=_mean(facts, "texts_changed"),
        n=first.get("n"),
        n_clusters=first.get("n_clusters"),
        n_truncated=facts[0].get("n_truncated") if facts else None,
        n_texts=facts[0].get("n_texts") if facts else None,
        n_unmatched=facts[0].get("n_unmatched") if facts else None,
        edits_per_text=_mean(facts, "edits_per_text"),
        seconds=sum(float(cell.get("seconds") or 0) for cell in cells) if cells else None,
        converged=all(fact.get("converged", True) for fact in facts),
        n_seeds=_n_seeds(entry for entry, _ in group.done),
        n_seeds_planned=_n_seeds(group.entries),
        **(_cost(source, group) | _setting(entry) | _chances(first, scorers)),
    )


def _reads_the_same(group: Group) -> bool:
    """Whether a reading is how the encoder reads anyway: its cells are those that they are compared with."""
    return group.kind == "reading" and all(entry.get("key") == entry.get("against") for entry in group.entries)


def _setting(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a condition is made of; nothing in runs of versions that did not write it down."""
    parameters = entry.get("parameters")
    return {
        "component": str(entry.get("component") or ""),
        "severity": entry.get("severity"),
        "parameters": canonical(parameters) if parameters else "",
    }


def _cost(source: Source, group: Group) -> dict[str, Any]:
    """What training took, of one seed: the mean of all."""
    lines = [source.builds[entry["build"]] for entry in group.entries if entry.get("build") in source.builds]
    facts = [line.get("facts") or {} for line in lines]
    return {"train_seconds": _mean(facts, "seconds"), "train_tokens": _mean(facts, "n_tokens")}


def _n_seeds(entries: Iterable[Mapping[str, Any]]) -> int:
    """How many seeds of training stand in the addresses."""
    parts = [part for entry in entries for part in address_of(entry)[5].split(",")]
    return len({part for part in parts if part.startswith("train=")})


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
    """None also where the metric is not defined, as a correlation with predictions that are all alike."""
    stored = [cell["scores"].get(scorer.name) for cell in cells]
    if not stored or stored[0] is None:
        return None
    if len(cells) == 1:
        found = Interval(*(_number(stored[0].get(name)) for name in ("value", "low", "high")))
        return found if np.isfinite(found.value) else None

    def pooled() -> tuple[Any, bool]:
        parts = [part for part in (source.outcomes(cell["key"]) for cell in cells) if part is not None]
        value = scorer.interval(parts, *named) if parts else None
        return value and list(vars(value).values()), len(parts) == len(cells)

    named = ("report", "score", *seed, scorer.name)
    together = source.compared("score", [cell["key"] for cell in cells], scorer, named, pooled)
    return Interval(*together) if together and np.isfinite(together[0]) else None


def _chances(cell: Mapping[str, Any], scorers: Sequence[Scorer]) -> dict[str, Any]:
    """What knowing nothing would score: by the first metric, and by the others."""
    scores = cell.get("scores") or {}
    others = tuple((scores.get(scorer.name) or {}).get("chance") for scorer in scorers[1:])
    return {"chance": cell.get("chance"), "other_chances": others}


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _mean(facts: Sequence[Mapping[str, Any]], name: str) -> float | None:
    values = [float(fact[name]) for fact in facts if fact.get(name) is not None]
    return float(np.mean(values)) if values else None
