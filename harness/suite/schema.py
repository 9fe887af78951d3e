"""The shape of a suite file. Only shapes: names of components are checked against the catalogue by `load`."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from harness.core.records import Backend
from harness.core.registry import Named
from harness.core.truncation import Aggregate, Stride, Truncation, Windows

Scenario = Literal["single-stream", "offline", "memory"]
Axis = Literal["task", "encoder", "pooler", "mode", "condition"]
Draws = Annotated[int, Field(ge=1, le=100)]

#: What names may be: a suite's is a folder's too, the others stand on the terminal and in the report.
SUITE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
#: Nor do they begin as a spreadsheet's formula does, or as a command to GitHub in a log.
NAME = r"^[^\x00-\x1f\x7f-\x9f=+@:-][^\x00-\x1f\x7f-\x9f]*$"
DEVICE = r"^(auto|cpu|cuda(:\d+)?)$"
Name = Annotated[str, Field(pattern=NAME)]


class Strict(BaseModel):
    """No unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _under(key: str, kind: type) -> Callable[[Any], Any]:
    """A bare value of this kind stands for the mapping that has it under this key."""
    return lambda given: {key: given} if type(given) is kind else given


Reads = Literal["head", "tail", "head+tail", "windows"]


class TruncationModel(Strict):
    """What is read of a text that is longer than the encoder reads; the others are for `windows`."""

    read: Reads
    aggregate: Aggregate | None = None
    stride: Stride | None = None

    @property
    def value(self) -> Truncation:
        """As a tokenization has it."""
        given = self.model_dump(exclude={"read"}, exclude_none=True)
        return Windows(**given) if self.read == "windows" else self.read


class EncoderModel(Strict):
    """`minilm`, a hub id, a folder, or a mapping. `max_length` and `prefix` may be said by role (`models`)."""

    name: Name = ""
    checkpoint: str
    revision: str | None = None
    max_length: Strict | None = None
    prefix: Strict | None = None
    truncation: Annotated[
        TruncationModel | None, BeforeValidator(_under("read", str), Reads | TruncationModel | None)
    ] = None
    backend: Annotated[str, Named("backend")] = Backend.runtime
    precision: str | None = None
    if_fetched: bool = False

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"name": given, "checkpoint": given}
        if isinstance(given, dict) and ("name" in given) != ("checkpoint" in given):
            only = given.get("name", given.get("checkpoint"))
            return {"name": only, "checkpoint": only, **given}
        return given


def _largest(given: Any) -> Any:
    """The largest of several sizes, null above all; what is none of them is left for the check that follows."""
    if not isinstance(given, list) or not given:
        return given
    odd = [one for one in given if (type(one) is not int and one is not None) or (one is not None and one < 2)]
    return odd[0] if odd else None if None in given else max(given)


Size = Annotated[int, Field(ge=2)]
#: Several sizes make a learning curve; its smaller ones are read by `curves`.
Sizes = Annotated[Size | None, BeforeValidator(_largest, Size | list[Size | None] | None)]


class SamplesModel(Strict):
    """Items a task, spread evenly over its domains; null for all. Several of `train` make a learning curve."""

    train: Sizes = None
    test: Annotated[int, Field(ge=2)] | None = None


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


#: One column, or several.
ColumnNames = Annotated[
    list[str],
    BeforeValidator(_as_list, str | list[str]),
    Field(min_length=1),
]


#: One column, by its name or by its number.
ColumnNumber = str | int


class TimeModel(Strict):
    """The column of times, and whether it splits (the latest rows are the test side) or makes domains."""

    column: Annotated[str, Field(min_length=1)]
    as_: Literal["split", "shift"] = Field("split", alias="as")


class MinClassModel(Strict):
    """The rows that a class needs; smaller ones are left out, or merged into the class named."""

    rows: Annotated[int, Field(ge=2)]
    merge: Annotated[str, Field(min_length=1)] | None = None


#: What `min_class` may be.
MinClass = Annotated[MinClassModel, BeforeValidator(_under("rows", int), int | MinClassModel)]


class TaskModel(Strict):
    """A built-in task by name, or the user's own data. Paths are relative to the suite file.

    Kinds of task add fields of their own (`suite_model`).
    """

    name: Name
    kind: Annotated[str, Named("task-kind")] | None = None
    data: str | None = None
    train: str | None = None
    test: str | None = None
    validation: str | None = None
    domain: str | None = None
    group: str | None = None
    language: str | None = None
    time: Annotated[TimeModel | None, BeforeValidator(_under("column", str), str | TimeModel | None)] = None
    id: str | None = None
    encoding: str | None = None
    header: bool | None = None
    config: str | None = None
    revision: str | None = None
    train_split: str | None = None
    test_split: str | None = None
    validation_split: str | None = None
    test_share: Annotated[float, Field(ge=0.01, le=1)] | None = None
    drop_empty: bool = False
    metrics: Annotated[list[Annotated[str, Named("metric")]], Field(min_length=1)] | None = None
    max_samples: SamplesModel | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given


class RepeatsModel(Strict):
    """How many draws of each role."""

    perturb: Draws = 1
    sample: Draws = 1
    train: Draws = 1


class LatencyModel(Strict):
    """What is timed, how often, on how many requests."""

    scenarios: Annotated[list[Scenario], Field(min_length=1)] = ["single-stream", "offline", "memory"]
    reference: str | None = None
    texts: str | None = None
    replicates: Annotated[int, Field(ge=1, le=1000)] = 5
    requests: Annotated[int, Field(ge=10, le=100_000)] = 64


class ReportModel(Strict):
    """What a run folder may hold of the texts: `none` for hashes only. `note` is what its page ends with."""

    texts: Literal["full", "none"] = "full"
    note: str = ""


class RowModel(Strict):
    """A row of the suite; what is left out is the first of its axis."""

    encoder: str | None = None
    pooler: str | None = None
    mode: str | None = None


class IndexModel(RowModel):
    """Who encodes the documents of a search: a row of the suite, or the folder of a saved index."""

    folder: str | None = None


class RetrievalModel(Strict):
    """A search as it is served. Its two sides must give the same vectors of documents."""

    index: Annotated[IndexModel, BeforeValidator(_under("folder", str), str | IndexModel)]
    query: RowModel = RowModel()


class PrimaryModel(RowModel):
    """The row that the gate guards; what is left out is the first of its axis."""

    task: str | None = None


class ThresholdModel(PrimaryModel):
    """A bound that needs no baseline. `gates` says which keys go together; numbers over 1 are percent."""

    metric: str | None = None
    drop: str | None = None
    min: float | None = None
    max: float | None = None
    value: float | None = None
    within: Annotated[float, Field(ge=0)] | None = None
    source: str | None = None


class GateModel(Strict):
    """What `harness gate` holds a run to. `margin` is the loss that is still let pass, in the metric's units."""

    primary: PrimaryModel = PrimaryModel()
    margin: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    thresholds: list[ThresholdModel] = []


Bound = Annotated[float, Field(gt=0, allow_inf_nan=False)] | None


class LimitsModel(Strict):
    """The most that a row may take: milliseconds of one text, megabytes of memory and on disk."""

    p50_ms: Bound = None
    p95_ms: Bound = None
    p99_ms: Bound = None
    memory_mb: Bound = None
    disk_mb: Bound = None


class FunnelModel(Strict):
    """How a funnel narrows. `rows`: the most that are trained and put to conditions; None: all that may be best."""

    rows: Annotated[int, Field(ge=1, le=1000)] | None = None


def _or_not(given: Any) -> Any:
    return {} if given is True else None if given is False else given


class SuiteModel(Strict):
    """A whole suite file. `poolers`, `modes` and `conditions` are read by `choices`; no modes: no scores."""

    name: Annotated[str, Field(pattern=SUITE_NAME)]
    encoders: list[EncoderModel] = []
    poolers: Annotated[list[Any], Field(min_length=1)] | None = None
    modes: list[Any] = ["probe", "zero-shot"]
    tasks: Annotated[list[TaskModel], Field(min_length=1)]
    conditions: list[Any] = []
    baselines: list[Annotated[str, Named("baseline")]] = ["majority", "tfidf"]
    max_samples: SamplesModel = SamplesModel()
    repeats: RepeatsModel = RepeatsModel()
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    device: Annotated[str, Field(pattern=DEVICE)] = "auto"
    latency: Annotated[LatencyModel | None, BeforeValidator(_or_not, bool | LatencyModel | None)] = LatencyModel()
    exclude: list[Annotated[dict[Axis, str], Field(min_length=1)]] = []
    report: ReportModel = ReportModel()
    gate: GateModel = GateModel()
    within: Annotated[float, Field(ge=0, le=0.5)] | None = None
    limits: LimitsModel = LimitsModel()
    funnel: Annotated[FunnelModel | None, BeforeValidator(_or_not, bool | FunnelModel | None)] = None
    retrieval: RetrievalModel | None = None
