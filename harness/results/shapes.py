"""What is read of run.json."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from harness.core.shapes import Amount, Count, Number, Positive, Shape

Reason = str | None
Pair = Annotated[list[Count], Field(min_length=2, max_length=2)]


class Repeat(Shape):
    """Which draw of each role a cell stands for."""

    perturb: Count | None = None
    sample: Count | None = None
    train: Count | None = None


class Address(Shape):
    """The names of a cell."""

    task: str
    encoder: str
    pooler: str
    mode: str
    condition: str = "clean"
    repeat: str = "–"


class Planned(Shape):
    """An entry of the plan. It has no key where something that it needs is missing, or nothing is there to compute."""

    key: str | None
    address: Address
    kind: str
    against: str | None = None
    bundles: list[str] = Field(default_factory=list)
    build: str | None = None
    parts: dict[str, str] | None = None
    status: Literal["failed", "skipped"] | None = None
    reason: Reason = None
    message: str | None = None
    component: str | None = None
    severity: Number | None = None
    parameters: dict[str, Any] | None = None
    repeat: Repeat | None = None


class Named(Shape):
    """A component under the name that a suite gave it."""

    name: str
    component: str
    parameters: dict[str, Any]


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

    primary: dict[Literal["encoder", "pooler", "mode", "task"], str] = Field(default_factory=dict)
    margin: Amount = 0.01
    thresholds: list[Threshold] = Field(default_factory=list)


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
    tasks: list[Task] = Field(default_factory=list)
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
    backend: str | None = None
    precision: str | None = None
    remark: str | None = None
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
    n_test: Count
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
    libraries: dict[str, str | None]


class Cache(Shape):
    """How many vectors were stored already."""

    hits: Count
    misses: Count
    corrupt_rows: Count | None = None


class Manifest(Shape):
    """run.json."""

    suite: Suite
    harness: str
    environment: Environment
    encoders: dict[str, Encoder]
    tasks: dict[str, About]
    plan: list[Planned]
    bundles: dict[str, Bundle] | None = None
    not_applicable: list[LeftOut] = Field(default_factory=list)
    dropped: list[LeftOut] = Field(default_factory=list)
    timings: list[str] | None = None
    timing_failures: list[TimingFailure] | None = None
    phases: dict[str, Amount] | None = None
    cache: Cache | None = None
    only: dict[str, str] | None = None
    complete: bool | None = None
    command: str | None = None
    started: str | None = None
    finished: str | None = None


MANIFEST: TypeAdapter[Any] = TypeAdapter(Manifest)
