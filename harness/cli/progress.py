"""Progress of a run: a bar with the time that is left where a person looks on, plain lines elsewhere."""

import sys
import time
from typing import Any

import typer

from harness.core.errors import NotApplicableError
from harness.core.events import Built, CellFailed, JobFailed, Phase, Progress, Remark, TrainingStep
from harness.runner.run import Told
from harness.wording.visible import visible

#: Seconds between two lines about the same phase, where there is no terminal.
QUIET_S = 30.0


class Console:
    """What is shown while a run goes on. `started` once the first event has come.

    At any width the bar, the count and the time left stay whole; what gives way is the name of the job.
    """

    def __init__(self, terminal: Any = None) -> None:
        self.started = False
        self._terminal = terminal
        self._bars: Any = None
        self._bar: Any = None
        self._phase = ""
        self._last = ""
        self._said_at = 0.0
        self._told: set[str] = set()

    def __enter__(self) -> "Console":
        if self._terminal is not None or sys.stderr.isatty():
            from rich.console import Console as Terminal
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bars
            from rich.table import Column

            self._terminal = self._terminal or Terminal(stderr=True)
            name = Column(ratio=1, no_wrap=True, overflow="ellipsis")
            whole = Column(no_wrap=True)
            columns = (
                TextColumn("{task.description}", markup=False, table_column=name),
                BarColumn(bar_width=12, table_column=whole),
                TextColumn("{task.fields[count]}", markup=False, table_column=whole),
            )
            self._bars = Bars(*columns, console=self._terminal, transient=True, expand=True)
            self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def say(self, line: str) -> None:
        """A line that stays. Control characters in names and messages are made visible."""
        line = visible(line)
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False)
        else:
            typer.echo(line, err=True)

    def watch(self, told: Told) -> None:
        """Show one event."""
        self.started = True
        event = told.event
        if isinstance(event, Phase):
            self._begin(told, event)
        elif isinstance(event, Remark):
            self._once(event.what)
        elif isinstance(event, Built):
            self.say(f"{told.job}: {_cost(event)}")
        elif isinstance(event, (CellFailed, JobFailed)):
            self._failed(told.job, event)
        self._show(told)

    def _failed(self, job: str, event: CellFailed | JobFailed) -> None:
        """Say why, once for all cells of a job that failed alike."""
        what = "left out" if event.reason == NotApplicableError.reason else f"failed: {event.reason}"
        line = f"{job}: {what}: {' '.join(event.message.split())}"
        self._once(line)

    def _once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self.say(line)

    def _begin(self, told: Told, event: Phase) -> None:
        turn = f"[{told.turn[0]}/{told.turn[1]}] " if told.turn and told.turn[1] > 1 else ""
        self._phase = f"{turn}{told.job}: {event.what}"
        if self._bars is not None:
            if self._bar is not None:
                self._bars.remove_task(self._bar)
            self._bar = self._bars.add_task(visible(self._phase), total=None, count="")
        elif self._phase != self._last and (told.process is None or told.process[0] == 1 or self._is_due()):
            self._line(told)

    def _show(self, told: Told) -> None:
        """How far it is: on the bar, or as a line where the last one is long ago."""
        if self._bars is not None and self._bar is not None:
            done, total = _steps(told)
            self._bars.update(self._bar, completed=done, total=total, count=", ".join(_counts(told, short=True)))
        elif self._bars is None and self._last and self._is_due():
            self._line(told)

    def _is_due(self) -> bool:
        return time.monotonic() - self._said_at >= QUIET_S

    def _line(self, told: Told) -> None:
        self._last, self._said_at = self._phase, time.monotonic()
        self.say(f"{self._phase} ({', '.join(_counts(told))})")


def _steps(told: Told) -> tuple[int, int | None]:
    """How much is done of how much, in the finest measure that the event has."""
    event = told.event
    if isinstance(event, Progress):
        return event.n_done, event.n_texts
    if isinstance(event, TrainingStep):
        return event.n_done, event.n_steps
    if told.process is not None:
        return told.process[0] - isinstance(event, Phase), told.process[1]
    return told.n_done, None if isinstance(event, Phase) else told.n_cells


def _counts(told: Told, *, short: bool = False) -> list[str]:
    """What is counted now, the cells that are done of the run, and how long it still takes."""
    event, of, found = told.event, "/" if short else " of ", list[str]()
    if isinstance(event, Progress):
        found = [f"{event.n_done:,}{of}{event.n_texts:,} texts"]
    elif isinstance(event, TrainingStep):
        loss = "" if short else f", loss {event.loss:.3f}"
        found = [f"{event.n_done:,}{of}{event.n_steps:,} steps{loss}"]
    elif told.process is not None:
        found = [f"{told.process[0]}{of}{told.process[1]} processes"]
    if told.process is None and (told.n_done or not isinstance(event, TrainingStep)):
        found.append(f"{told.n_done}{of}{told.n_cells} cells")
    return found if told.left_s is None else [*found, _left(told.left_s)]


def _left(seconds: float) -> str:
    """How long a run still takes, no more exactly than it is known."""
    minutes = seconds / 60
    if minutes < 0.95:
        return "under 1 min left"
    if minutes < 100:
        return f"about {minutes:.{0 if minutes >= 9.95 else 1}f} min left"
    return f"about {minutes / 60:.0f} h left"


def _cost(event: Built) -> str:
    facts = event.facts
    if event.from_store:
        return f"in the store already, trained in {facts['seconds']:.0f} s"
    counts = {"steps": facts.get("n_steps"), "tokens": facts.get("n_tokens")}  # a step of a recipe may count neither
    said = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n is not None)
    return f"built in {facts['seconds']:.0f} s" if not said else f"trained in {facts['seconds']:.0f} s: {said}"
