"""What is read of run.json, as records: each is the shape of its part of the file too (`core.shapes`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from harness.core.shapes import Amount, Count, Flag, Number, Positive, null_is
from harness.results.facts import Name
from harness.results.records import Entry, Said
from harness.wording.visible import all_visible

Anything = Annotated[Mapping[str, Any], AfterValidator(all_visible)]
Names = Annotated[tuple[Name, ...], null_is(())]
Pair = Annotated[tuple[Count, ...], Field(min_length=2, max_length=2)]
Limit = Literal["p50_ms", "p95_ms", "p99_ms", "memory_mb", "disk_mb"]
NONE: Any = null_is({})


@dataclass(frozen=True)
class Named:
    """A component under the name that a suite gave it."""

    name: Name
    component: Name
    parameters: Anything


@dataclass(frozen=True)
class Threshold:
    """A bound of the gate."""

    metric: Name | None = None
    drop: Name | None = None
    min: Number | None = None
    max: Number | None = None
    value: Number | None = None
    within: Amount | None = None
    source: Name | None = None
    encoder: Name | None = None
    pooler: Name | None = None
    mode: Name | None = None
    task: Name | None = None


@dataclass(frozen=True)
class Gate:
    """What the suite says of the gate."""

    primary: Mapping[Literal["encoder", "pooler", "mode", "task"], Name] = field(default_factory=dict)
    margin: Amount = 0.01
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True)
class Latency:
    """What the suite says of timing."""

    reference: Name | None = None
    texts: Name | None = None


@dataclass(frozen=True)
class Task:
    """A task of the suite."""

    name: Name


@dataclass(frozen=True)
class Suite:
    """The suite as it was run."""

    name: Name
    tasks: tuple[Task, ...] = ()
    poolers: Annotated[tuple[Named, ...], null_is(())] = ()
    modes: Annotated[tuple[Named, ...], null_is(())] = ()
    latency: Annotated[Latency, null_is(Latency())] = Latency()
    gate: Annotated[Gate, null_is(Gate())] = field(default_factory=Gate)
    limits: Annotated[Mapping[Limit, Positive], NONE] = field(default_factory=dict)
    within: Amount | None = None
    reference: Name | None = None
    texts: Name | None = None
    note: Said = ""


@dataclass(frozen=True)
class Encoder:
    """What is known of an encoder, or of a row without one. `teacher`: the encoder of the suite that it learnt from;
    `adapted_from`: the one that was trained further to make it.

    `length_asked`: the percentile that `max_length` is. `lengths` are those of sides that it does not read alike, where
    `max_length` is that of a text.
    """

    weights: Name | None = None
    family: Name | None = None
    teacher: Name | None = None
    adapted_from: Name | None = None
    tokenizer: Name | None = None
    n_parameters: Count | None = None
    disk_mb: Amount | None = None
    max_length: Count | None = None
    lengths: Annotated[Mapping[Name, Count], NONE] = field(default_factory=dict)
    length_asked: Said = ""
    truncation: Name | None = None
    batch_halvings: Annotated[Count, null_is(0)] = 0
    tokenization: Name | None = None
    checkpoint: Name | None = None
    backend: Name | None = None
    precision: Name | None = None
    remark: Said = ""
    source: Name | None = None
    revision: Name | None = None
    licence: Name | None = None
    prefix: Annotated[Mapping[Name, Name] | Name, null_is("")] = ""


@dataclass(frozen=True)
class About:
    """What is known of the data of a task."""

    kind: Name
    metrics: Annotated[tuple[Name, ...], Field(min_length=1)]
    n_test: Count
    labels: Names = ()
    domains: Annotated[Mapping[Name, Pair], NONE] = field(default_factory=dict)
    n_train: Count | None = None
    n_train_all: Count | None = None
    n_test_all: Count | None = None
    n_documents: Count | None = None
    n_documents_all: Count | None = None
    n_clusters: Count | None = None
    n_duplicates: Count | None = None
    n_merged: Count | None = None
    median_words: Amount | None = None
    cluster: Said = ""
    language: Name | None = None
    language_guessed: Flag | None = None
    notes: Names = ()
    note: Said = ""


@dataclass(frozen=True)
class Bundle:
    """A bundle of conditions."""

    version: Count
    members: tuple[Name, ...]


@dataclass(frozen=True)
class LeftOut:
    """What was asked for and is not in the plan."""

    what: Name
    why: Name
    task: Name | None = None
    bundle: Name | None = None


@dataclass(frozen=True)
class TimingFailure:
    """What could not be timed."""

    what: Name
    reason: Name
    message: Annotated[str, Field(strict=True)]


@dataclass(frozen=True)
class Environment:
    """The machine."""

    libraries: Mapping[Name, Name | None]
    n_cores: Count | None = None
    ram_gb: Amount | None = None
    threads: Count | None = None
    python: Name | None = None
    platform: Name | None = None
    cpu: Name | None = None
    instructions: tuple[Name, ...] = ()
    device: Name | None = None


@dataclass(frozen=True)
class Cache:
    """How many vectors were stored already; `taken_rows` came from where machines share them."""

    hits: Count
    misses: Count
    corrupt_rows: Count | None = None
    unwritten_rows: Count | None = None
    taken_rows: Count | None = None


@dataclass(frozen=True)
class Workers:
    """How many jobs ran at once, with how many threads each; of a cluster its nodes by kind, and what was timed on."""

    n: Count
    threads: Count
    executor: Name = "local"
    nodes: Mapping[Name, Count] = field(default_factory=dict)
    timed_on: Name | None = None


@dataclass(frozen=True)
class Retry:
    """A job that began again, for the n-th time, because its worker or node was lost.

    Also a part of an encode that failed: the job that needs its vectors makes them.
    """

    job: Name
    why: Said
    n_times: Count


@dataclass(frozen=True)
class Manifest:
    """run.json."""

    suite: Suite
    harness: Name
    environment: Environment
    encoders: Mapping[Name, Encoder]
    tasks: Mapping[Name, About]
    plan: tuple[Entry, ...]
    bundles: Annotated[Mapping[Name, Bundle], NONE] = field(default_factory=dict)
    not_applicable: Annotated[tuple[LeftOut, ...], null_is(())] = ()
    dropped: Annotated[tuple[LeftOut, ...], null_is(())] = ()
    timings: Annotated[frozenset[Name] | None, Field(strict=False)] = None
    timing_failures: Annotated[tuple[TimingFailure, ...], null_is(())] = ()
    phases: Annotated[Mapping[Name, Amount], NONE] = field(default_factory=dict)
    cache: Cache | None = None
    only: Annotated[Mapping[Name, Name], NONE] = field(default_factory=dict)
    complete: Annotated[Flag, null_is(False)] = False
    command: Said = ""
    started: Name | None = None
    finished: Name | None = None
    workers: Workers | None = None
    retries: Annotated[tuple[Retry, ...], null_is(())] = ()
