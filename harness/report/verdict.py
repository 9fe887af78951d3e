"""The answer in words: the cheapest row that is shown to come close to the best, or that none is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.report import costs, front, numbers, rivals
from harness.report.model import Measure, Result, Row, Verdict
from harness.report.standing import Standing


@dataclass(frozen=True)
class Asked:
    """What a verdict is held to: a row may lose `within` to the best, in the metric's units, and be named for its cost.

    `is_busy`: other programs kept the machine busy while it was timed. `by_second` compares the rows by the `second`
    metric.
    """

    measure: Measure
    within: float
    is_busy: bool = False
    second: Measure | None = None
    by_second: Callable[[], Standing] | None = None

    def amount(self, value: float) -> str:
        """`1.0 points`."""
        return f"{self.measure.number(value)} {self.measure.unit}".strip()


@dataclass(frozen=True)
class Choice:
    """The row that a verdict names, out of those it may name; `shown`: it loses less than allowed to the best."""

    pick: Row
    best: Row
    among: tuple[Row, ...]
    shown: bool
    may_lose: float


def verdict(rows: Sequence[Row], known: Standing, asked: Asked) -> Verdict:
    """The cheapest row that is shown to lose less than `within` to the best, what its rivals gain and give up.

    Where none is shown to, the row with the best score, and that it is no more than that.
    """
    judged = [row for row in rows if row.names in known.rows and row.names not in known.once]
    allowed = [row for row in judged if all(check.is_met for check in row.limits)]
    better = [row for row in allowed if front.above_chance(row, asked.measure.higher_is_better)]
    if not better:
        return Verdict(None, f"No verdict: {_why_none(rows, judged, allowed)}.", remarks=_beside(rows, known, asked))
    chosen = _choice(better, known, asked)
    bars = _bars(chosen, asked)
    beside = rivals.of(chosen.pick, rows, known, bars)
    return Verdict(
        chosen.pick.label,
        _headline(chosen, rows, known, asked),
        why=_why(chosen, rows, known, asked),
        rivals=tuple(rivals.line(row, chosen.pick, known, bars) for row in beside),
        costs=costs.of(chosen.pick, beside, rows, asked.measure),
        remarks=(*_too_small(judged, chosen, asked), *_sight(chosen, known, asked), *_beside(rows, known, asked)),
    )


def _bars(chosen: Choice, asked: Asked) -> rivals.Bars:
    among = tuple(row.names for row in chosen.among)
    return rivals.Bars(asked.measure, asked.within, asked.is_busy, among, chosen.best.names)


def _choice(better: Sequence[Row], known: Standing, asked: Asked) -> Choice:
    best, names = front.cheapest(_topmost(better, asked), asked.measure.higher_is_better), [r.names for r in better]
    if not known.is_judged:
        return Choice(best, best, tuple(better), False, float("inf"))
    losses = {row.names: known.may_lose(row.names, names) for row in better}
    shown = [row for row in better if losses[row.names] <= asked.within]
    pick = front.cheapest(shown, asked.measure.higher_is_better) if shown else best
    return Choice(pick, best, tuple(better), bool(shown), losses[pick.names])


def _topmost(rows: Sequence[Row], asked: Asked) -> list[Row]:
    """The rows with the best score, one or more."""
    top = front.best(rows, asked.measure.higher_is_better)
    return [row for row in rows if top is not None and _value(row) == _value(top)]


def _why_none(rows: Sequence[Row], judged: Sequence[Row], allowed: Sequence[Row]) -> str:
    if judged and not allowed:
        closest = min(judged, key=lambda row: sum(not check.is_met for check in row.limits))
        out = [check.words for check in closest.limits if not check.is_met]
        return f"no row is known to keep the limits of the suite; {closest.label} misses the fewest: {'; '.join(out)}"
    if allowed:
        return "no row that may be named is better than chance"
    if any(row.unranked == "trained once" for row in rows):
        return "every row with a score was trained once, and what another seed would give is not known"
    if any(row.score is not None for row in rows):
        return "the run folder has lost the outcomes of single items, so no two rows can be compared"
    return "no row of this task has a score on texts as they are"


def _headline(chosen: Choice, rows: Sequence[Row], known: Standing, asked: Asked) -> str:
    pick = chosen.pick
    score = f"{asked.measure.label} {asked.measure.interval(pick.score)}" if pick.score else ""
    said = f"{score}{_speed(pick, asked)}"
    if not chosen.shown:
        n_others = len(_scored(rows)) - 1
        equal = [row.label for row in _topmost(chosen.among, asked) if row is not pick]
        like = f", and {numbers.listed(equal[:3])} the same" if equal else ""
        return f"Not settled: {pick.label} has the best score, {said}{like}." if n_others else f"{pick.label}: {said}."
    if pick.is_baseline and _is_enough(chosen, rows, known, asked):
        return f"No encoder needed: {pick.label} reaches {said}."
    return f"{pick.label}: {said}."


def _speed(pick: Row, asked: Asked) -> str:
    """Milliseconds with the span of the replicates; nothing where the machine was busy."""
    speed = pick.speed
    if speed is None or speed.p50_ms is None or asked.is_busy:
        return ""
    if speed.n_replicates < 2 or speed.low_ms is None or speed.high_ms is None:
        return f", {numbers.milliseconds(speed.p50_ms)} a text (one replicate)"
    low, high = numbers.significant(speed.low_ms), numbers.significant(speed.high_ms)
    return f", {numbers.milliseconds(speed.p50_ms)} a text" + (f" ({low} to {high})" if low != high else "")


def _is_enough(chosen: Choice, rows: Sequence[Row], known: Standing, asked: Asked) -> bool:
    """Whether every encoder is shown to gain less than allowed over a row without one, and none gains by the second."""
    encoders = [row for row in rows if row.score is not None and not row.is_baseline]
    gains = [known.gain(row.names, chosen.pick.names) for row in encoders]
    if not encoders or not all(gain is not None and gain.high <= asked.within for gain in gains):
        return False
    return not _better_by_second(chosen.pick, encoders, asked)


def _better_by_second(pick: Row, others: Sequence[Row], asked: Asked) -> list[tuple[Row, str]]:
    """The rows that are shown to be better by the second metric, each with by how much."""
    if asked.by_second is None or asked.second is None:
        return []
    second, found = asked.by_second(), []
    for row in others:
        gain = second.gain(row.names, pick.names)
        if gain is not None and gain.low > 0:
            found.append((row, asked.second.difference(gain)))
    return found


def _scored(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.score is not None]


def _why(chosen: Choice, rows: Sequence[Row], known: Standing, asked: Asked) -> str:
    pick, best = chosen.pick, chosen.best
    if len(_scored(rows)) == 1:
        return "It is the only row of this task that has a score."
    if not known.is_judged:
        return "All test texts are one cluster, so that no difference between rows can be judged."
    if not chosen.shown:
        return _not_shown(chosen, asked)
    if len(chosen.among) == 1:
        return "It is the only row that may be named and is better than chance."
    most = f"{asked.amount(chosen.may_lose)}, of {asked.amount(asked.within)} that a choice may cost"
    if pick is best:
        sentence = "It has the best score, and every other row is shown to be worse."
        if not all(known.is_worse(row.names, pick.names) for row in chosen.among if row is not pick):
            sentence = f"It has the best score, and no other row can be better by more than {most}."
    else:
        score = asked.measure.number(best.score.value) if best.score else numbers.NONE
        sentence = (
            f"It is the cheapest row that is shown to come close to the best, {best.label} ({score}): "
            f"it loses at most {most}."
        )
    return sentence + _untrained(chosen, known, asked) + _against(chosen, rows, known, asked)


def _not_shown(chosen: Choice, asked: Asked) -> str:
    clean, others = chosen.pick.clean, len(chosen.among) > 1
    texts = f"With these {numbers.plural(clean.n, 'test text')} " if clean is not None and clean.n else "Here "
    if not others:
        return f"{texts}nothing more can be shown."
    return (
        f"{texts}no row is shown to come within {asked.amount(asked.within)} of the best, not even this one, which may "
        f"be {asked.amount(chosen.may_lose)} below another."
    )


def _untrained(chosen: Choice, known: Standing, asked: Asked) -> str:
    """Who does as well without the training that the pick needs, with the same encoder and pooler."""
    pick = chosen.pick
    names = [row.names for row in chosen.among]
    spared = [
        row.label
        for row in chosen.among
        if row.names[:2] == pick.names[:2] and not row.is_tuned and known.may_lose(row.names, names) <= asked.within
    ]
    if not pick.is_tuned or not spared:
        return ""
    return f" {numbers.listed(spared)} {'does' if len(spared) == 1 else 'do'} so without fine-tuning."


def _against(chosen: Choice, rows: Sequence[Row], known: Standing, asked: Asked) -> str:
    """What the second metric says against a row without an encoder."""
    if not chosen.pick.is_baseline:
        return ""
    encoders = [row for row in rows if row.score is not None and not row.is_baseline]
    found = _better_by_second(chosen.pick, encoders, asked)
    if not found or asked.second is None:
        return ""
    row, amount = found[0]
    return f" By {asked.second.label} an encoder is better: {row.label}, {amount}."


def worst(results: Sequence[Result]) -> Result | None:
    """The result with the largest loss; the first of equals; None where nothing was compared."""
    compared = [result for result in results if result.drop is not None]
    return max(compared, key=lambda result: result.drop.loss.value if result.drop else 0.0, default=None)


def _too_small(judged: Sequence[Row], chosen: Choice, asked: Asked) -> list[str]:
    weak = [
        row.label
        for row in judged
        if row.group == 1 and not front.above_chance(row, asked.measure.higher_is_better) and row is not chosen.pick
    ]
    if not weak:
        return []
    return [f"Even {numbers.listed(weak)}, no better than chance, cannot be told from it: too few texts to judge."]


def _sight(chosen: Choice, known: Standing, asked: Asked) -> list[str]:
    clean, others = chosen.pick.clean, [row for row in chosen.among if row is not chosen.best]
    if clean is None or clean.n is None or not others or not known.is_judged:
        return []
    visible = sorted(known.visible(chosen.best.names, row.names) for row in others)[len(others) // 2]
    few = clean.n_clusters is not None and clean.n_clusters < clean.n
    size = numbers.plural(clean.n, "test text") + (f" in {numbers.plural(clean.n_clusters or 0, 'cluster')}" * few)
    return [
        f"Brackets of differences hold for all {numbers.plural(len(known.judged), 'row')} at once (95 %). With {size}, "
        f"a difference between two rows below about {asked.amount(visible)} would likely go unseen."
    ]


def _beside(rows: Sequence[Row], known: Standing, asked: Asked) -> tuple[str, ...]:
    """What the verdict leaves out: rows that were trained once, rows out by the limits, times."""
    said = []
    once = [row for row in rows if row.names in known.once and row.score is not None]
    if once:
        listed = numbers.listed([f"{row.label} ({asked.measure.number(_value(row))})" for row in once])
        said.append(
            f"Trained once, so neither ranked nor named: {listed}. What another seed would give is not known; "
            "`repeats: {train: 3}` tells."
        )
    able = [row for row in rows if front.above_chance(row, asked.measure.higher_is_better)]
    out = [row for row in able if not all(check.is_met for check in row.limits)]
    if out:
        reasons = [f"{row.label} ({'; '.join(c.words for c in row.limits if not c.is_met)})" for row in out]
        said.append(f"Not within the limits of the suite: {numbers.listed(reasons)}.")
    if not front.is_timed(rows):
        said.append("No latency was measured for this task: cost is counted in parameters.")
    elif asked.is_busy:
        said.append("Other programs kept the machine busy while it was timed: times are rough.")
    return tuple(said)


def _value(row: Row) -> float:
    return row.score.value if row.score is not None else float("nan")
