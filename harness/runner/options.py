"""How a suite is run, and what whoever watches a run is told."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.events import Event
from harness.runner import executors
from harness.runner.prepare import Prepared
from harness.suite.plan import Plan

Executor = Callable[[Any, Any, Any], Generator[tuple[Any, Event], None, None]]


@dataclass(frozen=True)
class Told:
    """What whoever watches a run is told: the job, the event, and how many cells are done of all.

    Where the run was estimated: seconds left, and which job this is of how many. `process`: which of those that time.
    """

    job: str
    event: Event | None
    n_done: int
    n_cells: int
    left_s: float | None = None
    turn: tuple[int, int] | None = None
    process: tuple[int, int] | None = None


Watch = Callable[[Told], None]
#: `(the whole plan, the run folder so far) -> what of it is to be done`.
Stage = Callable[[Plan, Path], Plan]


@dataclass(frozen=True)
class Options:
    """How a suite is run; nothing here is part of any key. `estimate`: say how long it still takes.

    `stages` are done one after the other: what a later one does hangs on what the earlier found; none: all at once.
    `refuse` raises for a prepared suite that is not to be run.
    """

    only: Mapping[str, str] = field(default_factory=dict)
    cache: bool = True
    fail_fast: bool = False
    command: str = ""
    executor: Executor = executors.processes
    estimate: bool = False
    stages: Sequence[Stage] = ()
    refuse: Callable[[Prepared], None] = lambda prepared: None
