"""The answer in words: what is shown, or that nothing is."""

from collections.abc import Sequence

from harness.report import front, rivals
from harness.report.choice import Asked, Choice, choose, nameable, topmost
from harness.report.model import Result, Row, Verdict
from harness.report.standing import Standing
from harness.wording import numbers


def verdict(rows: Sequence[Row], known: Standing, asked: Asked) -> Verdict:
    """The cheapest row that is shown to lose less than `within` to the best, what its rivals gain and give up.

    Where none is shown to, the row with the best score, and that it is no more than that.
    """
    chosen = choose(rows, known, asked)
    if chosen is None:
        return Verdict(None, f"No verdict: {_why_none(rows, known, asked)}.", remarks=_beside(rows, known, asked))
    beside = rivals.of(chosen)
    return Verdict(
        chosen.pick.label,
        _headline(chosen),
        why=_why(chosen),
        rivals=tuple(rivals.line(row, chosen) for row in beside),
        costs=rivals.costs(chosen.pick, beside, rows, asked.measure),
        remarks=(*_too_small(chosen), *_sight(chosen), *_beside(rows, known, asked)),
    )


def _why_none(rows: Sequence[Row], known: Standing, asked: Asked) -> str:
    if able := nameable(rows, known, asked, within_limits=False):
        nearest = min(able, key=lambda row: max(check.excess for check in row.limits))
        out = [check.words for check in nearest.limits if not check.is_met]
        return f"no row is known to keep the limits of the suite; the nearest is {nearest.label}: {'; '.join(out)}"
    scored = _scored(rows)
    if scored and all(row.unranked == "trained once" for row in scored):
        return "every row with a score was trained once, and what another seed would give is not known"
    if any(row.names in known.rows for row in scored):
        return "no row that may be named is better than chance"
    if scored:
        return "the run folder has lost the outcomes of single items, so no two rows can be compared"
    return "no row of this task has a score on texts as they are"


def _headline(chosen: Choice) -> str:
    pick, asked = chosen.pick, chosen.asked
    assert pick.score is not None
    said = f"{asked.measure.label} {asked.measure.interval(pick.score)}{_speed(pick, asked)}"
    if len(_scored(chosen.rows)) == 1 or chosen.shown:
        if chosen.is_enough:
            return f"No encoder needed: {pick.label} reaches {said}."
        is_choice = len(chosen.among) > 1 and not pick.is_baseline
        return f"Choose {pick.label}: {said}." if is_choice else f"{pick.label}: {said}."
    equal = [row.label for row in topmost(chosen.among, asked.measure) if row is not pick]
    like = f", and {numbers.listed(equal[:3])} the same" if equal else ""
    of_these = " of the rows that may be named" if chosen.is_restricted else ""
    return f"Not settled: {pick.label} has the best score{of_these}, {said}{like}."


def _speed(pick: Row, asked: Asked) -> str:
    """Milliseconds with the span of the replicates; nothing where the machine was busy."""
    speed = pick.speed
    if speed is None or speed.p50_ms is None or asked.is_busy:
        return ""
    if speed.n_replicates < 2 or speed.low_ms is None or speed.high_ms is None:
        return f", {numbers.milliseconds(speed.p50_ms)} a text (one replicate)"
    low, high = numbers.significant(speed.low_ms), numbers.significant(speed.high_ms)
    return f", {numbers.milliseconds(speed.p50_ms)} a text" + (f" ({low} to {high})" if low != high else "")


def _scored(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.score is not None]


def _why(chosen: Choice) -> str:
    if len(_scored(chosen.rows)) == 1:
        return "It is the only row of this task that has a score."
    if not chosen.known.is_judged:
        return (
            f"The {chosen.asked.items[1]} are one cluster, or nearly, so that no difference between rows can be judged."
        )
    if not chosen.shown:
        return _not_shown(chosen)
    if len(chosen.among) == 1:
        return "It is the only row that may be named and is better than chance."
    return _shown(chosen) + _limits(chosen.pick) + _untrained(chosen) + _against(chosen)


def _shown(chosen: Choice) -> str:
    pick, best, measure = chosen.pick, chosen.best, chosen.asked.measure
    most = measure.at_most(chosen.may_lose(pick)[0])
    allowed = f"{measure.amount(chosen.asked.within)} may be lost ({chosen.asked.source})"
    of_these = "Of the rows that may be named it" if chosen.is_restricted else "It"
    if pick is not best:
        score = measure.number(best.score.value) if best.score else numbers.NONE
        best_of = "the best of the rows that may be named" if chosen.is_restricted else "the best"
        return (
            f"It is the cheapest row that is shown to come close to {best_of}, {best.label} ({score}): "
            f"it loses at most {most}, and {allowed}."
        )
    worse = [row for row in _scored(chosen.rows) if chosen.known.is_worse(row.names, pick.names)]
    if len(worse) == len(_scored(chosen.rows)) - 1:
        return "It has the best score, and every other row is shown to be worse."
    if all(row in worse for row in chosen.among if row is not pick):
        return f"{of_these} has the best score, and every other that may be named is shown to be worse."
    return f"{of_these} has the best score; no other that may be named is better by more than {most}, and {allowed}."


def _limits(pick: Row) -> str:
    """That the row keeps the limits of the suite, where it has some."""
    return f" It keeps the limits: {'; '.join(check.words for check in pick.limits)}." if pick.limits else ""


def _not_shown(chosen: Choice) -> str:
    clean, measure = chosen.pick.clean, chosen.asked.measure
    loss, to = chosen.may_lose(chosen.pick)
    texts = f"With these {numbers.plural(clean.n, *chosen.asked.items)} " if clean is not None and clean.n else ""
    other = to.label if to is not None else "another"
    within = f"{measure.amount(chosen.asked.within)} ({chosen.asked.source})"
    said = f"{texts}no row is shown to come within {within} of the best, not even this one"
    return f"{said[:1].upper()}{said[1:]}, which may be {measure.at_most(loss)} below {other}."


def _untrained(chosen: Choice) -> str:
    """Who does as well without the training that the pick needs, with the same encoder and pooler."""
    pick = chosen.pick
    if not pick.is_tuned:
        return ""
    return "".join(
        f" {row.label} loses at most {chosen.asked.measure.at_most(loss)} to the best and needs no fine-tuning."
        for row in chosen.among
        if row.names[:2] == pick.names[:2] and not row.is_tuned
        if (loss := chosen.may_lose(row)[0]) <= chosen.asked.within
    )


def _against(chosen: Choice) -> str:
    """What the second metric says against a row without an encoder."""
    if not chosen.pick.is_baseline or not chosen.better_by_second or chosen.asked.second is None:
        return ""
    row, amount = chosen.better_by_second[0]
    return f" By {chosen.asked.second.label} an encoder is better: {row.label}, {amount}."


def worst(results: Sequence[Result]) -> Result | None:
    """The result with the largest loss; the first of equals; None where nothing was compared."""
    compared = [result for result in results if result.drop is not None]
    return max(compared, key=lambda result: result.drop.loss.value if result.drop else 0.0, default=None)


def _too_small(chosen: Choice) -> list[str]:
    weak = [row.label for row in chosen.rows if row.group == 1 and not front.above_chance(row, chosen.asked.measure)]
    if not weak or chosen.pick.group != 1:
        return []
    return [f"Even {numbers.listed(weak)}, no better than chance, cannot be told from it: too few texts to judge."]


def _sight(chosen: Choice) -> list[str]:
    clean, known, measure = chosen.pick.clean, chosen.known, chosen.asked.measure
    others = [row for row in chosen.among if row is not chosen.best]
    if clean is None or clean.n is None or not others or not known.is_judged:
        return []
    visible = sorted(known.visible(chosen.best.names, row.names) for row in others)[len(others) // 2]
    size = numbers.plural(clean.n, *chosen.asked.items) + clean.in_clusters
    holds = f"Brackets of differences hold for all {numbers.plural(len(known.judged), 'row')} at once (95 %)"
    if len(known.judged) > 2:
        holds += "; what a row may lose is bounded against the best alone, which is narrower"
    if known.known.width and visible > known.known.width:
        return [f"{holds}. With {size} hardly any difference between two rows would show."]
    least = measure.amount(visible)
    return [f"{holds}. With {size}, a difference between two rows below about {least} would likely go unseen."]


def _beside(rows: Sequence[Row], known: Standing, asked: Asked) -> tuple[str, ...]:
    """What the verdict leaves out: rows that were trained once, rows out by the limits, times."""
    said = []
    once = [row for row in _scored(rows) if row.names in known.once]
    if once:
        scores = [f"{row.label} ({asked.measure.number(row.score.value)})" for row in once if row.score is not None]
        said.append(
            f"Trained once, so neither ranked nor named: {numbers.listed(scores)}. What another seed would give is "
            "not known; repeats: {train: 3} in the suite tells."
        )
    able = [row for row in rows if front.above_chance(row, asked.measure)]
    out = [row for row in able if not all(check.is_met for check in row.limits)]
    if out:
        reasons = [f"{row.label} ({'; '.join(c.words for c in row.limits if not c.is_met)})" for row in out]
        said.append(f"Not within the limits of the suite: {numbers.listed(reasons)}.")
    if not front.is_timed(rows):
        said.append("No latency was measured for this task: cost is counted in parameters.")
    elif asked.is_busy:
        said.append("Other programs kept the machine busy while it was timed: times are rough.")
    return tuple(said)
