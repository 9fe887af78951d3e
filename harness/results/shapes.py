"""What is read of the files of a run folder: `run.json`, and the lines beside it."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from harness.core.shapes import Amount, Count, Number, Positive, Shape

Reason = str | None
Pair = Annotated[list[Count], Field(min_length=2, max_length=2)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Address(Shape):
    """The names of a cell."""

    task: str
    encoder: str
    pooler: str
    mode: str
    condition: str = "clean"
    repeat: str = "–"


class Planned(Shape):
    """An entry of the plan. It has no key where something that it needs is missing."""

    key: str | None
    address: Address
    kind: str
    against: str | None = None
    bundles: list[str] = []
    build: str | None = None
    parts: dict[str, str] | None = None
    status: Literal["failed"] | None = None
    reason: Reason = None
    message: str | None = None
    component: str | None = None
    severity: Number | None = None
    parameters: dict[str, Any] | None = None


class Named(Shape):
    """A component under the name that a suite gave it."""

    name: str
    component: str
    parameters: dict[str, Any] = {}


class Threshold(Shape):
    """A bound of the gate."""

    metric: str | None = None
    drop: str | None = None
    min: Number | None = None
    max: Number | None = None
    value: Number | None = None
    within: Amount | None = None
    source: str | None = None
    encoder: str | None = None
    pooler: str | None = None
    mode: str | None = None
    task: str | None = None


class Gate(Shape):
    """What the suite says of the gate."""

    primary: dict[Literal["encoder", "pooler", "mode", "task"], str] = {}
    margin: Amount = 0.01
    thresholds: list[Threshold] = []


class Latency(Shape):
    """What the suite says of timing."""

    reference: str | None = None
    texts: str | None = None


class Task(Shape):
    """A task of the suite."""

    name: str


Limit = Literal["p50_ms", "p95_ms", "p99_ms", "memory_mb", "disk_mb"]


class Suite(Shape):
    """The suite as it was run."""

    name: str
    tasks: list[Task] = []
    poolers: list[Named] | None = None
    modes: list[Named] | None = None
    latency: Latency | None = None
    gate: Gate | None = None
    limits: dict[Limit, Positive] | None = None
    within: Amount | None = None
    reference: str | None = None
    texts: str | None = None


class Encoder(Shape):
    """What is known of an encoder, or of a row without one."""

    weights: str | None = None
    family: str | None = None
    n_parameters: Count | None = None
    disk_mb: Amount | None = None
    max_length: Count | None = None
    batch_halvings: Count | None = None
    tokenization: str | None = None
    checkpoint: str | None = None
    source: str | None = None
    revision: str | None = None
    licence: str | None = None


class About(Shape):
    """What is known of the data of a task."""

    kind: str
    metrics: Annotated[list[str], Field(min_length=1)]
    labels: list[str] | None = None
    domains: dict[str, Pair] | None = None
    n_train: Count | None = None
    n_train_all: Count | None = None
    n_test: Count | None = None
    n_test_all: Count | None = None
    n_documents: Count | None = None
    n_documents_all: Count | None = None
    n_clusters: Count | None = None
    n_duplicates: Count | None = None
    n_merged: Count | None = None
    median_words: Amount | None = None
    cluster: str | None = None
    language: str | None = None
    language_guessed: bool | None = None
    notes: list[str] | None = None
    note: str | None = None


class Bundle(Shape):
    """A bundle of conditions."""

    version: Count
    members: list[str]


class LeftOut(Shape):
    """What was asked for and is not in the plan."""

    what: str
    why: str
    task: str | None = None
    bundle: str | None = None


class TimingFailure(Shape):
    """What could not be timed."""

    what: str
    reason: str
    message: str


class Environment(Shape):
    """The machine."""

    n_cores: Count | None = None
    ram_gb: Amount | None = None
    threads: Count | None = None
    python: str | None = None
    platform: str | None = None
    cpu: str | None = None
    device: str | None = None
    libraries: dict[str, str | None] | None = None


class Cache(Shape):
    """How many vectors were stored already."""

    hits: Count
    misses: Count
    corrupt_rows: Count | None = None


class Manifest(Shape):
    """run.json."""

    suite: Suite
    encoders: dict[str, Encoder]
    tasks: dict[str, About]
    plan: list[Planned]
    bundles: dict[str, Bundle] | None = None
    not_applicable: list[LeftOut] = []
    dropped: list[LeftOut] = []
    timings: list[str] | None = None
    timing_failures: list[TimingFailure] | None = None
    environment: Environment | None = None
    phases: dict[str, Amount] | None = None
    cache: Cache | None = None
    only: dict[str, str] | None = None
    complete: bool | None = None
    harness: str | None = None
    command: str | None = None
    started: str | None = None
    finished: str | None = None


class Score(Shape):
    """A metric's value with its interval."""

    value: Number
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
    reason: Reason = None
    message: str | None = None
    job: str | None = None


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
    curve: list[Point] = []
    task: str
    encoder: str
    pooler: str
    mode: str
    repeat: str
    reason: Reason = None
    message: str | None = None


Times = list[Positive]


class Timing(Shape):
    """A line of timings.jsonl."""

    key: str | None = None
    scenario: str
    task: str
    encoder: str
    replicate: Count
    total_ms: dict[str, Times] = {}
    pool_ms: dict[str, list[Amount]] = {}
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


MANIFEST: TypeAdapter[Any] = TypeAdapter(Manifest)
DONE: TypeAdapter[Any] = TypeAdapter(Done)
WITHOUT: TypeAdapter[Any] = TypeAdapter(Without)
BUILD: TypeAdapter[Any] = TypeAdapter(Build)
TIMING: TypeAdapter[Any] = TypeAdapter(Timing)
TOLD: TypeAdapter[Any] = TypeAdapter(Told)


def cell(line: Any) -> TypeAdapter[Any]:
    """The shape of a line of cells.jsonl."""
    return DONE if isinstance(line, dict) and line.get("status") == "done" else WITHOUT
