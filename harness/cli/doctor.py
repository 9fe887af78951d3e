import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import OK, WRONG, app
from harness.cli.options import Plugin

if TYPE_CHECKING:
    from harness.doctor import Part

_WIDTH, _LEAST = 110, 40


@app.command()
def doctor(
    what: Annotated[
        str, typer.Argument(metavar="[ENCODER|SUITE]", help="A built-in name, folder or hub id; a suite; or nothing.")
    ] = "",
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> int:
    """Is an encoder sound? What would a suite need? Without an argument: is this machine fit? 2 where something failed.

    Nothing is measured for good: `harness run` does that.
    """
    counted = {"ok": 0, "warning": 0, "failed": 0}
    for part in _parts(what):
        typer.echo(_table(part))
        for finding in part.findings:
            if finding.status:
                counted[finding.status] += 1
    n_failed, n_warnings = counted["failed"], counted["warning"]
    typer.echo(f"{counted['ok']} ok, {n_warnings} {'warning' if n_warnings == 1 else 'warnings'}, {n_failed} failed")
    return WRONG if n_failed else OK


def _parts(what: str) -> "Iterator[Part]":
    from harness import api, doctor
    from harness.core.errors import HarnessError
    from harness.core.registry import nearest
    from harness.encoders import builtin

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in jobs: threads that spin are slow beside other programs
    if not what:
        return doctor.machine_parts()
    if what.endswith((".yaml", ".yml")) or what in api.shipped():
        return doctor.suite_parts(api.suite(what))
    known = [*builtin(), *api.shipped()]
    if what not in known and "/" not in what and not Path(what).exists():
        hint = f"{nearest(what, known)} There are: {', '.join(known)}.".strip()
        raise HarnessError(f"doctor {what}: no built-in encoder or suite, no folder, no hub id (owner/name). {hint}")
    typer.echo(f"looking at {what} …", err=True)  # loading alone takes seconds
    return doctor.encoder_parts(what)


def _table(part: "Part") -> str:
    """The findings of a part as wide as the terminal: what was looked at, how it is, what is said of it."""
    from tabulate import tabulate

    from harness.wording.visible import visible

    checked = any(one.status for one in part.findings)
    left = max(len(one.what) for one in part.findings) + (len("warning") + 2) * checked
    width = max(_LEAST, shutil.get_terminal_size((_WIDTH, 0)).columns - left - 2)
    # paths and addresses stay whole, to be copied
    wrapped = [fill(visible(one.said), width, break_long_words=False, break_on_hyphens=False) for one in part.findings]
    shown = zip(part.findings, wrapped, strict=True)
    rows = [[one.what, one.status, said] if checked else [one.what, said] for one, said in shown]
    return f"{part.title}\n{tabulate(rows, tablefmt='plain', disable_numparse=True)}\n"
