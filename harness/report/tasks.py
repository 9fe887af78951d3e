"""One task of the view: its rows ranked and timed, its verdict, what to know about its data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.report import (
    above,
    bundles,
    computed,
    contrasts,
    flips,
    gains,
    insights,
    latency,
    lengths,
    limits,
    notes,
    protocols,
    repeats,
    taught,
    timed,
    tuning,
    worst,
)
from harness.report.bundles import Members
from harness.report.choice import Asked
from harness.report.model import NO_POOLER, LostTask, Names, Row, Task, Verdict
from harness.report.scorer import Scorer, scorer_of
from harness.report.source import Group, Source
from harness.report.standing import Standing, compared, repeats_of
from harness.report.verdict import verdict
from harness.results.manifest import Encoder, Suite
from harness.results.records import Timing
from harness.stats import competition_ranks
from harness.tasks.kinds import counted_of, is_joint


def build(source: Source, name: str) -> Task:
    """Everything the report says of one task."""
    facts = source.manifest.tasks[name]
    scorers = [scorer_of(metric) for metric in facts.metrics]
    suite, groups = source.manifest.suite, source.tasks[name]
    timings = latency.of_suite(source.timings, suite, name)
    labels = _labels(list(groups))
    reference = _reference(suite, timings, list(groups))
    medians = latency.medians(timings, *reference[:2]) if reference else {}
    plain = _plain(source, scorers, groups, labels)
    found = [_costed(row, suite, timings, medians) for row in plain]
    known = standing_of(source, scorers[0], groups, name)
    ranked = taught.rows(source, _ranked(found, known), known)
    encoders = [*source.manifest.encoders, *(t.encoder for t in source.timings)]
    work = latency.work(timings, dict.fromkeys(encoders), medians)
    is_busy = latency.is_busy(work, source.manifest.environment.n_cores)
    asked = _asked(source, scorers, name, is_busy)
    return Task(
        name=name,
        measure=scorers[0].measure,
        others=tuple(scorer.measure for scorer in scorers[1:]),
        rows=tuple(ranked),
        verdict=timed.verdict(ranked, is_busy=is_busy) if timed.is_alone(ranked) else verdict(ranked, known, asked),
        work=work,
        on_requests=bool(suite.latency.texts and timings),
        n_cores=source.manifest.environment.n_cores,
        reference=labels[reference] if reference else None,
        n_compared=len(known.judged),
        notes=(*notes.of_rows(ranked), *protocols.notes(source, name, ranked)),
        computed=computed.notes(source, ranked, groups),
        facts=notes.facts_of(facts, ranked, *(scorer.measure for scorer in scorers)),
        tuning=tuning.build(source, scorers[0], name, ranked, known),
        robustness=worst.build(source, scorers[0], ranked, groups, known),
        flips=flips.of_task(source, name, labels),
        insights=insights.build(source, scorers[0], name, ranked, groups),
        contrasts=contrasts.of_task(source, ranked, known),
        above=above.of_task(source, name, ranked, groups),
        gains=gains.of_task(source, scorers[0], ranked, groups),
        readings=lengths.readings(ranked),
        sweeps=lengths.sweeps(source, ranked, known),
    )


def _asked(source: Source, scorers: Sequence[Scorer], name: str, is_busy: bool) -> Asked:
    """What the verdict on a task is asked for; by its second metric too, where it has one."""
    (within, origin), items = _within(source.manifest.suite), counted_of(source.manifest.tasks[name].kind)
    asked = Asked(scorers[0].measure, within, source=origin, is_busy=is_busy, items=items)
    if len(scorers) == 1:
        return asked
    second = scorers[1]
    return replace(
        asked, second=second.measure, by_second=lambda: standing_of(source, second, source.tasks[name], name)
    )


def _within(suite: Suite) -> tuple[float, str]:
    """What the choice of a cheaper row than the best may cost, in the metric's units, and where that is from."""
    margin = suite.gate.margin
    return (margin, "within: the gate's margin") if suite.within in (None, margin) else (suite.within, "within")


def _labels(names: Sequence[Names]) -> dict[Names, str]:
    """`minilm / mean / probe`, without the mode where all rows with an encoder share it."""
    modes = {mode for _, pooler, mode in names if (pooler, mode) != (NO_POOLER, NO_POOLER)}
    return {
        (encoder, pooler, mode): encoder
        if (pooler, mode) == (NO_POOLER, NO_POOLER)
        else " / ".join([encoder, pooler] + ([mode] if len(modes) > 1 else []))
        for encoder, pooler, mode in names
    }


def _reference(suite: Suite, timings: Sequence[Timing], names: Sequence[Names]) -> Names | None:
    """The first timed row of the encoder that the suite names, else of the first encoder."""
    wanted = suite.latency.reference or suite.reference
    timed = [n for n in names if n[1:] != (NO_POOLER, NO_POOLER) and latency.medians(timings, n[0], n[1])]
    return next((n for n in timed if n[0] == wanted), timed[0] if timed else None)


def lost(source: Source, name: str) -> LostTask:
    """A task whose data could not be read: its planned cells, without a score."""
    groups = source.tasks[name]
    labels = _labels(list(groups))
    rows = tuple(_row(source, (), mine, labels[names], {}) for names, mine in groups.items())
    failed = next((cell for row in rows for cell in row.cells if cell.status == "failed"), None)
    why = f"could not be read ({failed.reason}: {failed.said})" if failed else "has not been read yet"
    return LostTask(name, Verdict(None, f"No verdict: the task {why}."), rows)


def _plain(
    source: Source, scorers: Sequence[Scorer], groups: Mapping[Names, Sequence[Group]], labels: Mapping[Names, str]
) -> list[Row]:
    """The rows as far as scores go."""
    members = bundles.members(group for mine in groups.values() for group in mine)
    return [_row(source, scorers, mine, labels[names], members) for names, mine in groups.items()]


def _row(
    source: Source, scorers: Sequence[Scorer], mine: Sequence[Group], label: str, members: Mapping[str, Members]
) -> Row:
    """One row of a task; `members` are those that each bundle has in the task."""
    address = mine[0].address
    results = [repeats.result(source, scorers, group) for group in mine]
    about, is_tuned = _about(source, address.encoder, mine), bool(tuning.builds(mine))
    read = {role for result in results if result.kind == "clean" for role in result.facts.lengths}
    return Row(
        encoder=address.encoder,
        pooler=address.pooler,
        mode=address.mode,
        label=label,
        clean=next((r for r in results if r.kind == "clean"), None),
        results=tuple(results),
        cells=tuple(
            cell
            for group, result in zip(mine, results, strict=True)
            for cell in repeats.single(source, scorers, group, result)
        ),
        bundles=tuple(bundles.of_row(source.manifest, address.task, address.row, results, members)),
        n_parameters=about.n_parameters,
        disk_mb=about.disk_mb,
        weights=about.weights or "–",
        is_tuned=is_tuned,
        is_joint=is_tuned and is_joint(source.manifest.tasks[address.task].kind) and read <= {"text"},
    )


def _costed(row: Row, suite: Suite, timings: Sequence[Timing], medians: Mapping[int, float]) -> Row:
    """The row with its times, and held to the limits; a row that was trained on pairs was not timed: texts are."""
    speed = None if row.is_joint else latency.speed(timings, row.encoder, row.pooler, medians)
    disk_mb = row.disk_mb or 0.0 if row.is_baseline else row.disk_mb
    checks = limits.of_row(suite.limits, speed, latency.peak_mb(timings, row.encoder), disk_mb)
    return replace(row, speed=speed, limits=checks)


def _about(source: Source, encoder: str, groups: Sequence[Group]) -> Encoder:
    """What is known of a row's weights: those of its encoder, or those that were trained from them here."""
    base = source.manifest.encoders.get(encoder, Encoder())
    trained = tuning.builds(groups)
    told = [cell.facts.disk_mb for group in groups for cell in group.cells]
    told += [source.builds[key].facts.disk_mb for key in trained if key in source.builds]
    disk_mb = next((size for size in told if size is not None), base.disk_mb)
    return replace(base, disk_mb=disk_mb, weights=f"fine-tuned here: {base.weights or 'unknown'}") if trained else base


def standing_of(source: Source, scorer: Scorer, groups: Mapping[Names, Sequence[Group]], task: str) -> Standing:
    """The rows that have a score and the outcomes behind it, on texts as they are."""
    clean = {
        names: [one for group in mine if group.kind == "clean" for one in repeats_of(group)]
        for names, mine in groups.items()
    }
    return compared(source, scorer, clean, task, scorer.name)


def _ranked(found: Sequence[Row], known: Standing) -> list[Row]:
    groups = known.groups()
    shared = list(groups.values())
    rank = dict(zip(groups, competition_ranks(shared), strict=True))
    return [
        replace(row, group=g, rank=rank[row.names], n_tied=shared.count(g))
        if (g := groups.get(row.names))
        else replace(row, unranked=_why_unranked(row, known))
        for row in found
    ]


def _why_unranked(row: Row, known: Standing) -> str:
    if row.score is None:
        return ""
    if row.names in known.once:
        return "trained once"
    if row.names in known.rows:
        return "too few clusters"
    return "other items" if known.rows else ""
