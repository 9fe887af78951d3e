import datetime
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import app
from harness.cli.options import Plugin


@app.command()
def baseline(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run folder: a complete run that is accepted.")],
    out: Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="The baseline to write or to renew.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why this run is the new standard.")],
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> None:
    """Accept a run: write the small file that `harness gate` holds later runs to. It holds no texts."""
    from harness import gate
    from harness.core.errors import HarnessError
    from harness.core.files import whole_file
    from harness.results import Run

    if not reason.strip():
        raise HarnessError("--reason: empty. Say why this run is the new standard; the file keeps it.")
    path = Path(out)
    before = gate.read(path) if path.exists() else None
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    value = gate.baseline_of(Run(run), reason=" ".join(reason.split()), date=today, before=before)
    text = gate.dump(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole_file(path, text)
    size = f"{len(text.encode()) / 1000:,.0f} kB"
    typer.echo(f"{path}: {len(value['cells'])} cells, {size}, accepted {len(value['history'])}x. Commit it.")
    rows = [" / ".join(row[axis] for axis in ("task", "encoder", "pooler", "mode")) for row in value["primary"]]
    typer.echo(f"it guards {', '.join(rows)} (gate: {{primary: …}} in the suite names another)")
