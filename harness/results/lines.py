"""What is read of the lines beside run.json: cells, builds, timings; and of what a built checkpoint tells of itself."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from harness.core.shapes import Amount, Count, Number, Positive, Shape
from harness.results.shapes import Address

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Score(Shape):
    """A metric's value with its interval."""

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    chance: Number | None = None


class Identity(Shape):
    """The identity control."""

    n: Count
    max_abs_difference: Amount
    n_predictions_changed: Count


class Facts(Shape):
    """What was learnt of a cell while it was scored."""

    n_texts: Count | None = None
    n_truncated: Count | None = None
    n_unmatched: Count | None = None
    n_parameters: Count | None = None
    texts_changed: Share | None = None
    edits_per_text: Amount | None = None
    tokens_per_text: Amount | None = None
    ids_unchanged: dict[str, Share] | Share | None = None
    content: dict[str, str] | None = None
    converged: bool | None = None
    identity: Identity | None = None


class _Cell(Shape):
    key: str
    address: Address
    reason: str | None = None
    message: str | None = None
    job: str | None = None


class Place(Shape):
    """Where bytes of outcomes lie."""

    file: Annotated[str, Field(pattern=r"^\d+\.outcomes$")]
    start: Count
    size: Count
    checksum: str


class Places(Shape):
    """Those of a cell."""

    items: Place
    cell: Place


class Done(_Cell):
    """A cell that has a result."""

    status: Literal["done"]
    metric: str
    scores: dict[str, Score | None]
    chance: Number | None = None
    n: Count | None = None
    n_clusters: Count | None = None
    facts: Facts | None = None
    seconds: Amount | None = None
    outcomes: Places | None = None


class Without(_Cell):
    """A cell that has none."""

    status: Literal["done", "failed", "skipped"]


class Point(Shape):
    """A point of a loss curve."""

    step: Count
    epoch: Number | None = None
    loss: Number | None = None
    validation_loss: Number | None = None
    validation_accuracy: Number | None = None


class BuildFacts(Shape):
    """What a training took and gave."""

    seconds: Amount | None = None
    n_tokens: Count | None = None
    peak_mb: Amount | None = None
    best_epoch: Number | None = None
    n_epochs: Number | None = None
    n_parameters: Count | None = None
    disk_mb: Amount | None = None
    weights: str | None = None
    warnings: list[str] | None = None


class Build(Shape):
    """A line of builds.jsonl."""

    checkpoint: str
    status: Literal["done", "failed"]
    facts: BuildFacts
    curve: list[Point] = Field(default_factory=list)
    task: str
    encoder: str
    pooler: str
    mode: str
    repeat: str
    reason: str | None = None
    message: str | None = None


Times = list[Positive]


class Timing(Shape):
    """A line of timings.jsonl."""

    key: str | None = None
    scenario: str
    task: str
    encoder: str
    replicate: Count
    total_ms: dict[str, Times] = Field(default_factory=dict)
    pool_ms: dict[str, list[Amount]] = Field(default_factory=dict)
    tokenise_ms: list[Amount] | None = None
    forward_ms: list[Amount] | None = None
    n_tokens: list[Count] | None = None
    load: Amount | None = None
    threads: Count | None = None
    texts: str | None = None
    texts_per_s: Amount | None = None
    tokens_per_s: Amount | None = None
    padding_waste: Number | None = None
    peak_mb: Amount | None = None


class Told(Shape):
    """training.json of a built checkpoint."""

    facts: BuildFacts
    curve: list[Point]


DONE: TypeAdapter[Any] = TypeAdapter(Done)
WITHOUT: TypeAdapter[Any] = TypeAdapter(Without)
BUILD: TypeAdapter[Any] = TypeAdapter(Build)
TIMING: TypeAdapter[Any] = TypeAdapter(Timing)
TOLD: TypeAdapter[Any] = TypeAdapter(Told)


def cell(line: Any) -> TypeAdapter[Any]:
    """The shape of a line of cells.jsonl."""
    return DONE if isinstance(line, dict) and line.get("status") == "done" else WITHOUT
