"""What a run left, as records: the cells of its plan with what became of each, and the checkpoints that it built.

A record is the shape of its line too (`core.shapes`): what is read is checked against it, and made visible.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from harness.core.address import Address
from harness.core.data import Outcomes
from harness.core.errors import of_encoder
from harness.core.seeds import Repeat
from harness.core.shapes import Amount, Count, Number, Positive, Share, null_is
from harness.results.facts import NO_FACTS, Facts, Name
from harness.results.outcomes import Places
from harness.wording.visible import all_visible, one_line, visible

Status = Literal["done", "failed", "skipped", "not run"]
Said = Annotated[Name, null_is("")]
Message = Annotated[str, Field(strict=True), null_is("")]
#: Outcomes by their places; None where they are lost.
Reader = Callable[[Places | None], Outcomes | None]
NAN = float("nan")


@dataclass(frozen=True)
class Score:
    """A metric's value with its interval, NaN where it is not defined; `chance` is what knowing nothing would score."""

    value: Annotated[Number, null_is(NAN)] = NAN
    low: Annotated[Number, null_is(NAN)] = NAN
    high: Annotated[Number, null_is(NAN)] = NAN
    chance: Number | None = None


def _names(address: Any) -> Any:
    """The names of an address, all visible, without the repeat as it is printed."""
    if not isinstance(address, dict):
        return address
    return {part: all_visible(name) for part, name in address.items() if part != "repeat"}


def _entry(entry: Any) -> Any:
    """An entry of the plan with its repeat among its names; runs of earlier versions have it as it is printed."""
    if not isinstance(entry, dict) or not isinstance(address := entry.get("address"), dict):
        return entry
    known = entry.get("repeat")
    repeat = vars(Repeat.named(str(address.get("repeat")))) if known is None else known
    return {**entry, "address": {**_names(address), "repeat": repeat}}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a cell, by whichever of its addresses it was computed."""

    status: Annotated[Status, null_is("not run")] = "not run"
    reason: Said = ""
    message: Message = ""
    metric: Said = ""
    scores: Annotated[Mapping[Name, Annotated[Score, null_is(Score())]], null_is({})] = field(default_factory=dict)
    chance: Number | None = None
    n: Count | None = None
    n_clusters: Count | None = None
    facts: Annotated[Facts, null_is(NO_FACTS)] = field(default_factory=lambda: NO_FACTS)
    seconds: Annotated[Amount, null_is(0.0)] = 0.0
    places: Annotated[Places | None, Field(alias="outcomes")] = None


@dataclass(frozen=True, kw_only=True)
class Line(Result):
    """A line of cells.jsonl. Its address is the one by which the cell was computed."""

    status: Literal["done", "failed", "skipped"]
    key: Name
    address: Annotated[Address, BeforeValidator(_names)]

    def __post_init__(self) -> None:
        if self.status == "done" and not self.metric:
            raise PydanticCustomError("no_metric", "the metric by which it is done")


@dataclass(frozen=True)
class RunCell(Result):
    """A cell of the plan and what became of it.

    `key` is None where something that it needs is missing, `against` is the key of what it is compared with.
    `component`, `severity` and the other `parameters` are what its condition is made of; nothing where texts are as
    they are, and in runs of versions that did not write it down. `parts` are the pieces of its key, `build` the
    checkpoint that is built for it. `ids_unchanged` is against its own encoder's reading.
    """

    address: Address
    kind: Name
    key: Name | None = None
    against: Name | None = None
    bundles: Annotated[tuple[Name, ...], null_is(())] = ()
    build: Name | None = None
    parts: Annotated[Mapping[Name, Name], null_is({})] = field(default_factory=dict)
    component: Said = ""
    severity: Number | None = None
    parameters: Annotated[Mapping[str, Any], null_is({}), AfterValidator(all_visible)] = field(default_factory=dict)
    ids_unchanged: Share | None = None
    reader: Annotated[Reader | None, BeforeValidator(lambda told: None)] = field(
        default=None, repr=False, compare=False
    )

    @property
    def outcomes(self) -> Outcomes | None:
        """The outcomes of a cell that is done, read when asked for; None where the run folder has lost them."""
        return self.reader(self.places) if self.status == "done" and self.reader else None

    @property
    def checksums(self) -> tuple[str, ...]:
        """Those of its outcomes."""
        return (self.places.items.checksum, self.places.cell.checksum) if self.places else ()

    @property
    def said(self) -> str:
        """The message on one line, fit to be shown; tracebacks stay in the run folder."""
        return visible(one_line(self.message))

    @property
    def why(self) -> str:
        """Why there is no result, on one line."""
        return f"{self.reason or 'has not been run'}: {self.said}".rstrip(": ")

    def after(self, line: Line | None, tokenization: str | None, reader: Reader) -> "RunCell":
        """The cell with what became of it; `tokenization` is how its encoder reads. What cannot be run stays as it is.

        What is told of another address's encoder, which shares the key, is told of its own.
        """
        if line is None or self.status != "not run":
            return replace(self, reader=reader)
        result = {one.name: getattr(line, one.name) for one in fields(Result)}
        result["message"] = of_encoder(line.message, line.address.encoder, self.address.encoder)
        same = line.facts.ids_unchanged.get(str(tokenization))
        return replace(self, **result, ids_unchanged=same, reader=reader)


#: An entry of the plan in run.json.
Entry = Annotated[RunCell, BeforeValidator(_entry)]


@dataclass(frozen=True)
class Point:
    """A point of a loss curve. `general` is of a general text beside the domain's, `rare` of words it never has."""

    step: Count
    epoch: Number | None = None
    loss: Number | None = None
    validation_loss: Number | None = None
    validation_accuracy: Number | None = None
    validation_general_loss: Number | None = None
    validation_general_accuracy: Number | None = None
    validation_rare_accuracy: Number | None = None
    validation_order_accuracy: Number | None = None
    validation_alignment: Number | None = None
    validation_uniformity: Number | None = None


@dataclass(frozen=True)
class BuildFacts:
    """What a training took and gave: seconds, megabytes, epochs. `weights` is the hash of what came out."""

    seconds: Amount | None = None
    n_tokens: Count | None = None
    peak_mb: Amount | None = None
    best_epoch: Number | None = None
    n_epochs: Number | None = None
    n_parameters: Count | None = None
    disk_mb: Amount | None = None
    weights: Name | None = None
    warnings: Annotated[tuple[Name, ...], null_is(())] = ()


@dataclass(frozen=True)
class Build:
    """A line of builds.jsonl: a checkpoint that was trained here, or could not be, with its loss curve."""

    checkpoint: Name
    status: Literal["done", "failed", "waiting"] = "waiting"
    task: Name = ""
    encoder: Name = ""
    pooler: Name = ""
    mode: Name = ""
    repeat: Name = "–"
    reason: Said = ""
    message: Annotated[Message, AfterValidator(lambda message: visible(one_line(message)))] = ""
    facts: BuildFacts = field(default_factory=BuildFacts)
    curve: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Training:
    """training.json of a built checkpoint."""

    facts: BuildFacts
    curve: tuple[Point, ...]


@dataclass(frozen=True)
class Timing:
    """A line of timings.jsonl: times by length of texts, in ms; the load is that of the machine meanwhile."""

    scenario: Name
    task: Name
    encoder: Name
    replicate: Count
    key: Name | None = None
    total_ms: Mapping[Name, list[Positive]] = field(default_factory=dict)
    pool_ms: Mapping[Name, list[Amount]] = field(default_factory=dict)
    tokenise_ms: list[Amount] | None = None
    forward_ms: list[Amount] | None = None
    n_tokens: list[Count] | None = None
    load: Amount | None = None
    threads: Count | None = None
    machine: Name | None = None
    texts: Name | None = None
    texts_per_s: Amount | None = None
    tokens_per_s: Amount | None = None
    padding_waste: Number | None = None
    peak_mb: Amount | None = None
