"""The rows beside the one that a verdict names: what each gains or loses, what it costs, what it would risk."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report import front, numbers
from harness.report.model import Measure, Names, Row
from harness.report.standing import Standing

#: Encoders that have a line.
_MOST = 4
#: More test texts than this many times those there are is no advice.
_MANY = 1000


@dataclass(frozen=True)
class Bars:
    """What rivals are held to: `within` of the `best` of the rows `among`. `is_busy`: the times are rough."""

    measure: Measure
    within: float
    is_busy: bool
    among: tuple[Names, ...]
    best: Names


def of(pick: Row, rows: Sequence[Row], known: Standing, bars: Bars) -> list[Row]:
    """The best row of other encoders that is on the front, or may be better by more than is allowed; best scores first.

    Of those on the front not the ones that are worse and not shown to be cheaper. Beside a row without an encoder those
    with one, in any case. At most four have one.
    """
    timed, measure = front.is_timed(rows), bars.measure
    found: dict[str, Row] = {}
    for row in front.front(rows, measure.higher_is_better):  # along the front quality only rises: the last is best
        if row.encoder != pick.encoder and (_is_better(row, pick, measure) or front.is_dearer(pick, row, timed)):
            found[row.encoder] = row
    for encoder in dict.fromkeys(row.encoder for row in rows if row.encoder != pick.encoder):
        mine = [row for row in rows if row.encoder == encoder and front.above_chance(row, measure.higher_is_better)]
        best = front.best([row for row in mine if row.names not in known.once], measure.higher_is_better)
        gain = known.gain(best.names, pick.names) if best is not None else None
        if best is None or gain is None:
            continue
        if gain.high > bars.within or (pick.is_baseline and not best.is_baseline):
            found.setdefault(encoder, best)
    sign = -1.0 if measure.higher_is_better else 1.0
    ordered = sorted(found.values(), key=lambda row: sign * row.score.value if row.score else float("inf"))
    kept = [row for row in ordered if not row.is_baseline][:_MOST]
    return [row for row in ordered if row in kept or row.is_baseline]


def _is_better(row: Row, pick: Row, measure: Measure) -> bool:
    if row.score is None or pick.score is None:
        return False
    return measure.is_better(row.score.value, pick.score.value)


def line(row: Row, pick: Row, known: Standing, bars: Bars) -> str:
    """`tfidf: −3.0 points accuracy [−5.9, −0.2], 20× faster (0.4 ms): may lose up to 5.9 points to the best …`."""
    gain = known.gain(row.names, pick.names)
    if gain is None:
        return f"{row.label}: shares too few items with it to be compared."
    price = _price(row, pick, bars)
    quality = f"{bars.measure.difference(gain)}"
    if row.names in known.once:
        return f"{row.label}: {quality}, trained once, {price}."
    tied = " (cannot be told apart)" if gain.low <= 0 <= gain.high else ""
    return f"{row.label}: {quality}{tied}, {price}{_risk(row, known, bars)}."


def _risk(row: Row, known: Standing, bars: Bars) -> str:
    """What is not known of a row that is no named one: how much it may lose, and how many texts would settle it."""
    if row.names not in bars.among or not known.is_judged or row.names == bars.best:
        return ""
    most = known.may_lose(row.names, bars.among)
    gain = known.gain(row.names, bars.best)
    if most <= bars.within or gain is None or gain.high < -bars.within:
        return ""
    amount = f"{bars.measure.number(most)} {bars.measure.unit}".strip()
    return f"; it may lose up to {amount}, {_settled(row, known, bars)}"


def _settled(row: Row, known: Standing, bars: Bars) -> str:
    """How many test texts would show on which side of `within` its loss lies, if the difference stays as it is."""
    gain = known.gain(row.names, bars.best)
    n = row.clean.n if row.clean else None
    room = abs(bars.within + gain.value) if gain else 0.0
    ratio = (known.visible(row.names, bars.best) / room) ** 2 if room > 0 else float("inf")
    if n is None or ratio > _MANY:
        return "and what it loses lies so near to what is allowed that no test of a usual size would settle it"
    return f"and about {numbers.significant(n * max(ratio, 1.0), 2)} test texts would settle it"


def _price(row: Row, pick: Row, bars: Bars) -> str:
    timed = (row.speed, pick.speed) != (None, None)
    mine, its = front.cost(row, timed), front.cost(pick, timed)
    if not timed:
        return _size(row, mine, its)
    if float("inf") in (mine, its):
        return "not timed"
    if not front.is_dearer(row, pick, timed) and not front.is_dearer(pick, row, timed):
        return "about as fast"
    ratio = numbers.times(max(mine, its) / min(mine, its))
    once = ", one replicate" if row.speed is not None and row.speed.n_replicates < 2 else ""
    shown = " (roughly: the machine was busy)" if bars.is_busy else f" ({numbers.significant(mine)} ms{once})"
    return f"{ratio} {'slower' if mine > its else 'faster'}{shown}"


def _size(row: Row, mine: float, its: float) -> str:
    if row.is_baseline:
        return "no encoder"
    if its == 0:
        return f"{numbers.parameters(row.n_parameters)} parameters"
    return f"{numbers.times(mine / its)} the parameters" if mine != its else "as many parameters"
