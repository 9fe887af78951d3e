import json

import typer

from harness.cli import app
from harness.cli.options import Plugin


@app.command()
def schema(plugin: Plugin = []) -> None:  # noqa: B006 - typer wants a list
    """Print the JSON schema of suite files, by which an editor completes and checks them."""
    from harness.catalogue import catalogue
    from harness.suite.json_schema import json_schema

    typer.echo(json.dumps(json_schema(catalogue()), indent=1, ensure_ascii=False))
