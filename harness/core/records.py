"""The nouns: frozen records whose key is the hash of what decides their value, and of nothing else.

A key answers "may a stored result be reused?". Names that a user gave live in `Address`, which is in no
key. See ARCHITECTURE.md for the way from a suite to these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.core.errors import DataError
from harness.core.fingerprint import fingerprint
from harness.core.seeds import Repeat

#: Raised when the way vectors are computed changes, so that no cached row survives the change.
ENGINE_VERSION = 1


class Keyed:
    """A frozen dataclass with a `key`: the hash of all its fields. Two records are equal if their keys are."""

    @cached_property
    def key(self) -> str:
        """32 hex digits over the canonical JSON of the fields, tagged with the noun."""
        return fingerprint({"noun": type(self).__name__, **_fields(self)})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


@dataclass(frozen=True, eq=False)
class Step(Keyed):
    """One thing done to weights: its operation and version, and everything that decides the outcome."""

    operation: str
    version: int
    parameters: Mapping[str, Any]
    train: str | None = None
    seed: int | None = None
    teacher: str | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint(Keyed):
    """Weights and tokenizer: the hash of their files, and the ordered steps taken from there."""

    source: str
    lineage: tuple[Step, ...] = ()


#: The checkpoint of rows that have no encoder.
NONE = Checkpoint("none")


@dataclass(frozen=True, eq=False)
class Backend(Keyed):
    """What computes: runtime, precision, kind of device. Always resolved, never `auto`."""

    runtime: str = "torch"
    precision: str = "fp32"
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class Tokenization(Keyed):
    """How a text is read. `max_length` counts tokens, special ones included."""

    max_length: int
    truncation: str = "head"
    prefix: str = ""


@dataclass(frozen=True, eq=False)
class Pooling(Keyed):
    """What is kept of the hidden states. Layers count from the end: -1 is the last."""

    pooler: str
    version: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[int, ...] = (-1,)


@dataclass(frozen=True, eq=False)
class Perturbation(Keyed):
    """A perturbation as applied: drawn with `draw_seed`, so the same for every encoder."""

    name: str
    version: int
    parameters: Mapping[str, Any]
    draw_seed: int


@dataclass(frozen=True, eq=False)
class Split(Keyed):
    """The train or test side of a task, as data: known before anything is loaded.

    `source` is a content hash (files, assets) or a revision with its config (hub). `sample` is how many
    items are drawn, evenly over domains and in proportion over labels; `domains` then keeps some of
    them. `role` tells a retrieval task's two splits apart (`query`, `corpus`); else it is `text`.
    """

    source: str
    columns: Mapping[str, Any]
    label_map: Mapping[str, Any]
    side: str
    rule: Mapping[str, Any]
    sample: int | None = None
    sample_seed: int = 0
    domains: tuple[str, ...] | None = None
    role: str = "text"
    perturbations: tuple[Perturbation, ...] = ()


@dataclass(frozen=True, eq=False)
class Mode(Keyed):
    """How an encoder is put to use: name, version, all parameters and the protocol."""

    name: str
    version: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Head(Keyed):
    """What is fitted once and scored on many splits. Zero-shot has no train split.

    Rows without an encoder have checkpoint `none`, no tokenization and no pooling, and their baseline as mode.
    """

    checkpoint: Checkpoint
    backend: Backend | None
    tokenization: Tokenization | None
    pooling: Pooling | None
    mode: Mode
    train: Split | None
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class Slice(Keyed):
    """A mask over a test split's outcomes; `part` is `slice`, or `control` for its matched control."""

    name: str
    version: int
    parameters: Mapping[str, Any]
    part: str
    reference: str | None = None


@dataclass(frozen=True)
class Address:
    """The names the user gave. Results are compared by address, reused by key."""

    task: str
    encoder: str
    pooler: str
    mode: str
    condition: str = "clean"
    repeat: Repeat = field(default_factory=Repeat)

    def __str__(self) -> str:
        parts = [self.task, self.encoder, self.pooler, self.mode, self.condition]
        return " / ".join(parts) + ("" if self.repeat == Repeat() else f" ({self.repeat})")


@dataclass(frozen=True)
class Cell:
    """One row of results. The address is not part of its key."""

    head: Head
    test: Mapping[str, Split]
    slice: Slice | None
    metrics: Mapping[str, int]
    address: Address

    @cached_property
    def key(self) -> str:
        """Head + test splits by role + metric versions; a slice's is its parent's key + the slice."""
        parent = fingerprint(
            {"noun": "Cell", "head": self.head, "test": dict(self.test), "metrics": dict(self.metrics)}
        )
        return parent if self.slice is None else fingerprint({"parent": parent, "slice": self.slice})

    def parts(self) -> dict[str, str]:
        """The key in pieces, by what a user would call them: to say which one made a stored cell not fit."""
        head = self.head
        pieces = {
            "checkpoint": head.checkpoint,
            "backend": head.backend,
            "tokenization": head.tokenization,
            "pooling": head.pooling,
            "mode": head.mode,
            "training data": head.train,
            "test data": dict(self.test),
            "slice": self.slice,
            "metrics": dict(self.metrics),
        }
        return {name: fingerprint({"piece": piece})[:8] for name, piece in pieces.items()}


@dataclass(frozen=True)
class Examples:
    """Ordered items of a split. All tuples have one entry an item.

    `fields` are the named texts (`text`). `labels` are class names. `relevant` gives, for queries, the
    item ids of the corpus that answer them. `clusters` are what is resampled together: a document, a group.
    """

    items: tuple[str, ...]
    clusters: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    labels: tuple[str, ...] | None = None
    domains: tuple[str, ...] | None = None
    relevant: tuple[tuple[str, ...], ...] | None = None

    def __post_init__(self) -> None:
        columns = [self.clusters, self.labels, self.domains, self.relevant, *self.fields.values()]
        if any(c is not None and len(c) != len(self.items) for c in columns):
            raise ValueError("every column of Examples needs one entry an item")

    def __len__(self) -> int:
        return len(self.items)

    @property
    def text(self) -> tuple[str, ...]:
        """The text an encoder reads."""
        return self.fields["text"]

    def take(self, index: list[int]) -> "Examples":
        """These items, in this order."""

        def pick(column: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
            return None if column is None else tuple(column[i] for i in index)

        return Examples(
            items=tuple(self.items[i] for i in index),
            clusters=tuple(self.clusters[i] for i in index),
            fields={name: tuple(column[i] for i in index) for name, column in self.fields.items()},
            labels=pick(self.labels),
            domains=pick(self.domains),
            relevant=pick(self.relevant),
        )


def utf8(text: str, place: str) -> str:
    """The text, if UTF-8 can carry it; lone surrogates crash tokenizers and Arrow. DataError names the place."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        char = text[error.start]
        raise DataError(
            f"{place}: a lone surrogate (U+{ord(char):04X}) at character {error.start + 1}; "
            "expected text that UTF-8 can carry. Read the file with its true encoding, or remove the character."
        ) from None
    return text


@dataclass(frozen=True)
class TokenStates:
    """Hidden states of a batch: `hidden` (batch, n_tokens, d) fp32; `mask` (batch, n_tokens), True for real tokens."""

    hidden: Any
    mask: Any


@dataclass(frozen=True)
class Outcomes:
    """What happened to each item of a cell, in one schema for every task. All arrays have one entry an item.

    item, cluster, gold, prediction: str. draw: int (which repeat). score: float (what the prediction was
    ranked by). sums: further float columns that a metric adds up (`ndcg@10` a query …).
    """

    item: Any
    cluster: Any
    draw: Any
    gold: Any
    prediction: Any
    score: Any
    sums: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.item)

    def take(self, index: Any) -> "Outcomes":
        """The items that a boolean mask or an index array selects."""
        sums = {name: column[index] for name, column in self.sums.items()}
        return Outcomes(
            self.item[index],
            self.cluster[index],
            self.draw[index],
            self.gold[index],
            self.prediction[index],
            self.score[index],
            sums,
        )
