"""The rows beside the one that a verdict names: what each gains or loses, costs and risks, under each bundle too."""

import math
from collections.abc import Callable, Sequence

from harness.report import comparison_table, front
from harness.report.choice import Choice
from harness.report.legends import legend
from harness.report.measure import Measure
from harness.report.model import Bundle, Result, Row
from harness.stats import Interval
from harness.wording import numbers

#: Rows with an encoder that have a line, rows beside the named one in a sentence on what a bundle costs, and those.
_MOST, _BESIDE, _COSTS = 4, 5, 5
#: More test texts than this many times those there are is no advice.
_MANY = 1000


def of(chosen: Choice) -> list[Row]:
    """The best row of other encoders that is on the front or may be better by more than is allowed, best scores first.

    Of those on the front not the ones that are worse and not shown to be cheaper. Beside a row without an encoder those
    with one, in any case; where nothing is shown the rows of the same encoder that may be better. Four of them at most.
    """
    pick, rows, measure = chosen.pick, chosen.rows, chosen.asked.measure
    timed = front.is_timed(rows)
    found: dict[object, Row] = {}
    for row in front.front(rows, measure):  # along the front quality only rises: the last is best
        is_better = front.merit(row, measure) > front.merit(pick, measure)
        if row.encoder != pick.encoder and (is_better or front.is_dearer(pick, row, timed)):
            found[row.encoder] = row
    for encoder in dict.fromkeys(row.encoder for row in rows if row.encoder != pick.encoder):
        mine = [row for row in rows if row.encoder == encoder and front.above_chance(row, measure)]
        best = front.best([row for row in mine if row.names not in chosen.known.once], measure)
        if best is not None and (_may_be_better(best, chosen) or (pick.is_baseline and not best.is_baseline)):
            found.setdefault(encoder, best)
    own = [row for row in chosen.among if row.encoder == pick.encoder and row is not pick]
    found |= {row.names: row for row in own if not chosen.shown and _may_be_better(row, chosen)}
    ordered = sorted(found.values(), key=lambda row: -front.merit(row, measure))
    kept = [row for row in ordered if not row.is_baseline][:_MOST]
    return [row for row in ordered if row in kept or row.is_baseline]


def _may_be_better(row: Row, chosen: Choice) -> bool:
    gain = chosen.known.gain(row.names, chosen.pick.names)
    return gain is not None and gain.high > chosen.asked.within


def line(row: Row, chosen: Choice) -> str:
    """`tfidf: −3.0 points accuracy [−5.9, −0.2], 20× faster (0.4 ms); it may lose up to 5.9 points, and …`."""
    gain = chosen.known.gain(row.names, chosen.pick.names)
    if gain is None:
        return f"{row.label}: shares too few items with it to be compared."
    quality, price = chosen.asked.measure.difference(gain), _price(row, chosen)
    if row.names in chosen.known.once:
        return f"{row.label}: {quality}, trained once, {price}."
    tied = " (cannot be told apart)" if gain.low <= 0 <= gain.high else ""
    return f"{row.label}: {quality}{tied}, {price}{_risk(row, chosen)}."


def _risk(row: Row, chosen: Choice) -> str:
    """What is not known of a row that is not the best: how much it may lose, and what would settle it."""
    if row not in chosen.among or not chosen.known.is_judged or row is chosen.best:
        return ""
    most, to = chosen.may_lose(row)
    gain = chosen.known.gain(row.names, chosen.best.names)
    if to is None or most <= chosen.asked.within or gain is None or gain.high < -chosen.asked.within:
        return ""
    whom = "" if to is chosen.best or to is chosen.pick else f" to {to.label}"
    return f"; it may lose up to {chosen.asked.measure.at_most(most)}{whom}, {_settled(row, to, chosen)}"


def _settled(row: Row, to: Row, chosen: Choice) -> str:
    """How many test texts would show on which side of `within` its loss lies, if the difference stays as it is."""
    if row.is_tuned or to.is_tuned:
        return "and it takes more seeds of training, or more texts, to settle it"
    known, gain = chosen.known, chosen.known.gain(row.names, to.names)
    n, room = row.clean.n if row.clean else None, abs(chosen.asked.within + gain.value) if gain else 0.0
    ratio = (known.visible(row.names, to.names, to_best=True) / room) ** 2 if room > 0 else float("inf")
    if n is None or ratio > _MANY:
        return "and what it loses lies so near to what is allowed that no test of a usual size would settle it"
    clean, items = row.clean, chosen.asked.items[1]
    if clean and clean.n_clusters and clean.in_clusters:
        n, items = clean.n_clusters, f"clusters of {items}"
    return f"and about {numbers.significant(n * ratio, 2)} {items} would settle it"


def _price(row: Row, chosen: Choice) -> str:
    pick, timed = chosen.pick, front.is_timed(chosen.rows)
    mine, its = front.cost(row, timed), front.cost(pick, timed)
    if float("inf") in (mine, its):
        return "not timed" if timed else "of unknown size"
    if not timed:
        return _size(row, mine, its)
    if not front.is_dearer(row, pick, timed) and not front.is_dearer(pick, row, timed):
        return "about as fast"
    ratio = f"{numbers.times(max(mine, its) / min(mine, its))} " if min(mine, its) > 0 else ""
    once = ", one replicate" if row.speed is not None and row.speed.n_replicates < 2 else ""
    shown = f" ({numbers.significant(mine)} ms{once})"
    if chosen.asked.is_busy:
        shown = " (roughly: the machine was busy)"
    return f"{ratio}{'slower' if mine > its else 'faster'}{shown}"


def _size(row: Row, mine: float, its: float) -> str:
    if row.is_baseline:
        return "no encoder"
    if its == 0:
        return f"{numbers.parameters(row.n_parameters)} parameters"
    return f"{numbers.times(mine / its)} the parameters" if mine != its else "as many parameters"


def costs(pick: Row, rivals: Sequence[Row], rows: Sequence[Row], measure: Measure) -> tuple[str, ...]:
    """A sentence for each bundle, and each condition in none, under which the row has a result; of many the worst."""
    own = [row for row in rows if row is not pick and row.names[:2] == pick.names[:2] and row.is_tuned != pick.is_tuned]
    trained = [row for row in rows if row.is_tuned and row is not pick]
    beside = list({row.names: row for row in [*own, *rivals, *trained]}.values())[:_BESIDE]
    there = [
        (bundle, worst, worst.drop.loss)
        for bundle in pick.bundles
        if (worst := bundle.worst) and worst.drop and math.isfinite(worst.drop.loss.low)
    ]
    losses = sorted((loss.value for *_, loss in there), reverse=True)
    least = losses[_COSTS - 1] if len(losses) > _COSTS else -math.inf
    said = [_sentence(bundle, worst, beside, measure) for bundle, worst, loss in there if loss.value >= least]
    if n_left := len(there) - len(said):
        at_most = measure.at_most(max(value for value in losses if value < least))
        said.append(f"The other {numbers.plural(n_left, 'condition')} cost it less, {at_most} at most: see Robustness.")
    return tuple(said)


def _sentence(bundle: Bundle, worst: Result, beside: Sequence[Row], measure: Measure) -> str:
    assert worst.drop is not None
    what, n, loss = legend(worst), bundle.n_measured - bundle.n_idle, worst.drop.loss
    noise = ", no more than noise explains" if loss.low <= 0 <= loss.high else ""
    among = f", the worst of {numbers.plural(n, 'condition')}" if n > 1 else ""
    against = f", against {worst.drop.against}" if worst.drop.is_of_other else ""
    idle = f", which {comparison_table.changes(worst)} and so shows little" if worst.is_idle else ""
    changed = _changed(loss, measure, measure.amount)
    said = f"Under {bundle.name} it {changed}{noise} ({what}{among}{against}){idle}"
    theirs = [f"{row.label} {drop}" for row in beside if (drop := _drop(row, bundle.name, worst, measure))]
    return f"{said}; {numbers.listed(theirs)}." if theirs else f"{said}."


def _changed(loss: Interval, measure: Measure, say: Callable[[float], str]) -> str:
    """`loses 2.1 points [0.3, 3.9]`; a gain is called so."""
    if loss.value < 0:
        return f"gains {say(-loss.value)} {measure.bounds(Interval(0, -loss.high, -loss.low))}".strip()
    return f"loses {say(loss.value)} {measure.bounds(loss)}".strip()


def _drop(row: Row, name: str, worst: Result, measure: Measure) -> str:
    """What a bundle costs another row, and under which condition, where that is another one."""
    bundle = row.bundle(name)
    own = bundle.worst if bundle else None
    if own is None or own.drop is None:
        return ""
    other = f" ({own.condition})" if own.condition != worst.condition else ""
    return _changed(own.drop.loss, measure, measure.number) + other
