"""What each bundle costs the row that a verdict names and, in the same sentence, its rivals."""

import math
from collections.abc import Callable, Sequence

from harness.report import comparison_table
from harness.report.legends import legend
from harness.report.measure import Measure
from harness.report.model import Bundle, Result, Row
from harness.stats import Interval
from harness.wording import numbers

#: Rows beside the named one in a sentence.
_MOST = 5


def of(pick: Row, rivals: Sequence[Row], rows: Sequence[Row], measure: Measure) -> tuple[str, ...]:
    """A sentence for each bundle, and each condition in none, under which the row has a result."""
    own = [row for row in rows if row is not pick and row.names[:2] == pick.names[:2] and row.is_tuned != pick.is_tuned]
    trained = [row for row in rows if row.is_tuned and row is not pick]
    beside = list({row.names: row for row in [*own, *rivals, *trained]}.values())[:_MOST]
    return tuple(
        _sentence(bundle, bundle.worst, beside, measure)
        for bundle in pick.bundles
        if bundle.worst and bundle.worst.drop and math.isfinite(bundle.worst.drop.loss.low)
    )


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
