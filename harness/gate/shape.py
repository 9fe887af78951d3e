"""What is read of a baseline file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.core.shapes import Amount, Count, Number, Positive
from harness.results.manifest import Environment, Gate
from harness.results.records import Name


@dataclass(frozen=True)
class Address:
    """The names of a row, or of a cell."""

    task: Name
    encoder: Name
    pooler: Name
    mode: Name
    condition: Name = "clean"
    repeat: Name = "–"


@dataclass(frozen=True)
class Packed:
    """Floats: the distinct ones, and which of them each is."""

    values: list[Number | None]
    codes: Name


@dataclass(frozen=True)
class Line:
    """A cell. It has predictions: classes or numbers; or what its metrics look at besides, as of a search."""

    address: Address
    kind: Name
    metric: Name
    version: Count
    split: Name
    bundles: Mapping[Name, Count]
    perturbations: Name | None = None
    content: Mapping[Name, Name] | None = None
    predictions: Name | None = None
    numbers: Packed | None = None
    scores: Packed | None = None
    sums: Mapping[Name, Packed] | None = None
    weights: Name | None = None
    cost: Mapping[Name, Amount] | None = None
    parts: Mapping[Name, Name | None] | None = None


@dataclass(frozen=True)
class Split:
    """The hashes of a cell's items, and for a search of what answers each."""

    n: Count
    items: Name
    answers: Name | None = None


@dataclass(frozen=True)
class Entry:
    """When a run was accepted, and why."""

    date: Name
    reason: Name
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


Component = tuple[Name, Mapping[str, Any]]


@dataclass(frozen=True)
class Axes:
    """What stood behind the names."""

    encoders: Mapping[Name, Mapping[str, Any]]
    poolers: Mapping[Name, Component]
    modes: Mapping[Name, Component]


@dataclass(frozen=True)
class File:
    """A baseline of today's format."""

    format: Literal[1]
    suite: Name
    gate: Gate
    primary: Annotated[list[Address], Field(min_length=1)]
    history: Annotated[list[Entry], Field(min_length=1)]
    environment: Environment
    axes: Axes
    classes: Mapping[Name, Annotated[list[Name], Field(min_length=1)]]
    splits: Mapping[Name, Split]
    cells: list[Line]
    timings: list[Timed]
    documents: Mapping[Name, Name] | None = None
