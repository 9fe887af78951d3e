"""The view: everything a report says, as values. Both renderers and the table of results read only this."""

from dataclasses import dataclass, field
from typing import NamedTuple

from harness.report.above_model import Above
from harness.report.adapted_model import Adapted, Gain
from harness.report.contrasts_model import Contrast
from harness.report.identity_model import Identity
from harness.report.insights_model import Insights
from harness.report.latency import Speed, Work
from harness.report.lengths_model import Reading, Sweep
from harness.report.limits import LimitCheck
from harness.report.measure import Measure
from harness.report.robustness_model import Flips, Robustness
from harness.report.taught_model import Taught
from harness.report.tuning_model import Tuning
from harness.results import RunCell
from harness.stats import Interval
from harness.wording import numbers

#: Encoder, pooler, mode; and what stands for the latter two of a row that has no encoder.
Names = tuple[str, str, str]
NO_POOLER = "–"
#: Kinds that are a condition of their own; the others are only what these are compared with.
CONDITIONS = ("perturbation", "reading", "shift", "slice")
#: A condition that changes a smaller share of the texts says so: a small drop under it shows nothing.
FEW_CHANGED = 0.2


@dataclass(frozen=True)
class Drop:
    """What a condition costs against its reference. `loss` is positive where the condition is worse.

    `against` names the reference; it `is_of_other` where that is a cell of another row, as a probe's oracle. `room` is
    what the reference has above chance; None where that is next to nothing.
    `flip_rate` is the share of predictions that are others, `flip_rate_right` that among items that were right before.
    """

    against: str
    reference: float
    loss: Interval
    room: float | None
    flip_rate: float | None
    is_of_other: bool = False
    flip_rate_right: float | None = None

    @property
    def above_chance(self) -> float | None:
        """The loss as a share of what the reference has above chance."""
        return None if self.room is None else self.loss.value / self.room

    @property
    def kept(self) -> Interval | None:
        """The share of what the reference has above chance that is left."""
        room, loss = self.room, self.loss
        return None if room is None else Interval(*(1 - lost / room for lost in (loss.value, loss.high, loss.low)))


@dataclass(frozen=True)
class Result(RunCell):
    """One cell, or the repeats of one condition: the first that is done, and what they are together.

    Together are the scores, the seconds, and of the facts those on changed texts and on convergence; `n_repeats` are
    done. `n_seeds` of `n_seeds_planned` train seeds have a score. Training is that of one seed, the mean of all.
    `others` are the scores by the task's further metrics, in their order.
    """

    n_repeats: int = 0
    score: Interval | None = None
    others: tuple[Interval | None, ...] = ()
    drop: Drop | None = None
    n_seeds: int = 0
    n_seeds_planned: int = 0
    train_seconds: float | None = None
    train_tokens: float | None = None

    @property
    def condition(self) -> str:
        """The name of its condition."""
        return self.address.condition

    @property
    def share_changed(self) -> float | None:
        """The share of texts that the condition changes for this encoder; None where that is not what it does.

        Of a perturbation or a reading: the texts that reach the encoder as other tokens, where tokens are known.
        """
        if self.kind not in ("perturbation", "reading"):
            return None
        return self.facts.texts_changed if self.ids_unchanged is None else round(1 - self.ids_unchanged, 9)

    @property
    def is_idle(self) -> bool:
        """Whether it changes so few texts that it tells little."""
        return self.share_changed is not None and self.share_changed < FEW_CHANGED

    @property
    def in_clusters(self) -> str:
        """` in 11 clusters`, where some of its items are drawn together."""
        few = self.n is not None and self.n_clusters is not None and self.n_clusters < self.n
        return f" in {numbers.plural(self.n_clusters or 0, 'cluster')}" if few else ""

    @property
    def seeds(self) -> str:
        """`3 train seeds`, `10 draws`; nothing where one was asked for."""
        if self.n_seeds_planned < 2:
            return ""
        of = f"{self.n_seeds} of " if self.n_seeds < self.n_seeds_planned else ""
        return f"{of}{self.n_seeds_planned} {'train seeds' if self.build else 'draws'}"


@dataclass(frozen=True)
class Bundle:
    """What one bundle costs one row: its worst member, of `n_measured` out of `n_members`; or why there is none.

    Conditions that are in no bundle are taken as one too, those of one component together: it `is_loose`.
    `n_in_task` is how many members any row of the task has, `lacks` why this row, or the task, has fewer. `n_idle` of
    the measured ones change so few texts that the worst is not sought among them.
    """

    name: str
    worst: Result | None
    n_measured: int
    n_members: int
    n_in_task: int
    lacks: str
    why_not: str
    n_idle: int = 0
    is_loose: bool = False


@dataclass(frozen=True)
class Row:
    """One encoder x pooler x mode in one task, or one row without an encoder.

    Rows of one `group` cannot be told apart; their `rank` is one more than there are rows in better groups, and
    `unranked` says why a row with a score has none. `is_tuned` is True where the weights were trained here, `is_joint`
    where they then read an item's texts as one. `limits` are those of the suite, held against this row. `taught` where
    it is a student of another encoder of the suite.
    """

    encoder: str
    pooler: str
    mode: str
    label: str
    clean: Result | None
    results: tuple[Result, ...]
    cells: tuple[Result, ...]
    bundles: tuple[Bundle, ...]
    n_parameters: int | None
    disk_mb: float | None
    weights: str
    is_tuned: bool = False
    is_joint: bool = False
    speed: Speed | None = None
    limits: tuple[LimitCheck, ...] = ()
    group: int | None = None
    rank: int | None = None
    n_tied: int = 0
    unranked: str = ""
    taught: Taught | None = None

    @property
    def names(self) -> Names:
        """What tells the row from the others of its task."""
        return self.encoder, self.pooler, self.mode

    def bundle(self, name: str) -> Bundle | None:
        """The bundle of this name, if the run has it."""
        return next((bundle for bundle in self.bundles if bundle.name == name), None)

    @property
    def is_baseline(self) -> bool:
        """True where no encoder is involved."""
        return (self.pooler, self.mode) == (NO_POOLER, NO_POOLER)

    @property
    def is_timed_alone(self) -> bool:
        """Whether no score was asked for."""
        return self.clean is not None and self.clean.status == "skipped"

    @property
    def score(self) -> Interval | None:
        """The score on texts as they are."""
        return self.clean.score if self.clean else None


@dataclass(frozen=True)
class Verdict:
    """The answer in words. `pick` is the label of the row that the headline names, None where there is none.

    `why` it is the pick, what its `rivals` gain and give up, what each bundle `costs` it and them, and `remarks`.
    """

    pick: str | None
    headline: str
    why: str = ""
    rivals: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """All of one task: its rows are compared by `measure`, `others` are its further metrics.

    `reference` is the label of the row that the speed ratios are over. `computed` says what is to be known of rows that
    are computed otherwise than in fp32, or slowly here. `on_requests` is True where the times are of the suite's own
    requests, not of this task's texts.
    """

    name: str
    measure: Measure
    others: tuple[Measure, ...]
    rows: tuple[Row, ...]
    verdict: Verdict
    work: tuple[Work, ...]
    on_requests: bool
    n_cores: int | None
    reference: str | None
    n_compared: int
    notes: tuple[str, ...]
    facts: dict[str, str]
    tuning: Tuning | None = None
    computed: tuple[str, ...] = ()
    robustness: Robustness = field(default_factory=Robustness)
    flips: Flips | None = None
    insights: Insights = field(default_factory=Insights)
    contrasts: tuple[Contrast, ...] = ()
    above: tuple[Above, ...] = ()
    gains: tuple[Gain, ...] = ()
    readings: tuple[Reading, ...] = ()
    sweeps: tuple[Sweep, ...] = ()


@dataclass(frozen=True)
class LostTask:
    """A task of the plan of which nothing is known: why, and what became of its cells."""

    name: str
    verdict: Verdict
    rows: tuple[Row, ...]


class Failure(NamedTuple):
    """Cells of one row (or a timing) that failed alike: which, the class of reason, and the reason in words."""

    row: str
    conditions: str
    reason: str
    message: str


@dataclass(frozen=True)
class View:
    """A whole report. All strings are printable; nothing in it depends on when it is made.

    `only` holds (axis, glob) of a run that was restricted, `left_out` what the plan does not hold, and why.
    """

    title: str
    complete: bool
    only: tuple[tuple[str, str], ...]
    n_planned: int
    n_done: int
    n_failed: int
    n_skipped: int
    tasks: tuple[Task, ...]
    lost_tasks: tuple[LostTask, ...]
    identity: tuple[Identity, ...]
    failed: tuple[Failure, ...]
    left_out: tuple[tuple[str, str], ...]
    bundles: tuple[tuple[str, str, str], ...]
    encoders: tuple[tuple[str, ...], ...]
    environment: dict[str, str]
    command: str
    note: str
    notes: tuple[str, ...]
    adapted: tuple[Adapted, ...] = ()

    @property
    def n_waiting(self) -> int:
        """Cells of the plan that have no result yet."""
        return self.n_planned - self.n_done - self.n_failed - self.n_skipped
