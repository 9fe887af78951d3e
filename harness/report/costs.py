"""What each bundle costs the row that a verdict names and, in the same sentence, its rivals."""

from collections.abc import Sequence

from harness.report import comparison_table, numbers, words
from harness.report.model import Bundle, Measure, Result, Row
from harness.stats import Interval

#: Rows beside the named one in a sentence.
_MOST = 5


def of(pick: Row, rivals: Sequence[Row], rows: Sequence[Row], measure: Measure) -> tuple[str, ...]:
    """A sentence for each bundle, and each condition in none, under which the row has a result."""
    own = [row for row in rows if row is not pick and row.names[:2] == pick.names[:2]]
    trained = [row for row in own if row.is_tuned != pick.is_tuned] + [row for row in rows if row.is_tuned]
    trained = [row for row in trained if row is not pick]
    beside = list({row.names: row for row in [*trained, *rivals]}.values())[:_MOST]
    found = []
    for bundle in _bundles(pick):
        if bundle.worst is not None and bundle.worst.drop is not None:
            found.append(_sentence(bundle, bundle.worst, beside, measure))
    return tuple(found)


def _bundles(row: Row) -> tuple[Bundle, ...]:
    return (*row.bundles, *row.loose)


def _sentence(bundle: Bundle, worst: Result, beside: Sequence[Row], measure: Measure) -> str:
    assert worst.drop is not None
    loss, what = worst.drop.loss, words.condition(worst.condition)
    n = bundle.n_measured - bundle.n_idle
    among = f", the worst of {numbers.plural(n, 'condition')}" if n > 1 else ""
    against = f", against {worst.drop.against}" if worst.drop.is_of_other else ""
    amount = f"{measure.number(loss.value)} {measure.unit} {measure.bounds(loss)}".strip()
    said = f"Under {bundle.name} it loses {amount} ({what}{among}{against})"
    if loss.high < 0:
        gain = f"{measure.number(-loss.value)} {measure.unit} {measure.bounds(Interval(0, -loss.high, -loss.low))}"
        said = f"Under {bundle.name} it gains {gain.strip()} ({what}{among}{against})"
    elif not loss.low > 0:
        said = f"Under {bundle.name} no loss stands out of the noise: {amount} ({what}{among}{against})"
    if worst.is_idle:
        said += f", which {comparison_table.changes(worst)} and so shows little"
    theirs = [f"{row.label} {drop}" for row in beside if (drop := _drop(row, bundle.name, measure))]
    return f"{said}; {numbers.listed(theirs)}." if theirs else f"{said}."


def _drop(row: Row, name: str, measure: Measure) -> str:
    worst = next((bundle.worst for bundle in _bundles(row) if bundle.name == name), None)
    if worst is None or worst.drop is None:
        return ""
    return f"{measure.number(worst.drop.loss.value)} {measure.bounds(worst.drop.loss)}".strip()
