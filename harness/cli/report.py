from pathlib import Path
from typing import Annotated

import typer

from harness.cli import app
from harness.cli.options import Plugin


@app.command()
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run folder.")],
    example: Annotated[str | None, typer.Option(metavar="FILE", help="Also copy report.md to this file.")] = None,
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> int:
    """Write the tables and the page of a stored run again."""
    from harness.cli.run import finish

    return finish(Path(run), example)
