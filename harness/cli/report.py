from pathlib import Path
from typing import Annotated

import typer

from harness.cli import app


@app.command()
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run folder.")],
    example: Annotated[str | None, typer.Option(metavar="FILE", help="Also copy report.md to this file.")] = None,
) -> int:
    """Write the tables and the page of a stored run again."""
    from harness.cli.run import finish

    return finish(Path(run), example)
