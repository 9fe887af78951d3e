"""A desk to run suites at: a folder with tiny encoders, files of texts, and a vector cache of its own."""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import api
from harness.core.events import CellDone, CellFailed, Event, JobFailed
from harness.report import funnel
from harness.results import Run
from harness.results.folder import read_lines
from harness.runner import executors
from harness.runner.run import Options, Told
from harness.runner.run import run as run_suite

_GOOD, _BAD = ("kind", "warm", "lovely", "fresh", "quick"), ("rude", "cold", "dirty", "stale", "slow")
_RARE = ("quixotic", "obstreperous", "lugubrious", "sesquipedalian")
SHOPS = ("bakery", "bookshop", "barber")

#: The suite that most tests begin with. One encoder, five conditions, nothing timed.
SUITE = """
name: reviews
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [keyboard, domain: {test: [barber]}, rare-words]
latency: false
device: cpu
"""


def reviews(n: int = 150) -> list[tuple[str, str, str]]:
    """(text, label, shop): two classes that words tell apart, three domains, some rare words, no text twice."""
    rows = []
    for i in range(n):
        words = (_GOOD, _BAD)[i % 2]
        rare = _RARE[i % 4] if i % 5 == 0 else "usual"
        text = f"the {words[i % 5]} waiter of number {i} was {words[(i // 5) % 5]} and the {rare} food came"
        rows.append((text, ("good", "bad")[i % 2], SHOPS[(0, 0, 1, 2, 0, 0, 2, 1)[i % 8]]))
    return rows


def write_csv(path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = ("text", "label", "shop")) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@dataclass
class Watched:
    """What a run told while it went on."""

    events: list[tuple[str, Event | None]] = field(default_factory=list)

    def __call__(self, told: Told) -> None:
        self.events.append((told.job, told.event))

    def of(self, *kinds: type) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kinds)]

    @property
    def cells(self) -> list[str]:
        """The keys of the cells that were computed, and of those that failed."""
        return [event.key for event in self.of(CellDone, CellFailed)]

    @property
    def failures(self) -> list[str]:
        return [event.reason for event in self.of(JobFailed, CellFailed)]


@dataclass(frozen=True)
class Desk:
    """`one` and `two` are tiny encoders in `path`, `reviews.csv` a task; `suite.yaml` is written by `run`."""

    path: Path

    def suite(self, text: str = SUITE) -> Path:
        file = self.path / "suite.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    def run(
        self,
        text: str = SUITE,
        out: str = "run",
        *,
        executor: Callable[..., Any] = executors.inline,
        watch: Callable[[Told], None] = lambda told: None,
        overrides: Sequence[str] = (),
        **options: Any,
    ) -> Run:
        """Run a suite in this process, and write its report."""
        loaded = api.suite(self.suite(text), overrides)
        done = run_suite(
            loaded, self.path / out, Options(executor=executor, stages=funnel.stages(loaded), **options), watch
        )
        api.write_report(done.path)
        return done

    def start(self, *arguments: str, **given: Any) -> subprocess.Popen[str]:
        """`harness …` as a process in a session of its own, in this folder."""
        command = [sys.executable, "-m", "harness", *arguments]
        pipe = subprocess.PIPE
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.Popen(
            command,
            cwd=self.path,
            env=environment,
            text=True,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
            **given,
        )


def at(desk: Desk, other: Path) -> Run:
    """The run of another desk, `desk` in that folder with its `cache` beside it, as if it had been run at this one."""
    shutil.copytree(other / "cache", desk.path.parent / "cache", dirs_exist_ok=True)
    shutil.copy(other / "desk" / "suite.yaml", desk.path)
    return Run(shutil.copytree(other / "desk" / "run", desk.path / "run"))


def without_times(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "seconds"}


def tables(run: Path | Run) -> str:
    """The report up to what differs from run to run: the last bits of vectors, the clock."""
    path = run.path if isinstance(run, Run) else run
    return (path / "report.md").read_text(encoding="utf-8").split("## Identity control")[0]


def results(run: Path | Run) -> list[dict[str, str]]:
    """results.csv without what a clock measured."""
    path = run.path if isinstance(run, Run) else run
    with (path / "results.csv").open(encoding="utf-8", newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds" and "_ms" not in k} for row in csv.DictReader(file)]


def scores(run: Run) -> dict[str, float]:
    """The primary score of every finished cell, by address."""
    return {"/".join(cell.address.names): cell.scores[cell.metric].value for cell in run.cells if cell.status == "done"}


def timing_lines(run: Run) -> list[dict[str, Any]]:
    """The lines of timings.jsonl as they stand there."""
    return read_lines(run.path / "timings.jsonl")


def failed(run: Run) -> dict[str, str]:
    """reason: message of every failed cell, by task and encoder."""
    return {
        f"{cell.address.task}/{cell.address.encoder}": f"{cell.reason}: {cell.message}"
        for cell in run.cells
        if cell.status == "failed"
    }


def count(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text))
