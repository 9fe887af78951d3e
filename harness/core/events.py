"""What a job says while it works. Only the parent of a run writes anything down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.data import Example, Negatives, Outcomes
from harness.core.records import Pooling, Tokenization


@dataclass(frozen=True)
class Phase:
    """The job is now doing this."""

    what: str


@dataclass(frozen=True)
class Progress:
    """Texts encoded of all, how many of those came from the cache, and the share that is read of all tokens to read.

    Each reading begins with one that tells of the cache's texts alone.
    """

    n_done: int
    n_texts: int
    n_hits: int
    share: float = 0.0


@dataclass(frozen=True)
class TrainingStep:
    """Steps of a training done of all, and the loss of the last one."""

    n_done: int
    n_steps: int
    loss: float


@dataclass(frozen=True)
class CellDone:
    """A finished cell: scores by metric {value, low, high, chance}, outcomes, and facts worth a column.

    `examples`: some of the items whose prediction its perturbation changed; `negatives`: of a search on clean texts,
    what stands above answers. Neither of a private run.
    """

    key: str
    scores: Mapping[str, Mapping[str, float | None]]
    n_clusters: int
    outcomes: Outcomes
    facts: Mapping[str, Any]
    seconds: float
    examples: Sequence[Example] = ()
    negatives: Negatives | None = None


@dataclass(frozen=True)
class CellFailed:
    """A cell that has no result, and why."""

    key: str
    reason: str
    message: str


@dataclass(frozen=True)
class Built:
    """A checkpoint is in the store: what building it took and gave, and its losses on the way there.

    `from_store`: it was there already.
    """

    facts: Mapping[str, Any]
    curve: Sequence[Mapping[str, float]]
    from_store: bool = False


@dataclass(frozen=True)
class EncoderFact:
    """Something learnt about the job's encoder while it ran (parameters, batches halved …)."""

    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Remark:
    """What whoever watches should know, once: the same words of several jobs are told as one."""

    what: str


@dataclass(frozen=True)
class Kept:
    """What a part of an encode has in the store of its machine: the vectors of the inputs with these keys (n, 2).

    `node`: of a cluster, where that is.
    """

    tokenization: Tokenization
    pooling: Pooling
    keys: Any
    node: str = ""


@dataclass(frozen=True)
class Timing:
    """One line of timings.jsonl."""

    line: Mapping[str, Any]


@dataclass(frozen=True)
class JobFailed:
    """A job that ended without finishing: its reason class, a message, the traceback if there is one."""

    reason: str
    message: str
    traceback: str = field(default="")


@dataclass(frozen=True)
class JobDone:
    """A job that came to its end: seconds, and the kind of machine that ran it.

    One that tells neither this nor a failure is lost.
    """

    seconds: float
    device: str
    threads: int
    machine: str


@dataclass(frozen=True)
class Retried:
    """A job whose worker or node was lost, and that begins again elsewhere: what was lost, and how often so far."""

    why: str
    n_times: int


Event = (
    Phase
    | Progress
    | TrainingStep
    | CellDone
    | CellFailed
    | EncoderFact
    | Kept
    | Remark
    | Timing
    | JobFailed
    | Built
    | JobDone
    | Retried
)
