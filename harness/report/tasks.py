"""One task of the view: its rows ranked and timed, its verdict, what to know about its data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from harness.core.data import Outcomes
from harness.report import comparisons, latency, notes, repeats
from harness.report.metric import scorer_of
from harness.report.model import NO_POOLER, Names, Row, Speed, Task
from harness.report.scorer import Scorer, paired
from harness.report.source import Group, Source
from harness.report.verdict import Gain, verdict
from harness.stats import Interval, competition_ranks


def build(source: Source, name: str) -> Task:
    """Everything the report says of one task."""
    facts = source.manifest["tasks"][name]
    scorers = [scorer_of(metric) for metric in facts["metrics"][:2]]
    timings = latency.of_task(source.timings, name, source.manifest["tasks"])
    groups = source.of(name)
    labels = _labels(list(groups))
    reference = _reference(source.manifest["suite"], timings, list(groups))
    medians = latency.medians(timings, *reference[:2]) if reference else {}
    found = []
    for names, of_row in groups.items():
        speed = latency.speed(timings, *names[:2], medians)
        found.append(_row(source, scorers, of_row, labels[names], speed))
    clean = {row.names: parts for row in found if (parts := _clean(source, groups[row.names]))}
    ranked, n_pairs = _ranked(scorers[0], found, clean, name)
    gain = _gain(scorers[0], clean, name)
    visible = _visible(ranked, gain)
    return Task(
        name=name,
        kind=str(facts.get("kind", "")),
        measure=scorers[0].measure,
        second=scorers[1].measure if len(scorers) > 1 else None,
        rows=tuple(ranked),
        verdict=verdict(ranked, scorers[0].measure, gain, visible),
        work=latency.work(timings, _encoders(source), medians),
        n_cores=(source.manifest.get("environment") or {}).get("n_cores"),
        reference=labels[reference] if reference else None,
        visible=visible,
        n_pairs=n_pairs,
        notes=notes.of_rows(ranked),
        facts=notes.facts_of(facts, ranked, scorers[0].measure),
    )


def _labels(names: Sequence[Names]) -> dict[Names, str]:
    """`minilm / mean / probe`, without the mode where all rows with an encoder share it."""
    modes = {mode for _, pooler, mode in names if (pooler, mode) != (NO_POOLER, NO_POOLER)}
    return {
        (encoder, pooler, mode): encoder
        if (pooler, mode) == (NO_POOLER, NO_POOLER)
        else " / ".join([encoder, pooler] + ([mode] if len(modes) > 1 else []))
        for encoder, pooler, mode in names
    }


def _reference(suite: Mapping[str, Any], timings: Sequence[Mapping[str, Any]], names: Sequence[Names]) -> Names | None:
    """The first timed row of the encoder that the suite names, else of the first encoder."""
    wanted = (suite.get("latency") or {}).get("reference") or suite.get("reference")
    timed = [n for n in names if n[1:] != (NO_POOLER, NO_POOLER) and latency.medians(timings, n[0], n[1])]
    return next((n for n in timed if n[0] == wanted), timed[0] if timed else None)


def _row(source: Source, scorers: Sequence[Scorer], groups: Sequence[Group], label: str, speed: Speed | None) -> Row:
    manifest, task = source.manifest, groups[0].task
    encoder, pooler, mode = groups[0].row
    results = [repeats.result(source, scorers, group) for group in groups]
    about = manifest["encoders"].get(encoder, {})
    why_not = {
        line["what"]: f"{line['what']} does not apply: {line['why']}"
        for line in manifest.get("not_applicable", [])
        if line.get("task") in (task, None)
    }
    return Row(
        encoder=encoder,
        pooler=pooler,
        mode=mode,
        label=label,
        clean=next((r for r in results if r.kind == "clean"), None),
        group=None,
        rank=None,
        n_tied=0,
        results=tuple(results),
        cells=tuple(
            cell
            for group, result in zip(groups, results, strict=True)
            for cell in repeats.single(source, scorers, group, result)
        ),
        bundles=tuple(
            repeats.bundle(name, results, why_not.get(name, f"{name} was not measured for this row"))
            for name in manifest.get("bundles", {})
        ),
        speed=speed,
        n_parameters=about.get("n_parameters"),
        disk_mb=about.get("disk_mb"),
        weights=str(about.get("weights") or "–"),
    )


def _encoders(source: Source) -> list[str]:
    """All encoders in the order of the manifest; those that were only timed come last."""
    return list(dict.fromkeys([*source.manifest["encoders"], *(t["encoder"] for t in source.timings)]))


def _clean(source: Source, groups: Sequence[Group]) -> list[Outcomes]:
    keys = [cell["key"] for group in groups if group.kind == "clean" for _, cell in group.done]
    return [part for part in map(source.outcomes, keys) if part is not None]


def _ranked(
    scorer: Scorer, found: Sequence[Row], clean: Mapping[Names, Sequence[Outcomes]], task: str
) -> tuple[list[Row], int]:
    scores = {row.names: row.score.value for row in found if row.score is not None and row.names in clean}
    group, n_pairs = comparisons.ranks(scorer, {names: clean[names] for names in scores}, scores, task)
    shared = list(group.values())
    rank = dict(zip(group, competition_ranks(shared), strict=True))
    ranked = [
        replace(row, group=g, rank=rank[row.names], n_tied=shared.count(g)) if (g := group.get(row.names)) else row
        for row in found
    ]
    return ranked, n_pairs


def _gain(scorer: Scorer, clean: Mapping[Names, Sequence[Outcomes]], task: str) -> Gain:
    """How much better one row is than another on the items that both have."""

    @cache
    def gain(row: Names, pick: Names) -> Interval | None:
        both = paired(clean.get(row, ()), clean.get(pick, ()))
        return scorer.loss(*both, task, "gain", *row, *pick) if both else None

    return gain


def _visible(ranked: Sequence[Row], gain: Gain) -> float | None:
    """From the leader against the rows that it could be mistaken for: those above chance."""
    scored = [row for row in ranked if row.score is not None and row.group is not None]
    leaders = [row for row in scored if row.group == 1]
    if not leaders:
        return None
    found = [gain(row.names, leaders[0].names) for row in scored if row is not leaders[0]]
    return comparisons.smallest_visible([interval for interval in found if interval is not None])
