"""The verdict in words: what both renderers say the same way."""

from collections import Counter

from harness.gate.model import FAILS, UNJUDGED, WEAK, Check, Judgement
from harness.report.measure import Measure
from harness.stats import Interval
from harness.wording import numbers


def headline(judged: Judgement) -> str:
    """One line: passed or not, and why."""
    checks = judged.checks
    if judged.outcome == "regressed":
        return "Gate failed: " + "; ".join(f"{c.name} {c.verdict}{_by(c)}" for c in checks if c.verdict in FAILS)
    counts = numbers.listed([f"{n} {verdict}" for verdict, n in Counter(c.verdict for c in checks).items()])
    if judged.outcome == "unjudged":
        kinds = UNJUDGED + WEAK if judged.strict else UNJUDGED
        bad = [c for c in checks if c.verdict in kinds] or [c for c in checks if c.verdict in WEAK]
        return "Gate could not judge: " + "; ".join(f"{c.name} {c.verdict}" for c in bad)
    weak = [c for c in checks if c.verdict == "too weak" and c.kind == "quality"]
    blind = f", but in {numbers.listed([c.name for c in weak])} chance decides, not the margin" if weak else ""
    return f"Gate passed: {counts}{blind}"


def _by(check: Check) -> str:
    if check.kind == "threshold":
        return f" ({check.why})"
    values = f"{value(check, check.then)} -> {value(check, check.now)}"
    label = f"{check.measure.label} " if check.measure and check.measure.label != check.name else ""
    return f" ({label}{values})"


def value(check: Check, number: float | None) -> str:
    """A score or a cost as its measure prints it."""
    return numbers.NONE if check.measure is None or number is None else check.measure.number(number)


def change(check: Check) -> str:
    """Now less then, with its interval: `−4.7 [−6.1, −3.2]`; of time the share in percent."""
    if check.loss is None or check.measure is None or check.kind == "threshold":
        return numbers.NONE
    measure, loss = check.measure, check.loss
    if check.kind == "time":
        measure = Measure("", "", False, 100.0, 0, "%")
    elif check.kind == "quality" and measure.higher_is_better:
        loss = Interval(-loss.value, -loss.high, -loss.low)
    bounds = f" {measure.bounds(loss)}" if measure.bounds(loss) else ""
    return f"{measure.signed(loss.value)}{bounds}{' %' if check.kind == 'time' else ''}"


def visible(check: Check) -> str:
    """The smallest true loss that fails four of five builds."""
    if check.visible is None or check.measure is None:
        return numbers.NONE
    if check.kind == "time":
        return f"{numbers.fixed(100 * check.visible, 0)} %"
    return check.measure.number(check.visible)


def reason(check: Check, margin: float) -> str:
    """Why a check has its verdict, in a sentence; empty for one that is plainly ok."""
    parts = [check.why] if check.why else []
    if check.verdict == "too weak" and check.p is not None and check.measure is not None:
        unit = "" if check.kind == "time" else f" {check.measure.unit}"
        limit = "10 %" if check.kind == "time" else check.measure.number(margin)
        seen = "none that is sure to show" if check.visible is None else f"{visible(check)}{unit}"
        parts.append(
            "chance, not the margin, decides what fails here: "
            f"smallest visible loss {seen}, the margin is {limit}{unit}{_more(check, margin)}"
        )
    if check.verdict == "ok" and check.kind == "quality" and check.n_changed == 0:
        parts.append("no prediction changed")
    return "; ".join(parts)


def _more(check: Check, margin: float) -> str:
    """What would let the margin decide."""
    if check.kind != "quality" or not margin:
        return ""
    if check.n_needed is None:
        return "; trainings differ too much for it: more of them would help"
    return f"; about {numbers.significant(check.n_needed, 2)} items would let the margin decide"


def p_value(check: Check) -> str:
    """A p-value with as many decimals as say something."""
    if check.p is None:
        return numbers.NONE
    return "<0.001" if check.p < 0.001 else f"{check.p:.3f}"


def told(check: Check, margin: float) -> str:
    """All of a check on one line."""
    values = f"{value(check, check.then)} -> {value(check, check.now)}" if check.then is not None else ""
    if check.kind == "threshold" and check.now is not None and check.measure and check.loss:
        values = check.measure.interval(check.loss)
    moved = f"({change(check)})" if change(check) != numbers.NONE else ""
    p = f"p {p_value(check)}" if check.p is not None else ""
    parts = [f"{check.verdict}: {' '.join(filter(None, (values, moved)))}".rstrip(": "), p, reason(check, margin)]
    return "; ".join(part for part in parts if part)
