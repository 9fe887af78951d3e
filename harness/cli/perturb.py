import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import app
from harness.cli.options import Plugin


@app.command()
def perturb(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A perturbation; `harness list perturbations`.")],
    severity: Annotated[str | None, typer.Option(metavar="N", help="How much; default as in a suite.")] = None,
    set_: Annotated[
        list[str], typer.Option("--set", metavar="KEY=VALUE", help="Another parameter, e.g. layout=qwertz.")
    ] = [],  # noqa: B006 - typer wants a list
    seed: Annotated[int, typer.Option(metavar="N", help="The seed of the draw.")] = 0,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="A built-in task, or a task.yaml, whose texts are changed.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="DIR", help="Where the task is written.")] = None,
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> None:
    """Change texts: those of standard input, a text a line; or with --task and -o the test side of a task."""
    from harness.catalogue import catalogue
    from harness.core.errors import HarnessError
    from harness.runner import perturbed

    if (task is None) != (out is None):
        raise HarnessError("a perturbed task needs both --task TASK and -o DIR; without them texts come from stdin.")
    chosen = perturbed.named(name, perturbed.parameters(severity, set_), seed)
    if task is not None and out is not None:
        done = perturbed.write(perturbed.task_of(task), chosen, out)
        typer.echo(f"as a task of a suite: {{name: {out.name}, data: {out}}}", err=True)
    else:
        try:
            texts = sys.stdin.buffer.read().decode("utf-8").splitlines()
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise HarnessError(
                f"standard input, line {line}: not UTF-8; convert it first, for example by iconv."
            ) from None
        done = perturbed.changed(texts, chosen)
        typer.echo("".join(f"{one.text}\n" for one in done), nl=False)
    typer.echo(perturbed.told(done, catalogue().get("perturbation", chosen.name), chosen), err=True)
