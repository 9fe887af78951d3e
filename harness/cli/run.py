import shlex
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import INTERRUPTED, OK, REGRESSED, UNJUDGED, app, say
from harness.cli.options import Executor, Only, Out, Plugin, Set, SuiteName, Workers, selection, with_workers


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
    from harness.cli.progress import Console
    from harness.core.errors import HarnessError
    from harness.index import served
    from harness.report import funnel
    from harness.runner import run as runner
    from harness.runner.cluster import opened

    loaded = api.suite(suite, with_workers(set_, workers))
    path = Path(out) if out else Path("reports") / loaded.name
    if executor != "local" and (ended := outlive.led()) is not None:
        return _left(path, ended)
    options = runner.Options(
        only=selection(only),
        cache=not no_cache,
        fail_fast=fail_fast,
        command=shlex.join(["harness", *sys.argv[1:]]),
        estimate=True,
        stages=funnel.stages(loaded),
        refuse=served.check,
    )
    stopped: BaseException | None = None
    with opened(executor, loaded) as cluster, Console() as console:
        console.say(f"suite {loaded.name} -> {path}")
        try:
            runner.run(loaded, path, replace(options, executor=cluster) if cluster else options, console.watch)
        except (KeyboardInterrupt, HarnessError) as error:
            if not console.started or not (path / "run.json").exists():
                raise
            stopped = error
    code = finish(path)
    return code if stopped is None else _told(stopped)


def _left(path: Path, ended: int) -> int:
    """The exit code of the process that led a run on a cluster; where it could not tell its end, that is told here."""
    if ended not in (REGRESSED, -signal.SIGKILL):  # Ray ends a process with 1, which is no code of this command
        raise SystemExit(ended if ended >= 0 else 128 - ended)  # all is said
    how = "its cluster is gone" if ended == REGRESSED else "it was killed; the system may have run out of memory"
    if (path / "run.json").exists():
        finish(path)
    say(
        f"error: the run ended in the middle: {how}. Finished cells are kept. Once the cluster is there "
        "(`ray status`), run the same command again to go on."
    )
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
