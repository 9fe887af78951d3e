"""The command line: one short file a command; exit codes are set here and nowhere else."""

import errno
import os
import sys
import traceback
from pathlib import Path

import typer

from harness.core import disk, interrupts
from harness.core.errors import HarnessError, SuiteError

app = typer.Typer(
    name="harness",
    help="Compare pretrained text encoders on your texts: quality, robustness, latency.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

#: What a disk may say: full, read-only, not yours, a name too long; a folder where a file goes, or the other way round.
_MACHINE = (*disk.REFUSED, errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOENT)

OK, REGRESSED, WRONG, UNJUDGED, BUG, INTERRUPTED = 0, 1, 2, 3, 70, interrupts.INTERRUPTED


def main() -> None:
    """Run a command. 0 ok, 1 worse, 2 the command or suite is wrong, 3 cells failed, 70 a bug, 130 interrupted."""
    code = _guarded()
    if code == INTERRUPTED:
        interrupts.tell()
    sys.exit(code)


def _guarded() -> int:
    try:
        # each adds its command to `app`
        from harness.cli import (  # noqa: F401
            baseline,
            cache,
            doctor,
            export,
            fetch,
            gate,
            index,
            init,
            list_,
            perturb,
            plan,
            report,
            run,
            schema,
        )

        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        code = app(standalone_mode=False)
        return code if isinstance(code, int) else OK
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # the last boundary: a bug of ours must not look like a finding
        return INTERRUPTED if interrupts.asked() else _told(error)  # it is what a library made of Ctrl-C


def _told(error: Exception) -> int:
    """Say what is wrong; the exit code that goes with it."""
    if isinstance(error, SuiteError):
        n = len(error.faults)
        say(str(error))
        typer.echo(f"{n} {'thing is' if n == 1 else 'things are'} wrong in the suite; nothing was run.", err=True)
    elif isinstance(error, HarnessError):
        say(f"error: {error}")
    elif isinstance(error, OSError) and error.errno in _MACHINE:
        where = Path(str(error.filename or "a file that was not named, perhaps a temporary one (TMPDIR)"))
        say(f"error: {disk.told(error.errno, where) if error.errno in disk.REFUSED else error}")
    elif hasattr(error, "show") and hasattr(error, "exit_code"):  # a usage error, whichever click typer brings
        error.show()
    else:
        return _bug()
    return WRONG


def say(lines: str) -> None:
    """What is wrong, without the control characters that names and values may hold."""
    from harness.wording.visible import visible

    typer.echo("\n".join(map(visible, lines.split("\n"))), err=True)


def _bug() -> int:
    traceback.print_exc()
    typer.echo("This is a bug in the harness; please report it with the lines above.", err=True)
    return BUG
