from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli import app
from harness.cli.options import Plugin


@app.command()
def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="A new folder.")],
    row: Annotated[
        list[str],
        typer.Option(
            metavar="AXIS=GLOB,…", help="The row, e.g. task=bbc-topics,encoder=minilm,pooler=cls,mode=finetune."
        ),
    ] = [],  # noqa: B006 - typer wants a list
    form: Annotated[
        Literal["sentence-transformers", "pipeline"] | None,
        typer.Option("--as", help="Who loads it; default: sentence-transformers, of a tagging row a pipeline."),
    ] = None,
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where relative paths of the run's suite begin.")
    ] = Path(),
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> None:
    """Write the encoder of a row, with its head and a model card, as a folder that other libraries load."""
    from harness import export as exporting
    from harness.cli.options import selection
    from harness.export.row import AXES

    made = exporting.export(run, out, selection(row, "--row", AXES), form=form, folder=folder)
    typer.echo(f"{made}: read {made / 'README.md'} for what it is and how to load it")
