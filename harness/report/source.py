"""A run as the report reads it: printable strings, cells by address."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from harness.catalogue import catalogue
from harness.core.data import Outcomes
from harness.metrics import Metric
from harness.results import Comparisons
from harness.scoring import Scoring
from harness.wording.visible import all_visible

Address = tuple[str, str, str, str, str, str]
PARTS = ("task", "encoder", "pooler", "mode", "condition", "repeat")


class AnyRun(Protocol):
    """What a report needs of a run: `harness.results.Run`, or anything alike."""

    path: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """run.json."""
        ...

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Finished and failed cells, in plan order."""
        ...

    @property
    def timings(self) -> list[dict[str, Any]]:
        """Lines of timings.jsonl."""
        ...

    @property
    def builds(self) -> list[dict[str, Any]]:
        """The latest line of every checkpoint that the plan builds."""
        ...

    @property
    def comparisons(self) -> Comparisons:
        """What is known of several cells together."""
        ...

    def outcomes(self, key: str) -> Outcomes:
        """The outcomes of a finished cell."""
        ...


@dataclass(frozen=True)
class Group:
    """The planned repeats of one condition for one row, each with its cell or None where it has not run."""

    task: str
    row: tuple[str, str, str]
    condition: str
    entries: tuple[Mapping[str, Any], ...]
    cells: tuple[Mapping[str, Any] | None, ...]

    @property
    def kind(self) -> str:
        """`clean`, `perturbation`, `slice` …"""
        return str(self.entries[0]["kind"])

    @property
    def bundles(self) -> tuple[str, ...]:
        """The bundles that the condition is a member of."""
        return tuple(self.entries[0].get("bundles") or ())

    @property
    def done(self) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """(plan entry, cell) of the repeats that have a score."""
        pairs = zip(self.entries, self.cells, strict=True)
        return [(entry, cell) for entry, cell in pairs if cell is not None and cell["status"] == "done"]


@dataclass(frozen=True)
class Source:
    """The run, and what is derived from it once."""

    run: AnyRun
    manifest: Mapping[str, Any]
    cells: Mapping[Address, Mapping[str, Any]]
    timings: list[Mapping[str, Any]]
    builds: Mapping[str, Mapping[str, Any]]
    groups: tuple[Group, ...]
    addresses: Mapping[str, tuple[Address, ...]]

    def outcomes(self, key: str) -> Outcomes | None:
        """The outcomes of a finished cell; None where the run folder has lost them."""
        try:
            return self.run.outcomes(key)
        except KeyError:
            return None

    def compared(
        self, what: str, cells: Any, scorer: Metric | None, seed: Sequence[str], compute: Callable[[], tuple[Any, bool]]
    ) -> Any:
        """What the run folder holds of these cells (nested lists of keys) by a metric, else what is computed now."""
        metric = [scorer.name, scorer.component.version] if scorer else []
        of = {"what": what, "cells": self._with_outcomes(cells), "metric": metric, "seed": list(seed)}
        return self.run.comparisons.of(of, compute)

    def scoring(self, task: str) -> Scoring:
        """What the kind of a task says of its predictions."""
        kind = catalogue().of("scoring").get(self.manifest["tasks"][task]["kind"])
        return kind.function() if kind else Scoring()

    def _with_outcomes(self, cells: Any) -> Any:
        """Keys of cells with the checksums of their outcomes: a checkpoint that is trained anew may give others."""
        if isinstance(cells, (list, tuple)):
            return [self._with_outcomes(one) for one in cells]
        return self.checksums.get(cells, cells)

    @cached_property
    def checksums(self) -> dict[str, str]:
        """The key of each cell with the checksums of its outcomes, by key."""
        places = {str(cell.get("key")): cell.get("outcomes") or {} for cell in self.cells.values()}
        return {key: " ".join([key, *(own[part]["checksum"] for part in own)]) for key, own in places.items()}

    def chance(self, key: str) -> float:
        """What knowing nothing would score on the items of a finished cell, by its primary metric."""
        found = (self.cells.get(address) for address in self.addresses.get(key, ()))
        return float(next((cell["chance"] for cell in found if cell and cell.get("chance") is not None), 0.0))

    def of(self, task: str) -> dict[tuple[str, str, str], list[Group]]:
        """The groups of one task by row, in plan order."""
        rows: dict[tuple[str, str, str], list[Group]] = {}
        for group in self.groups:
            if group.task == task:
                rows.setdefault(group.row, []).append(group)
        return rows

    def reference(self, group: Group, key: str) -> tuple[str, str]:
        """The condition of the cell that a group is compared with, and whose: empty where it is the row's own.

        Else what tells the other row from this one, as the oracle `probe` of a fine-tuned row.
        """

        def differing(address: Address) -> list[str]:
            return [other for other, own in zip(address[1:4], group.row, strict=True) if other != own]

        known = [address for address in self.addresses.get(key, ()) if address[0] == group.task]
        nearest = min(known, key=lambda address: len(differing(address)), default=None)
        return ("clean", "") if nearest is None else (nearest[4], " / ".join(differing(nearest)))


def read(run: AnyRun) -> Source:
    """Everything a report needs, with control characters in names and messages made visible."""
    slim = {name: list(map(_slim, run.manifest.get(name) or ())) for name in ("plan", "timing_failures")}
    manifest = all_visible({**run.manifest, **slim})
    cells = {address_of(cell): cell for cell in map(all_visible, map(_slim, run.cells))}
    plan = manifest["plan"]
    addresses: dict[str, tuple[Address, ...]] = {}
    for entry in plan:
        addresses[entry["key"]] = (*addresses.get(entry["key"], ()), address_of(entry))
    return Source(
        run=run,
        manifest=manifest,
        cells=cells,
        timings=all_visible(run.timings),
        builds={line["checkpoint"]: line for line in map(all_visible, map(_slim, run.builds))},
        groups=_groups(plan, cells),
        addresses=addresses,
    )


def _on_one_line(message: str | None) -> str:
    """What is printed of an error, its lines joined: tracebacks stay in the run folder."""
    return " ".join((message or "").split("\nTraceback", 1)[0].split())


def _slim(line: Mapping[str, Any]) -> dict[str, Any]:
    """A plan entry or cell without what its key was made of, its message on one line."""
    slim = {name: value for name, value in line.items() if name != "parts"}
    return {**slim, "message": _on_one_line(slim["message"])} if "message" in slim else slim


def address_of(line: Mapping[str, Any]) -> Address:
    """The address of a plan entry or a cell as a tuple of names."""
    values = {"condition": "clean", "repeat": "–", **line["address"]}
    task, encoder, pooler, mode, condition, repeat = (str(values[part]) for part in PARTS)
    return task, encoder, pooler, mode, condition, repeat


def _groups(plan: Iterable[Mapping[str, Any]], cells: Mapping[Address, Mapping[str, Any]]) -> tuple[Group, ...]:
    gathered: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for entry in plan:
        gathered.setdefault(address_of(entry)[:5], []).append(entry)
    return tuple(
        Group(
            address[0],
            (address[1], address[2], address[3]),
            address[4],
            tuple(entries),
            tuple(cells.get(address_of(entry)) for entry in entries),
        )
        for address, entries in gathered.items()
    )
