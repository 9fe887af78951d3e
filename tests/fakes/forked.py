"""The command line in a process of its own that starts with all imports done, and runs its jobs itself, unestimated.

For what is read once a process, like plugins, and for two commands at once. A command with the processes of its jobs is
`Desk.start`, which takes ten seconds more.
"""

import multiprocessing
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

from harness import cli
from harness.core import plugins
from harness.runner import executors
from harness.runner import run as runner
from tests.fakes.command import Said
from tests.fakes.desk import Desk

#: What the server of processes imports, so that none begins with it; also what else runs and reports of tests need.
PRELOAD = ("harness.runner.preload", "tests.fakes.preload")


def context() -> Any:
    """Where all tests of a process start theirs, so that it has one server, whichever is the first."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(list(PRELOAD))
    return found


@dataclass(frozen=True)
class Forked:
    """A command that was started."""

    process: BaseProcess
    said: Path

    def end(self) -> Said:
        """Wait for its end."""
        self.process.join()
        out, err = (self.said.with_suffix(end).read_text(encoding="utf-8") for end in (".out", ".err"))
        assert self.process.exitcode is not None
        return Said(self.process.exitcode, out, err)


def start(desk: Desk, *arguments: str) -> Forked:
    """`harness …` in the folder of a desk, with the environment and the core of this process."""
    place = desk.path.parent / f"said-{len(list(desk.path.parent.glob('said-*.out')))}"
    place.with_suffix(".out").touch()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    process = context().Process(target=_command, args=(desk.path, dict(os.environ), cores, arguments, place))
    process.start()
    return Forked(process, place)


def harness(desk: Desk, *arguments: str) -> Said:
    """What a command said, and the code it ended with."""
    return start(desk, *arguments).end()


def _command(
    folder: Path, environment: dict[str, str], cores: set[int] | None, arguments: Sequence[str], place: Path
) -> None:
    if cores is not None:  # the server may have been started with others
        os.sched_setaffinity(0, cores)
    for number, end in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(place.with_suffix(end), os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    assert plugins.VARIABLE not in os.environ
    os.chdir(folder)
    sys.argv = ["harness", *arguments]
    options = runner.Options

    def inline(**given: Any) -> runner.Options:
        return options(**{**given, "executor": executors.inline, "estimate": False})

    with mock.patch.object(runner, "Options", inline):
        cli.main()
