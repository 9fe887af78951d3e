from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import OK, WRONG, app
from harness.cli.options import Executor, Only, Out, Plugin, Set, SuiteName, Workers, selection, with_workers
from harness.core.errors import RunFolderError
from harness.core.records import Backend, Tokenization
from harness.suite.cells import Missing
from harness.suite.model import Suite

if TYPE_CHECKING:
    from harness.runner.cluster import Cluster
    from harness.runner.foreseen import Preview
    from harness.runner.run import Prepared
    from harness.suite.plan import Plan


@app.command()
def plan(
    suite: SuiteName,
    out: Out = None,
    only: Only = [],  # noqa: B006 - typer wants a list
    set_: Set = [],  # noqa: B006 - typer wants a list
    cells: Annotated[bool, typer.Option("--cells", help="List every cell.")] = False,
    executor: Executor = "local",
    workers: Workers = None,
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> int:
    """What a suite would run: cells, jobs, stored results, rough minutes. 2 where anything is missing or refused."""
    from harness import api
    from harness.index import served
    from harness.runner import run as runner
    from harness.runner import storing, vectors
    from harness.runner.checkpoints import stores_of
    from harness.runner.cluster import opened
    from harness.runner.preview import preview

    loaded = api.suite(suite, with_workers(set_, workers))
    path = Path(out) if out else Path("reports") / loaded.name
    with opened(executor, loaded) as cluster:
        prepared = runner.planned_for(loaded, selection(only), cluster)
        served.check(prepared)
        places, unfit = runner.places_for(prepared, cluster, stores_of(path, cache=True))
    seen = preview(prepared, path, places[0].n_threads)
    _defaults(loaded)
    _found(prepared)
    _lengths(prepared)
    _cells(prepared, seen, cells)
    n_workers = workers or len(places)
    _jobs(seen, path, n_workers)
    _say(storing.told(seen.stored) if seen.stored.n_rows else "stores no new vectors")
    if old := vectors.old_cache():
        _say(old)
    _trained_once(prepared, loaded)
    n_timed = len(runner.time_jobs(prepared, set()))
    _say(f"time: {n_timed} processes, one after the other" if n_timed else "time: nothing is timed")
    _minutes(seen)
    _workers(seen, n_workers, places[0].n_threads, cluster)
    for line in unfit:
        _say(f"no room: {line}")
    if loaded.funnel:
        _funnel(prepared, path, seen, loaded.funnel.rows)
    is_refused = _refused(loaded, path)
    return WRONG if _missing(prepared) or is_refused or unfit else OK


def _found(prepared: "Prepared") -> None:
    """What is to be known of tasks and encoders."""
    from harness.core import languages

    for name, info in prepared.resolved.infos.items():
        _say(f"{name}: {languages.said(info.language, info.language_guessed)}")
        for note in info.notes:
            _say(f"{name}: {note}")
    for remark in prepared.resolved.remarks:
        _say(remark)
    if said := prepared.resolved.measured_by:
        _say(said)


def _lengths(prepared: "Prepared") -> None:
    """How long the texts of each task are for each encoder, and how many are cut; sides that are read alike once."""
    from harness.runner import lengths
    from harness.wording.numbers import percent

    resolved, lines = prepared.resolved, dict[tuple[str, str], list[str]]()
    for one in lengths.told(prepared.suite, resolved.encoders, resolved.tasks, resolved.infos):
        own = one.lengths
        said = "not known: its tokenizer fails, or is still to be made"
        if own is not None:
            read = "reads all, in windows" if own.read is None else f"reads {own.read:,}, cuts {percent(own.cut)}"
            ranks = f"median {own.median:.0f}, 90 % {own.p90:.0f}, 95 % {own.p95:.0f}, 99 % {own.p99:.0f}"
            said = f"{ranks}, longest {own.longest:,}; {read}"
        lines.setdefault((f"{one.task}, tokens of a {one.role}", said), []).append(one.encoder)
    for (what, said), names in lines.items():
        _say(f"{what} ({', '.join(names)}): {said}")
    for spec in prepared.suite.encoders:
        if asked := lengths.percentiles(spec):
            read = ", ".join(str(n) for n in dict.fromkeys(one.max_length for one in _read(prepared, spec.name)))
            _say(f"{spec.name}: max_length {asked} is {read or 'not known'} tokens")


def _read(prepared: "Prepared", encoder: str) -> "Iterable[Tokenization]":
    folder = prepared.resolved.encoders.get(encoder)
    return folder.readings.values() if folder else ()


def _refused(suite: Suite, path: Path) -> bool:
    """Say whether the folder holds a run of another suite."""
    from harness.runner.run import refuse_foreign

    try:
        refuse_foreign(suite, path)
    except RunFolderError as error:
        _say(f"would be refused: {error}")
        return True
    return False


def _jobs(seen: "Preview", path: Path, n_workers: int) -> None:
    """What is built and what is run, with what of it is stored."""
    n_parts = seen.in_parts(n_workers)
    for built in seen.builds:
        about = f"about {max(0.1, built.seconds / 60):.1f} min, up to {built.disk_mb:.0f} MB to keep"
        _say(f"job {built.name}: {built.n_texts} texts, {'stored' if built.is_stored else about}")
    for job in seen.jobs:
        texts = f", {job.n_texts} distinct texts of which {job.n_cached} are stored" if job.n_texts else ""
        minutes = f", about {job.seconds / 60:.1f} min" if job.seconds >= _WORTH_SAYING else ""
        parts = f", encoded in {n_parts[job.name]} parts" if job.name in n_parts else ""
        _say(f"job {job.name}: {job.n_cells} cells, {job.n_kept} finished in {path}{texts}{minutes}{parts}")


def _missing(prepared: "Prepared") -> bool:
    """Say which encoders and data are not to be had, each with its reason once; whether there are some."""
    cells, known = prepared.plan.cells, prepared.resolved.materials
    names = dict.fromkeys((axis, getattr(cell.address, axis)) for axis in ("encoder", "task") for cell in cells)
    found = {(a, n): known.encoders.get(n) if a == "encoder" else known.tasks.get(n) for a, n in names}
    told = [(f"{axis} {name}: ", one) for (axis, name), one in found.items() if isinstance(one, Missing)]
    waiting = [cell.missing for cell in cells if cell.missing is not None]
    told += [("", one) for one in dict.fromkeys(waiting) if one not in [known_ for _, known_ in told]]
    for what, one in told:
        _say(f"missing: {what}{one.reason}: {' '.join(one.message.split())}")
    if told:
        _say(f"{len(waiting)} of {len(cells)} cells would fail for that")
    return bool(told)


#: Seconds from which a job's time is told.
_WORTH_SAYING = 20


def _minutes(seen: "Preview") -> None:
    """How long all of it may take, and on what."""
    total = sum(seen.parts.values())
    if total >= 2 * _WORTH_SAYING:
        parts = ", ".join(f"{what} {seconds / 60:.1f}" for what, seconds in seen.parts.items() if seconds >= 3)
        _say(f"about {total / 60:.1f} min in all on this machine, as fast as it was just now: {parts}")


def _workers(seen: "Preview", n_workers: int, n_threads: int, cluster: "Cluster | None") -> None:
    """How long it may take where several jobs run at once, and on which nodes."""
    if cluster:
        kinds = "; ".join(f"{n} of {kind}" for kind, n in cluster.kinds.items())
        _say(f"cluster: {kinds}; what is timed is timed on {cluster.timed_on.kind}")
    if n_workers > 1 or cluster:
        minutes, whole = seen.makespan_s(n_workers) / 60, sum(seen.parts.values()) / 60
        workers = (
            f"{n_workers} workers of {n_threads} threads each" if n_workers > 1 else f"1 worker of {n_threads} threads"
        )
        _say(f"about {minutes:.1f} min on {workers}, of {whole:.1f} min of work")


def _funnel(prepared: "Prepared", path: Path, seen: "Preview", rows: int | None) -> None:
    """What the funnel takes at least and at most, beside all of it."""
    from harness.report import funnel
    from harness.runner.preview import preview

    def told(plan: "Plan") -> str:
        minutes = sum(preview(replace(prepared, plan=plan), path).parts.values()) / 60
        return f"{len(plan.cells)} cells and about {minutes:.1f} min"

    ends = [f"{told(funnel.narrowed(prepared.plan))} where one row is shown to be better than all others"]
    if rows and rows > 1:
        ends.append(f"{told(funnel.narrowed(prepared.plan, rows))} where {rows} go on")
    whole = f"all {len(prepared.plan.cells)} and {sum(seen.parts.values()) / 60:.1f} min"
    _say(f"funnel: {'; '.join(ends)}; {whole} {'without it' if rows else 'where none is shown to be worse'}")


def _say(line: str) -> None:
    """A line, without the control characters that names from data files may hold."""
    from harness.wording.visible import visible

    typer.echo(visible(line))


def _trained_once(prepared: "Prepared", suite: Suite) -> None:
    """Which rows another seed of training may change, where one is asked for."""
    once = {cell.address.mode for cell in prepared.plan.cells if cell.cell is not None and cell.cell.head.is_built}
    if once and suite.repeats["train"] < 2:
        _say(f"trained once, so without a rank: {', '.join(sorted(once))}; `repeats: {{train: 3}}` tells more")


#: What nothing stands for, by key of the suite.
_NOTHING = {"poolers": "each encoder's own", "latency": "not timed", "max_samples": "all"}


#: What an encoder is computed by unless it says otherwise.
_USUAL = (Backend.runtime, Backend.precision, None)


#: What is not told of where nobody asks for it.
_UNASKED = ("funnel", "learning_curve", "resources", "retrieval")


def _defaults(suite: Suite) -> None:
    for name, value in suite.plain().items():
        if name != "note" and (value or name not in _UNASKED):  # a note decides nothing
            _say(f"{name}: {_short(value) or _NOTHING.get(name, 'none')}")


def _short(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_short(v) for v in value)
    if isinstance(value, dict):
        if not value.keys() & {"component", "checkpoint", "spec"}:
            return ", ".join(f"{k}={_short(v)}" for k, v in value.items() if v not in (None, [], {}))
        own = [_short(value["max_samples"])] if value.get("max_samples") else []
        if "checkpoint" in value:
            own += [str(value[part]) for part in ("backend", "precision") if value[part] not in _USUAL]
            own += [f"{step['name']} of {value['checkpoint']}" for step in value["steps"]]
        return str(value["name"]) + (f" ({' '.join(own)})" if own else "")
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _cells(prepared: "Prepared", seen: "Preview", every: bool) -> None:
    planned, cells = prepared.plan, prepared.plan.cells
    _say(f"{len(cells)} cells, {seen.n_kept} of them finished")
    for (task, kind), n in Counter((c.address.task, c.kind) for c in cells).items():
        _say(f"  {task}: {n} {kind}")
    for cell in cells if every else ():
        _say(f"  {cell.key or '–':32}  {cell.address}")
    for row in planned.not_applicable:
        _say(f"not applicable: {row['what']} on {row['task']}: {row['why']}")
    for why in dict.fromkeys(cell.skipped for cell in cells if cell.timed):
        _say(why)
    for line in seen.replaced:
        _say(line)
    for row in planned.dropped:
        _say(f"dropped: {row['what']}: {row['why']}")
    for address, piece in seen.reruns.items():
        _say(f"reruns: {address}: its {piece} changed")
