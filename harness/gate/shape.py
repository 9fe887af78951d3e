"""What is read of a baseline file."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from harness.core.shapes import Amount, Count, Number, Positive, Shape
from harness.results.shapes import Address, Environment, Gate


class Packed(Shape):
    """Floats: the distinct ones, and which of them each is."""

    values: list[Number | None]
    codes: str


class Line(Shape):
    """A cell. It has predictions: classes or numbers; or what its metrics look at besides, as of a search."""

    address: Address
    kind: str
    metric: str
    version: int
    split: str
    bundles: dict[str, Count]
    perturbations: str | None = None
    content: dict[str, str] | None = None
    predictions: str | None = None
    numbers: Packed | None = None
    scores: Packed | None = None
    sums: dict[str, Packed] | None = None
    weights: str | None = None
    cost: dict[str, Amount] | None = None
    parts: dict[str, str | None] | None = None


class Split(Shape):
    """The hashes of a cell's items, and for a search of what answers each."""

    n: Count
    items: str
    answers: str | None = None


class Entry(Shape):
    """When a run was accepted, and why."""

    date: str
    reason: str
    harness: str


class Timed(Shape):
    """What is kept of the timings of an encoder and pooler, by replicate."""

    task: str
    encoder: str
    pooler: str
    reference: str | None
    ratio: dict[str, Positive]
    padding_waste: dict[str, Number]
    texts: dict[str, str | None]


Component = Annotated[tuple[str, dict[str, Any]], Field(strict=False)]  # as JSON has it, a list


class Axes(Shape):
    """What stood behind the names."""

    encoders: dict[str, dict[str, Any]]
    poolers: dict[str, Component]
    modes: dict[str, Component]


class File(Shape):
    """A baseline of today's format."""

    format: Literal[1]
    suite: str
    gate: Gate
    primary: Annotated[list[Address], Field(min_length=1)]
    history: Annotated[list[Entry], Field(min_length=1)]
    environment: Environment
    axes: Axes
    classes: dict[str, Annotated[list[str], Field(min_length=1)]]
    documents: dict[str, str] | None = None
    splits: dict[str, Split]
    cells: list[Line]
    timings: list[Timed]


FILE: TypeAdapter[Any] = TypeAdapter(File)
