"""A run as the report reads it: printable strings, cells by address."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.catalogue import catalogue
from harness.core.address import Address
from harness.core.data import Outcomes
from harness.metrics import Metric
from harness.report.model import Names
from harness.results import AnyRun, RunCell
from harness.scoring import Scoring

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Group:
    """The planned repeats of one condition for one row."""

    cells: tuple[RunCell, ...]

    @property
    def first(self) -> RunCell:
        """The first repeat: what all have in common."""
        return self.cells[0]

    @property
    def address(self) -> Address:
        """That of the first repeat."""
        return self.first.address

    @property
    def component(self) -> str:
        """What it is made of; its name in runs of versions that did not write it down."""
        return self.first.component or self.address.condition

    @property
    def kind(self) -> str:
        """`clean`, `perturbation`, `slice` …"""
        return self.first.kind

    @property
    def done(self) -> list[RunCell]:
        """The repeats that have a score."""
        return [cell for cell in self.cells if cell.status == "done"]


def is_draw(cell: RunCell) -> bool:
    """Whether it is one of several draws of what is learnt from, and no training."""
    return cell.address.repeat.train is not None and cell.build is None


class Source:
    """The run, and what is derived from it once.

    `cells` by key, the first of those that share one first; `tasks` are the groups by task and row, in plan order.
    """

    def __init__(self, run: AnyRun) -> None:
        self.run, self.manifest, self.timings = run, run.about, run.timings
        self.builds = {build.checkpoint: build for build in run.builds}
        self.cells = grouped((cell.key, cell) for cell in run.cells)
        self._keys = {key: " ".join([key, *cells[0].checksums]) for key, cells in self.cells.items() if key}
        self.tasks = dict[str, dict[Names, list[Group]]]()
        for task, cells in grouped((cell.address.task, cell) for cell in run.cells).items():
            conditions = grouped(((cell.address.row, cell.address.condition), cell) for cell in cells)
            self.tasks[task] = grouped((row, Group(tuple(alike))) for (row, _), alike in conditions.items())

    def outcomes(self, key: str) -> Outcomes | None:
        """The outcomes of a finished cell; None where the run folder has lost them."""
        return next((cell.outcomes for cell in self.cells.get(key, ())), None)

    def compared(
        self, what: str, cells: Any, scorer: Metric | None, seed: Sequence[str], compute: Callable[[], tuple[Any, bool]]
    ) -> Any:
        """What the run folder holds of these cells (nested lists of keys) by a metric, else what is computed now."""
        metric = [scorer.name, scorer.component.version] if scorer else []
        of = {"what": what, "cells": self._with_outcomes(cells), "metric": metric, "seed": list(seed)}
        return self.run.comparisons.of(of, compute)

    def scoring(self, task: str) -> Scoring:
        """What the kind of a task says of its predictions."""
        kind = catalogue().of("scoring").get(self.manifest.tasks[task].kind)
        return kind.function() if kind else Scoring()

    def _with_outcomes(self, cells: Any) -> Any:
        """Keys of cells with the checksums of their outcomes: a checkpoint that is trained anew may give others."""
        if isinstance(cells, (list, tuple)):
            return [self._with_outcomes(one) for one in cells]
        return self._keys.get(cells, cells)

    def chance(self, key: str) -> float:
        """What knowing nothing would score on the items of a finished cell, by its primary metric."""
        return next((cell.chance for cell in self.cells.get(key, ()) if cell.chance is not None), 0.0)

    def reference(self, group: Group, key: str) -> tuple[str, str]:
        """The condition of the cell that a group is compared with, and whose: empty where it is the row's own.

        Else what tells the other row from this one, as the oracle `probe` of a fine-tuned row.
        """

        def differing(address: Address) -> list[str]:
            return [other for other, own in zip(address.row, group.address.row, strict=True) if other != own]

        known = [cell.address for cell in self.cells.get(key, ()) if cell.address.task == group.address.task]
        nearest = min(known, key=lambda address: len(differing(address)), default=None)
        return ("clean", "") if nearest is None else (nearest.condition, " / ".join(differing(nearest)))


def grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    """The values of each key, in the order in which they come."""
    found: dict[Key, list[Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
