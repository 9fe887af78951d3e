import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import INTERRUPTED, OK, UNJUDGED, app, say
from harness.cli.options import Executor, Only, Out, Plugin, Set, SuiteName, Workers, selection, with_workers

if TYPE_CHECKING:
    from harness.cli.outlive import Ended
    from harness.runner.run import Options
    from harness.suite import Suite


@app.command()
def run(
    suite: SuiteName,
    out: Out = None,
    only: Only = [],  # noqa: B006 - typer wants a list
    set_: Set = [],  # noqa: B006 - typer wants a list
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failure.")] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither read nor write stored vectors.")] = False,
    executor: Executor = "local",
    workers: Workers = None,
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> int:
    """Run a suite and write its report. Run it again to resume: finished cells are kept."""
    from harness import api
    from harness.cli import outlive
    from harness.index import served
    from harness.report import funnel
    from harness.runner import run as runner

    loaded = api.suite(suite, with_workers(set_, workers))
    path = Path(out) if out else Path("reports") / loaded.name
    options = runner.Options(
        only=selection(only),
        cache=not no_cache,
        fail_fast=fail_fast,
        command=shlex.join(["harness", *sys.argv[1:]]),
        estimate=True,
        stages=funnel.stages(loaded),
        refuse=served.check,
    )
    with outlive.led(executor != "local") as ended:
        return _left(path, executor, ended) if ended else _led(loaded, path, executor, options)


def _led(suite: "Suite", path: Path, executor: str, options: "Options") -> int:
    """Lead a run to its end, or to what stops it, and write its page; the exit code."""
    from harness.cli.progress import Console
    from harness.core.errors import HarnessError
    from harness.runner import run as runner
    from harness.runner.cluster import opened

    stopped: BaseException | None = None
    with opened(executor, suite) as cluster, Console() as console:
        console.say(f"suite {suite.name} -> {path}")
        try:
            runner.run(suite, path, replace(options, executor=cluster) if cluster else options, console.watch)
        except (KeyboardInterrupt, HarnessError) as error:
            if not console.started or not (path / "run.json").exists():
                raise
            stopped = error
    code = finish(path)
    return code if stopped is None else _told(stopped)


def _left(path: Path, executor: str, ended: "Ended") -> int:
    """The exit code of the process that led a run on a cluster; where it could not tell its end, that is told here."""
    if ended.is_told:
        raise SystemExit(ended.code)
    from harness.runner.joining import own, unreached

    where = executor.removeprefix("ray://")
    gone = "" if own(executor) else unreached(where)
    there = "" if own(executor) else f"; a cluster answers at {where}"
    how = f"its cluster is gone: {gone}" if gone else f"{ended}{there}"
    again = "Once the cluster is there (`ray status`), run" if gone else "Run"
    if (path / "run.json").exists():
        finish(path)
    say(f"error: the run ended in the middle: {how}. Finished cells are kept. {again} the same command again to go on.")
    return UNJUDGED


def _told(stopped: BaseException) -> int:
    """Say what stopped a run that had begun; its exit code."""
    from harness.core import interrupts

    if isinstance(stopped, KeyboardInterrupt):
        interrupts.tell("interrupted: finished cells are kept, run the same command again to go on")
        return INTERRUPTED
    say(f"error: {stopped}")
    return UNJUDGED


def finish(path: Path, example: str | None = None) -> int:
    """Write the report of a run folder, print the tables and where the page is; exit code 3 if anything failed."""
    from harness import report
    from harness.results import Run

    stored = Run(path)
    view = report.build(stored)
    files = report.write(stored, view)
    typer.echo(report.summary(view))
    if example:
        Path(example).parent.mkdir(parents=True, exist_ok=True)
        Path(example).write_bytes(files["report.md"].read_bytes())
    statuses = [cell.status for cell in stored.cells]
    n_failed = statuses.count("failed") + len(stored.about.timing_failures)
    n_missing = statuses.count("not run")
    if n_failed:
        typer.echo(f"{n_failed} failed; the reasons are on the page", err=True)
    if n_missing:
        typer.echo(f"{n_missing} cells have not been run; run the suite again to go on", err=True)
    typer.echo(f"page: {files['index.html']}")
    return UNJUDGED if n_failed or n_missing else OK
