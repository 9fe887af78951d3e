"""The nouns: frozen records whose key is the hash of what decides their value, and of nothing else.

A key answers "may a stored result be reused?". Names that a user gave live in `Address`, which is in no
key. See ARCHITECTURE.md for the way from a suite to these.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from harness.core.address import Address
from harness.core.fingerprint import LATER, fields_of, fingerprint
from harness.core.truncation import Truncation, Windows
from harness.core.user_files import Content

#: Raised when the way vectors are computed changes, so that no cached row survives the change.
ENGINE_VERSION = 2


class Keyed:
    """A frozen dataclass with a `key`: the hash of its fields, but for those that are not compared.

    Two records are equal if their keys are.
    """

    @cached_property
    def key(self) -> str:
        """32 hex digits over the canonical JSON of the fields, tagged with the noun."""
        return fingerprint({"noun": type(self).__name__, **fields_of(self)})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, eq=False)
class Step(Keyed):
    """One thing done to weights: its operation and version, and everything that decides the outcome.

    `makes_head` where what comes out is a head too, that of the mode which took the step.
    """

    operation: str
    version: int
    parameters: Mapping[str, Any]
    train: str | None = None
    seed: int | None = None
    teacher: str | None = None
    makes_head: bool = False


@dataclass(frozen=True, eq=False)
class Checkpoint(Keyed):
    """Weights and tokenizer: the hash of their files, and the ordered steps taken from there."""

    source: str
    lineage: tuple[Step, ...] = ()

    def after(self, step: Step) -> "Checkpoint":
        """What comes out of a step that is taken from here."""
        return Checkpoint(self.source, (*self.lineage, step))

    @property
    def nodes(self) -> tuple["Checkpoint", ...]:
        """All checkpoints on the way here, the files first and itself last."""
        return tuple(Checkpoint(self.source, self.lineage[:n]) for n in range(len(self.lineage) + 1))


#: The checkpoint of rows that have no encoder.
NONE = Checkpoint("none")


@dataclass(frozen=True, eq=False)
class Backend(Keyed):
    """What computes: the backend and its version, precision, kind of device. Always resolved, never `auto`.

    `calibration` is the hash of the texts that a precision is fitted on, where there are any.
    """

    runtime: str = "torch"
    precision: str = "fp32"
    device: str = "cpu"
    version: int = 1
    calibration: str | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, eq=False)
class Tokenization(Keyed):
    """How a text is read: up to `max_length` tokens at a time, special ones and the prefix included."""

    max_length: int
    prefix: str = ""
    truncation: Truncation = field(default="head", metadata=LATER)

    @property
    def most(self) -> float:
        """How many tokens of a text are read at most; without end where it is read in windows."""
        return math.inf if isinstance(self.truncation, Windows) else self.max_length


def read_as(readings: Mapping[str, Tokenization], role: str) -> Tokenization:
    """How an encoder reads a role: as `text` where it does not read it otherwise."""
    return readings[role] if role in readings else readings["text"]


def reading_key(readings: Mapping[str, Tokenization]) -> str:
    """One key of all that an encoder reads by role; the tokenization's own where it reads all sides alike."""
    return readings["text"].key if len(readings) == 1 else fingerprint({"noun": "Readings", **readings})


@dataclass(frozen=True, eq=False)
class Pooling(Keyed):
    """What is kept of the hidden states: one vector a text, or where `per` is `word` one a word."""

    pooler: str
    version: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    per: str = "text"

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers that it reads, by its parameters: -1 is the last, 0 what the embeddings gave."""
        return tuple(self.parameters.get("layers", (-1,)))


@dataclass(frozen=True, eq=False)
class Perturbation(Keyed):
    """A perturbation as applied: drawn with `draw_seed`, so the same for every encoder.

    `files` are where the files lie that parameters name; their hashes are among the `parameters`.
    """

    name: str
    version: int
    parameters: Mapping[str, Any]
    draw_seed: int
    files: Mapping[str, Content] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, eq=False)
class Split(Keyed):
    """The train or test side of a task, as data: known before anything is loaded.

    `source` is a content hash (files, assets) or a revision with its config (hub). `sample` is how many
    items are drawn, evenly over domains and in proportion over labels; `domains` then keeps some of
    them. `role` says which side of the items is read, where a kind of task has several.
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

    @property
    def clean(self) -> "Split":
        """The same split before anything was done to its texts."""
        return replace(self, perturbations=())


def sides_key(splits: Mapping[str, Split]) -> str:
    """One key of splits by role; the split's own where there is one."""
    return next(iter(splits.values())).key if len(splits) == 1 else fingerprint({"noun": "Sides", **splits})


@dataclass(frozen=True, eq=False)
class Mode(Keyed):
    """How an encoder is put to use: name, version, all parameters and the protocol."""

    name: str
    version: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Head(Keyed):
    """What is fitted once and scored on many splits. Zero-shot has no train splits.

    `readings` is the tokenization of each role; `train` are the splits that are learnt from, by role.
    Rows without an encoder have checkpoint `none`, no readings and no pooling, and their baseline as mode.
    """

    checkpoint: Checkpoint
    backend: Backend | None
    readings: Mapping[str, Tokenization] | None
    pooling: Pooling | None
    mode: Mode
    train: Mapping[str, Split] = field(default_factory=dict)
    seed: int | None = None

    @property
    def is_edited(self) -> bool:
        """Whether something was done to the texts that are learnt from."""
        return any(split.perturbations for split in self.train.values())

    @property
    def train_domains(self) -> tuple[str, ...] | None:
        """The domains that the training texts are from; None: all."""
        return next((split.domains for split in self.train.values()), None)

    @property
    def is_built(self) -> bool:
        """Whether the checkpoint came with this head: its last step made both."""
        return bool(self.checkpoint.lineage) and self.checkpoint.lineage[-1].makes_head

    @property
    def is_joint(self) -> bool:
        """Whether its encoder was trained to read the sides of an item as one input, its `text`."""
        return self.is_built and "text" in (self.readings or ())

    @property
    def base(self) -> Checkpoint:
        """What the mode started from: the checkpoint without the step that built it."""
        checkpoint = self.checkpoint
        return Checkpoint(checkpoint.source, checkpoint.lineage[:-1]) if self.is_built else checkpoint


@dataclass(frozen=True, eq=False)
class Slice(Keyed):
    """A mask over a test split's outcomes; `part` is `slice`, or `control` for its matched control."""

    name: str
    version: int
    parameters: Mapping[str, Any]
    part: str
    reference: str | None = None


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
            {
                "noun": "Cell",
                "engine": ENGINE_VERSION if self.head.pooling else None,
                "head": self.head,
                "test": dict(self.test),
                "metrics": list(self.metrics.items()),  # their order too: the first is the primary one
            }
        )
        return parent if self.slice is None else fingerprint({"parent": parent, "slice": self.slice})

    def parts(self) -> dict[str, str]:
        """The key in pieces, by what a user would call them: to say which one made a stored cell not fit."""
        head, sides = self.head, {**self.test, **{f"train {role}": s for role, s in self.head.train.items()}}
        edits = {side: s.perturbations for side, s in sides.items() if side in self.test or s.perturbations}
        pieces = {
            "checkpoint": head.checkpoint,
            "backend": head.backend,
            "tokenization": head.readings,
            "pooling": head.pooling,
            "mode": head.mode,
            "perturbations": edits,
            "training data": head.train,
            "test data": dict(self.test),
            "slice": self.slice,
            "metrics": list(self.metrics.items()),
        }
        return {name: fingerprint({"piece": piece})[:8] for name, piece in pieces.items()}
