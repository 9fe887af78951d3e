"""Options that several commands share, and how they are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from harness.core import plugins
from harness.core.errors import HarnessError
from harness.core.registry import nearest

AXES = ("task", "encoder", "pooler", "mode", "condition")

SuiteName = Annotated[str, typer.Argument(metavar="SUITE", help="A suite file, or the name of a shipped one.")]
Only = Annotated[
    list[str],
    typer.Option(
        metavar="AXIS=GLOB,…", help="Only these cells and rows without an encoder, e.g. encoder=minilm,task=bbc-*."
    ),
]
Set = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="Change a value, e.g. max_samples.test=200.")
]
Out = Annotated[
    str | None, typer.Option("-o", "--out", metavar="RUN", help="Run folder; default reports/<suite name>.")
]


Executor = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="NAME",
        envvar="HARNESS_EXECUTOR",
        help="local, ray (a cluster on this machine) or ray://HOST:PORT.",
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Jobs at once, as `workers` of the suite.")
]


def with_workers(changes: Sequence[str], workers: int | None) -> list[str]:
    """What is changed of a suite, its workers among that."""
    return [*changes, *([] if workers is None else [f"workers={workers}"])]


def _named(files: list[Path]) -> list[Path]:
    if files:
        plugins.name(files)
    return files


#: Read before anything else, so that all that follows knows what the files define.
Plugin = Annotated[
    list[Path],
    typer.Option(
        "--plugin",
        metavar="FILE.py",
        callback=_named,
        is_eager=True,
        help="A Python file with components of your own; may stand several times.",
    ),
]


def selection(only: Sequence[str], option: str = "--only", axes: Sequence[str] = AXES) -> dict[str, str]:
    """`encoder=minilm,task=bbc-*`, in one or several, as a mapping. HarnessError for what is none, or twice."""
    found: dict[str, str] = {}
    for part in filter(None, ",".join(only).split(",")):
        axis, equals, glob = part.partition("=")
        if not equals or axis not in axes:
            hint = nearest(axis, axes) if axis not in axes else ""
            raise HarnessError(f"{option} {part}: expected AXIS=GLOB with an axis of {', '.join(axes)}. {hint}".strip())
        if axis in found:
            raise HarnessError(f"{option} {part}: {axis} is given twice; expected one glob an axis.")
        found[axis] = glob
    return found
