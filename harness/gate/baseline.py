"""A baseline file as it is read back, as records. No text of the data is in it, only hashes and labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from harness.core.address import PARTS
from harness.core.errors import HarnessError, MissingFileError
from harness.core.shapes import Amount, Count, Number, Positive, read_json
from harness.core.shapes import read as shaped
from harness.gate import packing
from harness.gate.packing import Packed
from harness.results.facts import Name
from harness.results.manifest import NONE, Anything, Environment, Gate

#: What is compared as it stands, so that it is not made visible.
Text = Annotated[str, Field(strict=True)]
Component = tuple[Name, Anything]


@dataclass(frozen=True)
class Address:
    """The names of a row, or of a cell."""

    task: Name
    encoder: Name
    pooler: Name
    mode: Name
    condition: Name = "clean"
    repeat: Name = "–"

    @property
    def names(self) -> tuple[str, ...]:
        """All of them in the order of `PARTS`."""
        return tuple(getattr(self, part) for part in PARTS)


@dataclass(frozen=True)
class Line:
    """A cell. It has predictions: classes or numbers; or what its metrics look at besides, as of a search."""

    address: Address
    kind: Name
    metric: Name
    version: Count
    split: Text
    bundles: Mapping[Name, Count]
    perturbations: Name | None = None
    content: Annotated[Mapping[Name, Name], NONE] = field(default_factory=dict)
    predictions: Name | None = None
    numbers: Packed | None = None
    scores: Packed | None = None
    sums: Annotated[Mapping[Name, Packed], NONE] = field(default_factory=dict)
    weights: Name | None = None
    cost: Annotated[Mapping[Name, Amount], NONE] = field(default_factory=dict)
    parts: Annotated[Mapping[Name, Name | None], NONE] = field(default_factory=dict)


@dataclass(frozen=True)
class Split:
    """The hashes of a cell's items, and for a search of what answers each."""

    n: Count
    items: Name
    answers: Name | None = None


@dataclass(frozen=True)
class Entry:
    """When a run was accepted, and why."""

    date: Text
    reason: Text
    harness: Name


@dataclass(frozen=True)
class Timed:
    """What is kept of the timings of an encoder and pooler, by replicate."""

    task: Name
    encoder: Name
    pooler: Name
    reference: Name | None
    ratio: Mapping[Name, Positive]
    padding_waste: Mapping[Name, Number]
    texts: Mapping[Name, Name | None]


@dataclass(frozen=True)
class Axes:
    """What stood behind the names."""

    encoders: Mapping[Name, Anything]
    poolers: Mapping[Name, Component]
    modes: Mapping[Name, Component]


@dataclass(frozen=True)
class Kept:
    """What is kept of a cell: its line, its split, and of its task the class names and the documents, packed."""

    line: Line
    split: Split
    classes: list[str] | None
    searched: str | None

    def items(self) -> NDArray[np.uint32]:
        """The item hashes, in order."""
        return packing.unpack_hashes(self.split.items)

    def answers(self) -> NDArray[np.uint32] | None:
        """What answers each query of a search, in the order of `items`; None where that was not kept."""
        return None if self.split.answers is None else packing.unpack_hashes(self.split.answers)

    def documents(self) -> NDArray[np.uint32] | None:
        """The hashes of the documents that its task searched; None where they were not kept."""
        return None if self.searched is None else packing.unpack_hashes(self.searched)

    def predictions(self) -> NDArray[Any] | None:
        """The predicted label of each item, or the number; None for a search."""
        if self.line.predictions is None or self.classes is None:
            return self._floats(self.line.numbers)
        return np.asarray(self.classes)[packing.unpack(self.line.predictions, self.split.n, len(self.classes))]

    def scores(self) -> NDArray[np.float64] | None:
        """The scores of predictions; None where none are kept."""
        return self._floats(self.line.scores)

    def sums(self) -> dict[str, NDArray[np.float64]]:
        """What the metrics look at besides, by item."""
        return {name: packing.unpack_values(one, self.split.n) for name, one in self.line.sums.items()}

    def _floats(self, packed: Packed | None) -> NDArray[np.float64] | None:
        return None if packed is None else packing.unpack_values(packed, self.split.n)


@dataclass(frozen=True)
class Baseline:
    """A baseline of today's format."""

    format: Literal[1]
    suite: Name
    gate: Gate
    primary: Annotated[list[Address], Field(min_length=1)]
    history: Annotated[list[Entry], Field(min_length=1)]
    environment: Environment
    axes: Axes
    classes: Mapping[Name, Annotated[list[Text], Field(min_length=1)]]
    splits: Mapping[Text, Split]
    cells: list[Line]
    timings: list[Timed]
    documents: Annotated[Mapping[Name, Name], NONE] = field(default_factory=dict)

    @cached_property
    def by_address(self) -> Mapping[tuple[str, ...], Kept]:
        """What is kept of each cell."""
        return {line.address.names: self.kept(line) for line in self.cells}

    def of(self, row: tuple[str, ...]) -> dict[tuple[str, ...], Kept]:
        """The cells of one row, by address."""
        return {address: kept for address, kept in self.by_address.items() if address[:4] == row}

    def kept(self, line: Line) -> Kept:
        """A cell with what its line refers to."""
        task = line.address.task
        return Kept(line, self.splits[line.split], self.classes.get(task), self.documents.get(task))


def read(path: Path) -> Baseline:
    """A baseline file. MissingFileError, or HarnessError where it is not one, or is damaged."""
    try:
        value = read_json(path)
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such baseline.") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: cannot be read as a baseline ({error}). {_RENEW}") from None
    try:
        baseline: Baseline = shaped(Baseline, value)
        _check(baseline)
    except ValueError as error:
        wrong = f"{path}: a damaged baseline ({error}), or none. Restore it, or make a new one. {_RENEW}"
        raise HarnessError(wrong) from None
    return baseline


def _check(baseline: Baseline) -> None:
    """ValueError with what is wrong with what is packed, and with what refers to other parts."""
    for number, line in enumerate(baseline.cells):
        place = f"cells.{number}"
        if line.split not in baseline.splits:
            raise ValueError(f"{place}.split is {line.split[:40]!r}, which is not in splits")
        kept = baseline.kept(line)
        if len(kept.items()) != kept.split.n:
            raise ValueError(f"splits.{line.split} has lost items")
        if (answers := kept.answers()) is not None and len(answers) != kept.split.n:
            raise ValueError(f"splits.{line.split} has lost answers")
        try:
            kept.documents()
            kept.sums()
            kept.scores()
            predictions = kept.predictions()
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        if predictions is None and kept.classes is not None:
            raise ValueError(f"{place} has no predictions, and its task has classes")


_RENEW = "`harness baseline RUN -o FILE --reason …` makes one."
