"""What a run left, as records: the cells of its plan with what became of each, and the checkpoints that it built.

They are made of lines that were checked when they were read (`shapes`, `lines`); what a line leaves open is a default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeVar

from harness.core.data import Outcomes
from harness.core.errors import of_encoder
from harness.core.records import Address
from harness.core.seeds import ROLES, Repeat
from harness.wording.visible import all_visible, one_line, visible

Status = Literal["done", "failed", "skipped", "not run"]
Record = TypeVar("Record")


@dataclass(frozen=True)
class Score:
    """A metric's value with its interval, NaN where it is not defined; `chance` is what knowing nothing would score."""

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    chance: float | None = None


@dataclass(frozen=True)
class Facts:
    """What was learnt of a cell while it was scored. `ids_unchanged` is against its own encoder's reading."""

    n_texts: int | None = None
    n_truncated: int | None = None
    n_unmatched: int | None = None
    texts_changed: float | None = None
    edits_per_text: float | None = None
    tokens_per_text: float | None = None
    ids_unchanged: float | None = None
    content: Mapping[str, str] = field(default_factory=dict)
    converged: bool = True
    identity: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Planned:
    """A cell of the plan: its key (None where something that it needs is missing), its names, what it is compared with.

    `component`, `severity` and the other `parameters` are what its condition is made of; nothing where texts are as
    they are, and in runs of versions that did not write it down. `parts` are the pieces of its key, `build` the
    checkpoint that is built for it.
    """

    address: Address
    kind: str
    key: str | None = None
    against: str | None = None
    bundles: tuple[str, ...] = ()
    build: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    component: str = ""
    severity: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunCell(Planned):
    """A cell of the plan and what became of it. `checksums` are those of its outcomes."""

    status: Status = "not run"
    reason: str = ""
    message: str = ""
    metric: str = ""
    scores: Mapping[str, Score] = field(default_factory=dict)
    chance: float | None = None
    n: int | None = None
    n_clusters: int | None = None
    facts: Facts = field(default_factory=Facts)
    seconds: float = 0.0
    checksums: tuple[str, ...] = ()
    reader: Callable[[str], Outcomes] | None = field(default=None, repr=False, compare=False)

    @property
    def outcomes(self) -> Outcomes | None:
        """The outcomes of a cell that is done, read when asked for; None where the run folder has lost them."""
        if self.status != "done" or self.reader is None or self.key is None:
            return None
        try:
            return self.reader(self.key)
        except KeyError:
            return None

    @property
    def said(self) -> str:
        """The message on one line, fit to be shown; tracebacks stay in the run folder."""
        return visible(one_line(self.message))

    @property
    def why(self) -> str:
        """Why there is no result, on one line."""
        return f"{self.reason or 'has not been run'}: {self.said}".rstrip(": ")


@dataclass(frozen=True)
class Build:
    """A checkpoint that was trained here, or could not be, with its loss curve."""

    checkpoint: str
    status: str = "waiting"
    task: str = ""
    encoder: str = ""
    pooler: str = ""
    mode: str = ""
    repeat: str = "–"
    reason: str = ""
    message: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    curve: tuple[Mapping[str, Any], ...] = ()


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def made(kind: type[Record], line: Mapping[str, Any], **more: Any) -> Record:
    """A record of the fields that a line tells, lists as tuples."""
    record: Any = kind
    told = {name: line[name] for name in _names(record) if line.get(name) is not None}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()} | more)


def build(line: Mapping[str, Any]) -> Build:
    """A line of builds.jsonl, its message on one line."""
    return made(Build, all_visible({**line, "message": one_line(line.get("message") or "")}))


def planned(entry: Mapping[str, Any]) -> Planned:
    """An entry of the plan in run.json."""
    return made(Planned, all_visible(entry), address=_address(entry))


def _address(entry: Mapping[str, Any]) -> Address:
    """The names of an entry; runs of earlier versions have repeats by name alone."""
    names = all_visible({name: value for name, value in entry["address"].items() if name != "repeat"})
    known = entry.get("repeat")
    repeat = (
        Repeat(**{role: known.get(role) for role in ROLES})
        if known is not None
        else Repeat.named(entry["address"].get("repeat", ""))
    )
    return Address(**{name: names[name] for name in _names(Address) if name in names}, repeat=repeat)


def cell(
    entry: Mapping[str, Any], line: Mapping[str, Any] | None, tokenization: str | None, reader: Any = None
) -> RunCell:
    """A planned cell with its line of cells.jsonl, if it has one; `tokenization` is how its encoder reads."""
    own = vars(planned(entry))
    line = entry if entry.get("status") else line or {}
    message: str = line.get("message") or ""
    if message:  # told of this address's encoder where another one shares the key
        message = of_encoder(message, str(line["address"]["encoder"]), str(entry["address"]["encoder"]))
    facts = dict(line.get("facts") or {})
    if isinstance(facts.get("ids_unchanged"), Mapping):
        facts["ids_unchanged"] = facts["ids_unchanged"].get(tokenization)
    scores = {name: made(Score, score) for name, score in (line.get("scores") or {}).items() if score is not None}
    told = {name: line.get(name) for name in ("status", "reason", "metric", "chance", "n", "n_clusters", "seconds")}
    checksums = [place["checksum"] for place in (line.get("outcomes") or {}).values()]
    more = {"message": message, "checksums": checksums, "scores": scores, "facts": made(Facts, facts), "reader": reader}
    return made(RunCell, {**own, **all_visible(told), **more})
