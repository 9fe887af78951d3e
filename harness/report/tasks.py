"""One task of the view: its rows ranked and timed, its verdict, what to know about its data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from harness.core.data import Outcomes
from harness.latency import REQUESTS
from harness.report import bundles, compare, latency, notes, repeats, tuning
from harness.report.metric import scorer_of
from harness.report.model import NO_POOLER, LostTask, Names, Row, Task, Verdict
from harness.report.scorer import Scorer, paired
from harness.report.source import Group, Source
from harness.report.speed_model import Speed
from harness.report.verdict import Gain, verdict
from harness.stats import Interval, competition_ranks


def build(source: Source, name: str) -> Task:
    """Everything the report says of one task."""
    facts = source.manifest["tasks"][name]
    scorers = [scorer_of(metric) for metric in facts["metrics"][:2]]
    on_requests = bool((source.manifest["suite"].get("latency") or {}).get("texts"))
    timings = latency.of_task(source.timings, REQUESTS if on_requests else name)
    groups = source.of(name)
    labels = _labels(list(groups))
    reference = _reference(source.manifest["suite"], timings, list(groups))
    medians = latency.medians(timings, *reference[:2]) if reference else {}
    found = []
    for names in groups:
        speed = latency.speed(timings, *names[:2], medians)
        found.append(_row(source, scorers, groups, names, speed))
    clean = {row.names: parts for row in found if (parts := _clean(source, groups[row.names]))}
    ranked, n_pairs = _ranked(scorers[0], found, clean, name)
    gain = _gain(scorers[0], clean, name)
    visible = _visible(ranked, gain, n_pairs)
    return Task(
        name=name,
        measure=scorers[0].measure,
        second=scorers[1].measure if len(scorers) > 1 else None,
        rows=tuple(ranked),
        verdict=verdict(ranked, scorers[0].measure, gain, visible, n_pairs),
        work=latency.work(timings, _encoders(source), medians),
        on_requests=on_requests and bool(timings),
        n_cores=(source.manifest.get("environment") or {}).get("n_cores"),
        reference=labels[reference] if reference else None,
        n_pairs=n_pairs,
        notes=notes.of_rows(ranked),
        facts=notes.facts_of(facts, ranked, *(scorer.measure for scorer in scorers)),
        tuning=tuning.build(source, scorers[0], name, ranked, gain),
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


def lost(source: Source, name: str) -> LostTask:
    """A task whose data could not be read: its planned cells, without a score."""
    groups = source.of(name)
    rows = tuple(_row(source, (), groups, names, None) for names in groups)
    failed = next((cell for row in rows for cell in row.cells if cell.status == "failed"), None)
    why = f"could not be read ({failed.reason}: {failed.message})" if failed else "has not been read yet"
    return LostTask(name, Verdict(None, f"No verdict: the task {why}."), rows)


def _row(
    source: Source,
    scorers: Sequence[Scorer],
    groups: Mapping[Names, Sequence[Group]],
    names: Names,
    speed: Speed | None,
) -> Row:
    """One row of a task; `groups` are those of all its rows."""
    encoder, pooler, mode = names
    mine = groups[names]
    results = [repeats.result(source, scorers, group) for group in mine]
    about = _about(source, encoder, mine)
    of_task = [group for of_row in groups.values() for group in of_row]
    return Row(
        encoder=encoder,
        pooler=pooler,
        mode=mode,
        label=_labels(list(groups))[names],
        clean=next((r for r in results if r.kind == "clean"), None),
        group=None,
        rank=None,
        n_tied=0,
        results=tuple(results),
        cells=tuple(
            cell
            for group, result in zip(mine, results, strict=True)
            for cell in repeats.single(source, scorers, group, result)
        ),
        bundles=tuple(bundles.of_row(source.manifest, mine[0].task, names, results, of_task)),
        speed=speed,
        n_parameters=about.get("n_parameters"),
        disk_mb=about.get("disk_mb"),
        weights=str(about.get("weights") or "–"),
        loose=tuple(bundles.loose(names, results, of_task)),
        is_tuned=bool(tuning.builds(mine)),
    )


def _about(source: Source, encoder: str, groups: Sequence[Group]) -> Mapping[str, Any]:
    """What is known of a row's weights: those of its encoder, or those that were trained from them here."""
    base: Mapping[str, Any] = source.manifest["encoders"].get(encoder, {})
    trained = tuning.builds(groups)
    if not trained:
        return base
    sizes = [(source.builds.get(key, {}).get("facts") or {}).get("disk_mb") for key in trained]
    disk_mb = next((size for size in sizes if size is not None), base.get("disk_mb"))
    return {**base, "disk_mb": disk_mb, "weights": f"fine-tuned here: {base.get('weights') or 'unknown'}"}


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
    group, n_pairs = compare.ranks(scorer, {names: clean[names] for names in scores}, scores, task)
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


def _visible(ranked: Sequence[Row], gain: Gain, n_pairs: int) -> float | None:
    """From the leader against the rows that it could be mistaken for: those above chance."""
    scored = [row for row in ranked if row.score is not None and row.group is not None]
    leaders = [row for row in scored if row.group == 1]
    if not leaders:
        return None
    found = [gain(row.names, leaders[0].names) for row in scored if row is not leaders[0]]
    return compare.smallest_visible([interval for interval in found if interval is not None], n_pairs)
