"""Whether two cells may be compared, and then and now on the items that both have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.core.data import Outcomes, concatenate
from harness.gate.baseline import Kept
from harness.gate.cells import CLASSED, Cells, is_number, item_hashes, outcomes_of
from harness.gate.grown import WAY_ON, alike
from harness.metrics.labels import vocabulary
from harness.report.measure import Measure
from harness.report.scorer import Scorer, scorer_of
from harness.results import RunCell
from harness.stats import Interval, Texts, Trials, assumed, shared_variance, welch
from harness.tasks.kinds import searched_of

#: Below this share of the larger test split two cells have other items; of the baseline's where documents joined them.
SHARED = 0.9


@dataclass(frozen=True)
class Pair:
    """One cell then and now, item by item, judged by today's labels.

    `note` says what was done so that they can be compared; `whole` are today's outcomes before that. `is_easier`: less
    stood in the way of today's search, so that nothing but a loss can be told.
    """

    then: Outcomes
    now: Outcomes
    note: str = ""
    whole: Outcomes | None = None
    is_easier: bool = False

    @property
    def n_changed(self) -> int:
        """Predictions that are others now, by themselves or by what metrics look at; of a search, queries."""
        both = [(getattr(self.then, name), getattr(self.now, name)) for name in ("prediction", "score")]
        both += [(self.then.sums[name], self.now.sums[name]) for name in self.now.sums]
        return int(np.any([(a != b) & ((a == a) | (b == b)) for a, b in both], axis=0).sum())  # NaN is NaN


def pair(cells: Cells, kept: Kept, planned: RunCell) -> Pair | str:
    """Both sides on their shared items, or why they may not be compared. `planned` is one of the cells, and done."""
    outcomes = outcomes_of(planned)
    if why := _protocol(cells, kept, planned, outcomes):
        return why
    hashes, kept_hashes = item_hashes(outcomes), kept.items()
    places = _shared(kept_hashes, hashes)
    larger = max(len(kept_hashes), len(hashes))
    content, before = planned.facts.content, kept.line.content
    searched = searched_of(about.kind if (about := cells.manifest.tasks.get(planned.address.task)) else None)
    is_other = any(content.get(role) != before.get(role) for role in searched)
    of = len(kept_hashes) if is_other else larger
    if len(places[0]) < SHARED * of:
        return f"other test items: {len(places[0]):,} of {of:,} are shared, {SHARED:.0%} are needed; {WAY_ON}"
    note, is_easier = "", False
    if is_other:
        found = alike(cells, kept, planned, places, SHARED * of)
        if isinstance(found, str):
            return found
        places, now, note, is_easier = found
    elif len(places[0]) == larger and content != before:
        return "the same items, but other texts"
    else:
        now = outcomes.take(places[1])
    known = {"prediction": kept.predictions(), "score": kept.scores()}
    columns = {name: values[places[0]] for name, values in known.items() if values is not None}
    sums = {name: values[places[0]] for name, values in kept.sums().items() if name in now.sums}
    if "prediction" not in columns and not sums:
        return "the baseline kept nothing of its items"
    now = replace(now, sums={name: now.sums[name] for name in sums})  # a later version may keep more of them, or fewer
    whole = outcomes.take(places[1]) if note else None
    return Pair(replace(now, **columns, sums=sums), now, note, whole, is_easier)


def _protocol(cells: Cells, kept: Kept, planned: RunCell, outcomes: Outcomes) -> str:
    """What makes two scores numbers of two kinds; empty where nothing does."""
    line, names = kept.line, kept.classes
    if line.kind != planned.kind:
        return f"it was a {line.kind}, it is a {planned.kind}"
    metric = (scorer_of(planned.metric).measure.name, scorer_of(planned.metric).component.version)
    if (line.metric, line.version) != metric:
        return f"metric {line.metric} v{line.version} -> {metric[0]} v{metric[1]}"
    if line.perturbations != planned.parts.get("perturbations"):
        return "the texts are perturbed in another way"
    target = cells.target(planned.address.task)
    if (names is not None) != (target in CLASSED) or is_number(outcomes.prediction) != bool(line.numbers):
        return "the task is of another kind"
    if target == "labels":
        is_same = set(vocabulary(outcomes.gold, outcomes.prediction)) <= set(vocabulary(np.array(names)))
        return "" if is_same else "the names of labels changed"
    unknown = set(np.unique(outcomes.gold).tolist()) - set(names or outcomes.gold.tolist())
    if unknown or not set(np.unique(outcomes.prediction).tolist()) <= set(names or outcomes.prediction.tolist()):
        return "the class names changed"
    return ""


def _shared(then: Any, now: Any) -> tuple[Any, Any]:
    """Places of the items that both have, in step; a hash that stands for two items of a side is left out."""
    sides = [np.unique(hashes, return_index=True, return_counts=True) for hashes in (then, now)]
    (a, of_a), (b, of_b) = ((hashes[counts == 1], places[counts == 1]) for hashes, places, counts in sides)
    _, in_a, in_b = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return of_a[in_a], of_b[in_b]


@dataclass(frozen=True)
class Compared:
    """Then and now over the pairs of a check: the loss with its interval, both one-sided p-values, what chance hides.

    `texts` is what the test on texts tells a loss by, `trials` what the one over trainings does, or over replicates.
    For time the loss is the share that a text takes longer, what chance hides is that of its logarithm, and its items
    are replicates.
    """

    then: float
    now: float
    loss: Interval
    p_worse: float
    p_better: float
    n_items: int
    n_changed: int
    texts: Texts | None = None
    trials: Trials | None = None


@dataclass(frozen=True)
class Measured:
    """A check before its verdict, `quality` or `time`. `is_easier`: what was compared can tell a loss, nothing else."""

    name: str
    kind: str
    measure: Measure
    compared: Compared
    why: str = ""
    is_easier: bool = False


def sides(pairs: Sequence[Pair]) -> tuple[list[Outcomes], list[Outcomes]]:
    """The outcomes then, and those now."""
    return [pair.then for pair in pairs], [pair.now for pair in pairs]


def compared(scorer: Scorer, pairs: Sequence[Pair], *seed: str) -> Compared:
    """The mean over the pairs, clusters kept together, tested by the metric's own test."""
    then, now = sides(pairs)
    n_changed = sum(pair.n_changed for pair in pairs)
    if n_changed == 0:  # assumed
        texts = assumed(np.unique(np.concatenate([part.cluster for part in now]), return_counts=True)[1])
    else:
        texts = scorer.texts(then, now, "gate", *seed, "error")
    return Compared(
        then=scorer.value(*then),
        now=scorer.value(*now),
        loss=scorer.loss(then, now, "report", "loss", "gate", *seed),
        p_worse=scorer.p_worse(then, now, "gate", *seed, "worse"),
        p_better=scorer.p_worse(now, then, "gate", *seed, "better"),
        n_items=sum(map(len, now)),
        n_changed=n_changed,
        texts=texts,
    )


def over_trainings(scorer: Scorer, found: Compared, trainings: Sequence[Sequence[Pair]]) -> Compared:
    """The comparison of a row that was trained anew, by its pairs of each seed: texts and seeds must both say it.

    With one seed nothing is known of what another would give: both p-values are 1, the error is infinite.
    """
    k = len(trainings)
    if k < 2:
        return replace(found, p_worse=1.0, p_better=1.0, trials=Trials(np.inf, (k, k), np.inf))
    then, now = np.array([[scorer.value(*side) for side in sides(pairs)] for pairs in trainings]).T
    worse, better = (then, now) if scorer.measure.higher_is_better else (now, then)
    lost, gained = welch(worse, better), welch(better, worse)
    low, high = np.fmin(found.loss.low, lost.difference.low), np.fmax(found.loss.high, lost.difference.high)
    return replace(
        found,
        loss=Interval(found.loss.value, float(low), float(high)),
        p_worse=max(found.p_worse, lost.p),
        p_better=max(found.p_better, gained.p),
        trials=Trials(lost.error, (k, k), lost.df, shared=_known_to_both(scorer, trainings)),
    )


def _known_to_both(scorer: Scorer, trainings: Sequence[Sequence[Pair]]) -> float:
    """The variance of the loss that both tests know of: each training errs on texts of its own."""
    made = zip(*([concatenate(side) for side in sides(pairs)] for pairs in trainings), strict=True)
    columns = [[(scorer.columns(outcomes), outcomes.cluster) for outcomes in side] for side in made]
    return sum(shared_variance(scorer.finish, side) for side in columns)
