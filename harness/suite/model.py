"""A suite as the rest of the code sees it: frozen, checked, defaults filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.fingerprint import plain
from harness.core.records import Backend
from harness.core.truncation import Truncation
from harness.suite.schema import FunnelModel, LatencyModel


@dataclass(frozen=True)
class Choice:
    """A component with its parameters, under the name that stands in the address."""

    name: str
    component: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """`cut(layers=[0, 1])`."""
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.parameters.items())})"


@dataclass(frozen=True)
class EncoderSpec:
    """An encoder as a suite names it; `checkpoint` is a built-in name, a folder, a hub id or another of its encoders.

    `prefix` is put before a text, by role as kinds of task call it (`text`, `query` …); None: the folder's own.
    `max_length` is one for all, or by role: tokens, or a percentile (`p95`) of the lengths of the suite's texts.
    `truncation`: what is read of a text longer than `max_length`. `precision` None is the first that the backend has.
    `steps` are done to the checkpoint before it is read. `if_fetched`: it is left out where its files are not here.
    """

    name: str
    checkpoint: str
    revision: str | None = None
    max_length: int | str | Mapping[str, int | str] | None = None
    prefix: Mapping[str, str] | None = None
    truncation: Truncation = "head"
    backend: str = Backend.runtime
    precision: str | None = None
    steps: tuple[Choice, ...] = ()
    if_fetched: bool = False

    def length(self, said: str) -> int | str | None:
        """The length asked for a role, as it is called; that of `text` where the role has none of its own."""
        if not isinstance(self.max_length, Mapping):
            return self.max_length
        return self.max_length.get(said, self.max_length.get("text"))


@dataclass(frozen=True)
class TaskEntry:
    """A built-in task by name (`spec` None), or the mapping that describes the user's own.

    `learning_curve` are the training samples beside the largest; None where the suite's hold.
    """

    name: str
    spec: Mapping[str, Any] | None = None
    max_samples: Mapping[str, int | None] = field(default_factory=dict)
    learning_curve: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Suite:
    """Data only. Relative paths are taken from `folder`. `texts` is `none` where only their hashes may be kept.

    `gate` is what `harness gate` holds a run to: the row it guards, the loss it lets pass, bounds without a baseline.
    `within` is what a cheaper row may lose to the best and still be the verdict's, in the metric's units.
    `limits` are the most that a row may take, by what is limited: `p95_ms`, `memory_mb` … `note` ends the page.
    `funnel`: only rows that may be the best are trained and put to conditions; no more than `rows`, where that is told.
    `retrieval` are the two sides of a search as it is served, `index` and `query`: rows, or `folder`, a saved index.
    """

    name: str
    encoders: tuple[EncoderSpec, ...]
    poolers: tuple[Choice, ...] | None
    modes: tuple[Choice, ...]
    tasks: tuple[TaskEntry, ...]
    conditions: tuple[Choice, ...]
    baselines: tuple[str, ...]
    max_samples: Mapping[str, int | None]
    repeats: Mapping[str, int]
    seed: int
    device: str
    latency: LatencyModel | None
    exclude: tuple[Mapping[str, str], ...]
    texts: str
    gate: Mapping[str, Any]
    within: float
    limits: Mapping[str, float]
    folder: Path
    note: str = ""
    funnel: FunnelModel | None = None
    retrieval: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    learning_curve: tuple[int, ...] = ()

    def samples(self, task: str) -> Mapping[str, int | None]:
        """How many items a side: the suite's, unless the task says otherwise."""
        own = next((t.max_samples for t in self.tasks if t.name == task), {})
        return {**self.max_samples, **own}

    def smaller(self, task: str) -> tuple[int, ...]:
        """The training samples beside the largest, which make its learning curve."""
        own = next((t.learning_curve for t in self.tasks if t.name == task), None)
        return self.learning_curve if own is None else own

    def plain(self) -> dict[str, Any]:
        """The suite as data, without the place it was read from."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__ if name != "folder"}

    @property
    def reference(self) -> str | None:
        """The encoder that others are held against: the one named for latency, else the first."""
        named = self.latency.reference if self.latency else None
        return named or (self.encoders[0].name if self.encoders else None)
