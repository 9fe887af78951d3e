"""Progress of a run: bars with time left where a person looks on, plain lines elsewhere."""

import sys
from typing import Any

import typer

from harness.core.errors import NotApplicableError
from harness.core.events import Built, CellFailed, JobFailed, Phase, Progress, Timing, TrainingStep
from harness.report import visible
from harness.runner.run import Told


class Console:
    """What is shown while a run goes on. `started` once the first event has come."""

    def __init__(self) -> None:
        self.started = False
        self._bars: Any = None
        self._bar: Any = None
        self._phase = ""
        self._last = ""
        self._failures: set[str] = set()

    def __enter__(self) -> "Console":
        if sys.stderr.isatty():
            from rich.console import Console as Terminal
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
            )
            self._bars = Bars(*columns, console=Terminal(stderr=True), transient=True)
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
        event, cells = told.event, f"{told.n_done}/{told.n_cells} cells"
        if isinstance(event, Phase):
            self._phase = f"{told.job}: {event.what}"
            self._begin(self._phase, cells)
        elif isinstance(event, Progress):
            self._advance(event, cells)
        elif isinstance(event, TrainingStep):
            self._trained(event, cells)
        elif isinstance(event, Built) and self._bars is None:
            self.say(f"{told.job}: {_cost(event)}")
        elif isinstance(event, (CellFailed, JobFailed)):
            self._failed(told.job, event)
        elif isinstance(event, Timing):
            return
        elif self._bars is not None and self._bar is not None:
            self._bars.update(self._bar, note=cells)

    def _failed(self, job: str, event: CellFailed | JobFailed) -> None:
        """Say why, once for all cells of a job that failed alike."""
        what = "left out" if event.reason == NotApplicableError.reason else f"failed: {event.reason}"
        line = f"{job}: {what}: {' '.join(event.message.split())}"
        if line not in self._failures:
            self._failures.add(line)
            self.say(line)

    def _begin(self, phase: str, cells: str) -> None:
        if self._bars is None:
            if phase != self._last:
                self.say(f"{phase} ({cells})")
            self._last = phase
            return
        if self._bar is not None:
            self._bars.remove_task(self._bar)
        self._bar = self._bars.add_task(phase, total=None, note=cells)

    def _trained(self, event: TrainingStep, cells: str) -> None:
        if self._bars is not None and self._bar is not None:
            note = f"steps, loss {event.loss:.3f}, {cells}"
            self._bars.update(self._bar, completed=event.n_done, total=event.n_steps, note=note)

    def _advance(self, event: Progress, cells: str) -> None:
        note = f"{event.n_hits} of {event.n_texts} texts from the cache"
        if self._bars is not None and self._bar is not None:
            self._bars.update(self._bar, completed=event.n_done, total=event.n_texts, note=f"{note}, {cells}")
        elif self._bars is None and event.n_done == event.n_texts:
            self.say(f"{self._phase}: {event.n_texts} texts done, {event.n_hits} from the cache")


def _cost(event: Built) -> str:
    facts = event.facts
    if event.from_store:
        return f"in the store already, trained in {facts['seconds']:.0f} s"
    return f"trained in {facts['seconds']:.0f} s: {facts['n_steps']:,} steps, {facts['n_tokens']:,} tokens"
