"""The verdict as values: what was checked, what changed. Renderers read only this."""

from dataclasses import dataclass
from typing import Literal

from harness.report.measure import Measure
from harness.stats import Interval

Verdict = Literal["ok", "improved", "regressed", "missed", "too weak", "not comparable", "missing", "failed"]

#: What can fail the build; what could not be judged; what could not under --strict.
FAILS: tuple[Verdict, ...] = ("regressed", "missed")
UNJUDGED: tuple[Verdict, ...] = ("missing", "failed")
WEAK: tuple[Verdict, ...] = ("too weak", "not comparable")


@dataclass(frozen=True)
class Check:
    """One thing the build is held to. Values are in the metric's own units.

    `loss` is how much worse the run is than the baseline, positive where worse; `visible` the smallest true loss for
    which four of five builds would fail by this check alone; `n_needed` is how many items would let the margin decide,
    where chance does and more items help; `p` is Holm's. `kind` is quality, cost, time or threshold (limits too).
    """

    name: str
    kind: str
    verdict: Verdict
    why: str
    measure: Measure | None = None
    then: float | None = None
    now: float | None = None
    loss: Interval | None = None
    visible: float | None = None
    p: float | None = None
    n_items: int | None = None
    n_changed: int | None = None
    n_needed: float | None = None


@dataclass(frozen=True)
class Change:
    """Something under test that is not what it was: named, never a reason to refuse."""

    what: str
    then: str
    now: str


@dataclass(frozen=True)
class Judgement:
    """A run held to a baseline, to the bounds of its suite, or to both.

    `others` are the cells beside the primary ones: how many of their predictions changed, or why that cannot be said.
    """

    suite: str
    primary: str
    baseline: str | None
    accepted: str
    margin: float
    strict: bool
    checks: tuple[Check, ...]
    changes: tuple[Change, ...] = ()
    others: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blind(self) -> bool:
        """Whether no quality could be compared at all."""
        quality = [check.verdict for check in self.checks if check.kind == "quality"]
        return bool(quality) and all(verdict == "not comparable" for verdict in quality)

    @property
    def outcome(self) -> Literal["passed", "regressed", "unjudged"]:
        """`regressed` before `unjudged`: what is known to be worse is not less so because something else is unknown."""
        verdicts = [check.verdict for check in self.checks]
        if any(verdict in FAILS for verdict in verdicts):
            return "regressed"
        weak = self.strict and any(verdict in WEAK for verdict in verdicts)
        return "unjudged" if self.blind or weak or any(verdict in UNJUDGED for verdict in verdicts) else "passed"
