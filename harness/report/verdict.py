"""The answer in words."""

from collections.abc import Callable, Sequence

from harness.report import front, latency, numbers, words
from harness.report.model import Measure, Names, Result, Row, Verdict
from harness.stats import Interval

#: (row, pick) -> how much better the row is than the pick, on the items that both have.
Gain = Callable[[Names, Names], Interval | None]


def verdict(rows: Sequence[Row], measure: Measure, gain: Gain, visible: float | None, n_pairs: int) -> Verdict:
    """The cheapest row of the top tie group, what its rivals gain and give up, and what hurts it most.

    `visible` is the smallest difference that `n_pairs` comparisons of rows would see.
    """
    top = [row for row in rows if row.group == 1]
    if not top:
        return Verdict(None, f"No verdict: {_unranked(rows)}.")
    timed = front.is_timed(rows)
    # a row at chance in the top group means a test too small to judge, not an answer
    better = [row for row in top if front.above_chance(row, measure.higher_is_better)]
    if not better:
        return Verdict(None, "No verdict: no row at the top is better than chance.")
    weak = [row.label for row in top if row not in better]
    pick = front.cheapest(better, measure.higher_is_better)
    untimed = [] if timed else ["No latency was measured for this task: cost is counted in parameters."]
    return Verdict(
        pick.label,
        _headline(pick, better, measure),
        why="" if weak and len(better) == 1 else _why(pick, better, rows, timed),
        rivals=tuple(_rival(row, pick, measure, gain, timed) for row in _rivals(rows, pick, measure)),
        hurts=_hurts(pick, measure),
        remarks=(*_too_small(weak), *_sight(pick, measure, visible, n_pairs), *untimed),
    )


def _unranked(rows: Sequence[Row]) -> str:
    if any(row.score is not None for row in rows):
        return "the run folder has lost the outcomes of single items, so no two rows can be compared"
    return "no row of this task has a score on texts as they are"


def _headline(pick: Row, top: Sequence[Row], measure: Measure) -> str:
    score = f"{measure.label} {measure.interval(pick.score)}" if pick.score else ""
    speed = f", {numbers.milliseconds(pick.speed.p50_ms)} a text" if pick.speed and pick.speed.p50_ms else ""
    if not pick.is_baseline:
        return f"{pick.label}: {score}{speed}."
    return f"No encoder needed: {pick.label} reaches {score}{speed}."


def _why(pick: Row, top: Sequence[Row], rows: Sequence[Row], timed: bool) -> str:
    n_scored = sum(1 for row in rows if row.score is not None)
    if n_scored == 1:
        return "It is the only row of this task that has a score."
    if len(top) == 1:
        return "No other row reaches it: each is worse by more than the choice of test items explains."
    others = [row.label for row in top if row is not pick]
    rest = "which is no" if len(others) == 1 else "none of which is"
    sentence = f"It cannot be told apart from {numbers.listed(others)}, {rest} {'faster' if timed else 'cheaper'}."
    baseline = [row.label for row in top if row.is_baseline and row is not pick]
    if baseline and not pick.is_baseline:
        sentence += f" No encoder needed: {numbers.listed(baseline)} is one of them."
    return sentence + _untrained(pick, top)


def _untrained(pick: Row, top: Sequence[Row]) -> str:
    """Who of the top does without the training that the pick needs, with the same encoder and pooler."""
    spared = [row.label for row in top if row.names[:2] == pick.names[:2] and not row.is_tuned]
    if not pick.is_tuned or not spared:
        return ""
    return f" Of these {numbers.listed(spared)} {'needs' if len(spared) == 1 else 'need'} no fine-tuning."


def _rivals(rows: Sequence[Row], pick: Row, measure: Measure) -> list[Row]:
    """The best row on the front of every other encoder, but for those that are worse and save next to nothing."""
    timed = front.is_timed(rows)
    its = front.cost(pick, timed)
    found: dict[str, Row] = {}
    for row in front.front(rows, measure.higher_is_better):  # along the front quality only rises: the last is best
        mine = front.cost(row, timed)
        if row.encoder != pick.encoder and (mine > its or not front.same_cost(mine, its)):
            found[row.encoder] = row
    return list(found.values())


def _rival(row: Row, pick: Row, measure: Measure, gain: Gain, timed: bool) -> str:
    better = gain(row.names, pick.names)
    if better is None:
        return f"{row.label}: shares no items with it."
    change = measure.worse(better)  # back to the metric's own direction
    quality = f"{measure.signed(change.value)} {measure.unit} {measure.label} {measure.bounds(change)}"
    tied = " (cannot be told apart)" if row.group == pick.group else ""
    return f"{row.label}: {quality}{tied}, {_price(row, pick, timed)}."


def _price(row: Row, pick: Row, timed: bool) -> str:
    mine, its = front.cost(row, timed), front.cost(pick, timed)
    if timed:
        if front.same_cost(mine, its):
            return "about as fast"
        ratio = numbers.times(max(mine, its) / min(mine, its))
        return f"{ratio} {'slower' if mine > its else 'faster'} ({numbers.significant(mine)} ms{_doubt(row, pick)})"
    if row.is_baseline:
        return "no encoder"
    if its == 0:
        return f"{numbers.parameters(row.n_parameters)} parameters"
    return f"{numbers.times(mine / its)} the parameters" if mine != its else "as many parameters"


def _doubt(row: Row, pick: Row) -> str:
    """What to think of a ratio of latencies, where it is not beyond doubt."""
    mine, its = (dict(r.speed.medians) if r.speed else {} for r in (row, pick))
    ratio = latency.paired_ratio(mine, its)
    if ratio is None:
        return ", one replicate"
    return ", within the noise of the timing" if ratio.low <= 1 <= ratio.high else ""


def _hurts(pick: Row, measure: Measure) -> str:
    """What hurts the pick most, in one sentence; nothing where no condition was measured."""
    hurt = worst(pick.results)
    if hurt is None or hurt.drop is None:
        return ""
    what, loss = words.condition(hurt.condition), hurt.drop.loss
    amount = f"{measure.number(loss.value)} {measure.unit} {measure.bounds(loss)}"
    amount += f" against {hurt.drop.against}" if hurt.drop.is_of_other else ""
    if loss.low <= 0:
        return f"No condition cost it a drop that stands out of the noise; the largest is {amount}, {what}."
    n = sum(1 for r in pick.results if r.drop is not None)
    among = f", the worst of {numbers.plural(n, 'condition')}" if n > 1 else ""
    return f"{what[:1].upper()}{what[1:]} cost it {amount}{among}."


def worst(results: Sequence[Result]) -> Result | None:
    """The result with the largest loss; the first of equals; None where nothing was compared."""
    compared = [result for result in results if result.drop is not None]
    return max(compared, key=lambda result: result.drop.loss.value if result.drop else 0.0, default=None)


def _too_small(weak: Sequence[str]) -> list[str]:
    if not weak:
        return []
    return [f"Even {numbers.listed(list(weak))}, no better than chance, cannot be told apart: too few items to judge."]


def _sight(pick: Row, measure: Measure, visible: float | None, n_pairs: int) -> list[str]:
    if visible is None or pick.clean is None or pick.clean.n is None:
        return []
    size = f"{numbers.plural(pick.clean.n, 'test item')} and with {numbers.plural(n_pairs, 'comparison')}"
    least = f"{measure.number(visible)} {measure.unit}"
    return [f"With {size}, a difference between two rows below about {least} would likely go unseen."]
