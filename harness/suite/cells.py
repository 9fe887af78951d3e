"""The records of planning, and the maker of one row's cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.core.address import Address
from harness.core.records import (
    NONE,
    Backend,
    Cell,
    Checkpoint,
    Head,
    Mode,
    Perturbation,
    Pooling,
    Split,
    Step,
    Tokenization,
    read_as,
    sides_key,
)
from harness.core.registry import Catalogue
from harness.core.seeds import Repeat
from harness.suite.model import Suite
from harness.suite.settings import Protocol


@dataclass(frozen=True)
class Missing:
    """An encoder or task that is not to be had: its cells are rows with this reason; none where it `is_left_out`."""

    reason: str
    message: str
    is_left_out: bool = False


@dataclass(frozen=True)
class EncoderFacts:
    """What the plan needs to know of an encoder.

    `sides` are the roles that it reads otherwise than `tokenization` says. `pooler` with `parameters` is
    its own pooling, `own` the key of the layers that belong to it. `n_layers`: of the transformer, where known.
    `remark`: what a reader has to know of its backend and recipe. One that `is_random` is timed and never scored.
    """

    checkpoint: Checkpoint
    tokenization: Tokenization
    pooler: str
    sides: Mapping[str, Tokenization] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own: str | None = None
    n_layers: int | None = None
    backend: Backend = field(default_factory=Backend)
    remark: str = ""
    is_random: bool = False

    @property
    def readings(self) -> dict[str, Tokenization]:
        """How it reads by role; a role that is not there is read as `text`."""
        return {"text": self.tokenization, **self.sides}


@dataclass(frozen=True)
class TaskFacts:
    """What the plan needs to know of a task. `kind` is its `Kind`; `split(side, **)` makes the record of a split.

    `domains` gives the training texts of each, `elsewhere` those of the domains that a built-in task has beside
    the one that this task is; `n_tokens` is the median test text under the reference encoder. `shift_from` is the only
    domain that a shift may train on, where that is not up to the user. `language` is that of the texts, where known;
    `language_guessed` where nobody said it. `texts(side, roles)` are all there are, sampled or not. `sides_given`:
    whether the data came with a test side, where no rule splits it. `n_train`: the items of its training side.
    """

    kind: Any
    metrics: tuple[str, ...]
    domains: Mapping[str, int]
    n_tokens: float
    split: Callable[..., Split]
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    shift_from: str | None = None
    language: str | None = None
    language_guessed: bool = False
    texts: Callable[[str, Sequence[str]], Sequence[str]] = lambda side, roles: ()
    sides_given: bool = True
    n_train: int = 1


@dataclass(frozen=True)
class Materials:
    """Everything a suite names, resolved or missing. `precision` is what a precision of training means here."""

    encoders: Mapping[str, EncoderFacts | Missing]
    tasks: Mapping[str, TaskFacts | Missing]
    reference: str | None
    precision: Mapping[str, str] = field(default_factory=lambda: {"auto": "fp32"})


@dataclass(frozen=True)
class Setting:
    """What a condition is made of. `severity` is the parameter that says how much; None where none does."""

    component: str
    severity: float | None
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class PlannedCell:
    """A cell with its place in the comparison; `against` is the address of the cell it is compared to.

    `condition` is None where texts are as they are; a control or an oracle has that of the cell it is there for.
    Without a cell, `missing` says what is not to be had, or `skipped` why there is nothing to compute; `timed` is then
    what is timed all the same.
    """

    address: Address
    kind: str
    cell: Cell | None
    against: Address | None = None
    bundles: tuple[str, ...] = ()
    missing: Missing | None = None
    condition: Setting | None = None
    skipped: str = ""
    timed: Cell | None = None

    @property
    def key(self) -> str | None:
        """The cell's key; None where there is nothing to compute."""
        return self.cell.key if self.cell else None


@dataclass(frozen=True)
class Row:
    """One row of a comparison table: an encoder under a pooler and a mode, or a baseline.

    `uses` are the repeats that the mode depends on. A row that `builds` trains a checkpoint of its own, from the
    head of the mode `start` where there is one; a `joint` one reads the sides of an item as one input. `unscored` says
    why a row is timed alone. `protocol`: how it draws what it learns from, where it does not learn from all of it.
    """

    task: str
    encoder: str
    pooler: str
    mode: str
    facts: EncoderFacts | None
    pooling: Pooling | None
    setting: Mode
    needs_train: bool
    uses: frozenset[str] = frozenset()
    builds: bool = False
    joint: bool = False
    start: Mode | None = None
    unscored: str = ""
    protocol: Protocol | None = None

    @property
    def named(self) -> str:
        """What it is called where its task is known: its mode, or itself where it has no encoder."""
        return self.encoder if self.facts is None else self.mode

    def repeats(self, asked: Mapping[str, int]) -> Mapping[str, int]:
        """How often each role is drawn: as the suite asks, and what is learnt from as the row's protocol does."""
        return asked if self.protocol is None else {**asked, "train": self.protocol.n_draws}

    def address(self, condition: str, repeat: Repeat) -> Address:
        """The address of one of its cells."""
        return Address(self.task, self.encoder, self.pooler, self.mode, condition, repeat)


def not_joint(task: TaskFacts, tokenization: Tokenization) -> str:
    """Why a row that is trained cannot read a task so: it reads the sides of an item as one input, from their head."""
    if tokenization.truncation == "head" or len(task.kind.roles) == 1:
        return ""
    how = tokenization.truncation
    return f"rows that are trained read the texts of a pair as one input, which is read from its head, not by {how}"


#: What is done to the texts of a side, by role.
Edits = Mapping[str, tuple[Perturbation, ...]]


def edited(splits: Mapping[str, Split], edits: Edits) -> dict[str, Split]:
    """The splits with these perturbations of their texts."""
    return {
        role: replace(split, perturbations=edits[role]) if role in edits else split for role, split in splits.items()
    }


@dataclass(frozen=True)
class Planner:
    """What every step of planning needs."""

    suite: Suite
    catalogue: Catalogue
    materials: Materials


@dataclass(frozen=True)
class CellMaker(Planner):
    """Makes the cells of one row under one repeat. `beside`: the rows of the same encoder and pooler by mode."""

    row: Row
    task: TaskFacts
    repeat: Repeat
    beside: Mapping[str, Row]

    def cell(self, condition: str, test: Mapping[str, Split], **changes: Any) -> Cell:
        """A cell of this row. `changes`: readings, train_domains, train_edits, slice, uses (further repeat roles),
        train_sample.
        """
        is_sampled = any(self.suite.samples(self.row.task).values())
        uses = {*changes.get("uses", ()), *self.row.uses, *(["sample"] if is_sampled else [])}
        repeats = self.row.repeats(self.suite.repeats)
        shown = frozenset(role for role in uses if repeats[role] > 1)  # others stand in no address
        metrics = {m: self.catalogue.get("metric", m).version for m in self.task.metrics}
        address = self.row.address(condition, self.repeat.only(shown))
        head = self.head(
            changes.get("readings"),
            changes.get("train_domains"),
            changes.get("train_edits", {}),
            changes.get("train_sample"),
        )
        return Cell(head, test, changes.get("slice"), metrics, address)

    @property
    def draw_seed(self) -> int:
        """Where this repeat's perturbations are drawn from."""
        return self.suite.seed + (self.repeat.perturb or 0)

    def splits(self, side: str, domains: tuple[str, ...] | None = None, sample: int | None = None) -> dict[str, Split]:
        """The clean splits of a side by role, of these domains (None: of all); of both sides where they take turns."""
        samples, seed = self.suite.samples(self.row.task), self.suite.seed + (self.repeat.sample or 0)
        if self.row.protocol and self.row.protocol.is_crossed:
            sizes = [n for n in samples.values() if n is not None]
            side, samples = "all", {"all": sum(sizes) if len(sizes) == len(samples) else None}
        n = sample or samples[side]
        given = {"sample": n, "sample_seed": seed, "domains": domains}
        return {role: self.task.split(side, role=role, **given) for role in self.task.kind.roles}

    def head(
        self,
        readings: Mapping[str, Tokenization] | None,
        train_domains: tuple[str, ...] | None,
        edits: Edits,
        sample: int | None = None,
    ) -> Head:
        """The head of this row: reading so, fitted on these domains (None: as the encoder reads, on all), edited so."""
        row, facts = self.row, self.row.facts
        train = edited(self.splits("train", train_domains, sample), edits) if row.needs_train else {}
        if facts is None:
            return Head(NONE, None, None, None, row.setting, train)
        seed = self.suite.seed + (self.repeat.train or 0) if row.builds else self._draw
        checkpoint = self._built(facts, train, seed) if row.builds else facts.checkpoint
        return Head(checkpoint, facts.backend, readings or self.readings, row.pooling, row.setting, train, seed)

    @property
    def _draw(self) -> int | None:
        """The number of this repeat's draw of the training texts; None where the row draws none."""
        protocol = self.row.protocol
        if protocol is None or protocol.n_draws < 2:
            return None
        return (self.repeat.train or 0) + (self.suite.seed if protocol.is_seeded else 0)

    def _built(self, facts: EncoderFacts, train: Mapping[str, Split], seed: int | None) -> Checkpoint:
        """The checkpoint that this row's mode makes of its encoder, trained on texts as the encoder reads them."""
        row = self.row
        start = row.start and Head(facts.checkpoint, facts.backend, self.readings, row.pooling, row.start, train)
        parameters = {**row.setting.parameters, "tokenization": facts.tokenization, "pooling": row.pooling}
        if not row.joint:
            parameters["readings"] = self.readings
        if "precision" in parameters:
            asked = str(parameters["precision"])
            parameters["precision"] = self.materials.precision.get(asked, asked)
        teacher = start.key if start else None
        step = Step(row.setting.name, row.setting.version, parameters, sides_key(train), seed, teacher, makes_head=True)
        return facts.checkpoint.after(step)

    @property
    def readings(self) -> dict[str, Tokenization]:
        """How the encoder reads each side by itself; of a joint row an item's sides are one input, the `text`."""
        facts, roles = self.row.facts, ("text",) if self.row.joint else self.task.kind.roles
        return {} if facts is None else {role: read_as(facts.readings, role) for role in roles}
