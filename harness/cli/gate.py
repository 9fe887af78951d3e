import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import OK, REGRESSED, UNJUDGED, app
from harness.cli.options import Plugin
from harness.core.errors import HarnessError

if TYPE_CHECKING:
    from harness.gate import Baseline
    from harness.results import Run

_CODES = {"passed": OK, "regressed": REGRESSED, "unjudged": UNJUDGED}


@app.command()
def gate(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run folder.")],
    baseline: Annotated[str | None, typer.Option(metavar="FILE", help="What `harness baseline` wrote.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail where a check is too weak to see its margin.")] = False,
    markdown: Annotated[str | None, typer.Option(metavar="FILE", help="Also write the verdict here.")] = None,
    junit: Annotated[str | None, typer.Option(metavar="FILE", help="Also write JUnit XML here.")] = None,
    size: Annotated[int, typer.Option(metavar="BYTES", min=200, help="The most Markdown to write.")] = 60_000,
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> int:
    """Hold a run to baseline, thresholds and limits. 0 passed, 1 worse, 2 nothing to hold it to, 3 could not judge."""
    from harness.gate import judge
    from harness.gate import junit as junit_
    from harness.gate import markdown as markdown_
    from harness.results import Run

    stored = Run(run)
    accepted = _baseline(stored, run, baseline)
    judged = judge(stored, accepted, name=Path(baseline).name if baseline else "", strict=strict)
    text = markdown_.render(judged, size)
    for file, content in ((markdown, text), (junit, junit_.render(judged))):
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(content, encoding="utf-8", newline="\n")
    typer.echo(text, nl=False)
    return _CODES[judged.outcome]


def _baseline(stored: "Run", run: str, file: str | None) -> "Baseline | None":
    """The baseline to hold a run to; None where its suite has thresholds or limits and no file is named."""
    from harness.gate import read

    if file is not None and Path(file).exists():
        return read(Path(file))
    suite = stored.about.suite
    if file is None and (suite.gate.thresholds or suite.limits):
        return None
    make = shlex.join(["harness", "baseline", run, "-o", file or f"reports/baselines/{suite.name}.json"])
    what = "no --baseline is named" if file is None else f"{file}: there is no baseline yet"
    raise HarnessError(f'{what}. Make one from an accepted run, and commit it:\n  {make} --reason "first baseline"')
