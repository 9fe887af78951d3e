"""Cost against quality: which row is cheapest, and which rows no other beats on both."""

from collections.abc import Sequence

from harness.report.measure import Measure
from harness.report.model import Row


def is_timed(rows: Sequence[Row]) -> bool:
    """True where at least one row has a latency that may be printed."""
    return any(row.speed is not None and row.speed.p50_ms is not None for row in rows)


def cost(row: Row, timed: bool) -> float:
    """Milliseconds a text where the task was timed, else parameters (none for a row without an encoder)."""
    if timed:
        return row.speed.p50_ms if row.speed and row.speed.p50_ms is not None else float("inf")
    if row.is_baseline:
        return 0.0
    return float(row.n_parameters) if row.n_parameters is not None else float("inf")


def merit(row: Row, measure: Measure) -> float:
    """Its score turned so that higher is better; below all others where it has none."""
    return measure.merit(row.score.value) if row.score is not None else float("-inf")


def above_chance(row: Row, measure: Measure) -> bool:
    """True where the row has a score, and one that a constant answer does not reach."""
    if row.clean is None or row.score is None:
        return False
    return row.clean.chance is None or merit(row, measure) > measure.merit(row.clean.chance)


def front(rows: Sequence[Row], measure: Measure) -> list[Row]:
    """The rows above chance that no row of the same cost or less reaches in quality, cheapest first.

    A row is dearer only where the timing shows it, so that none is on the front for a tenth of a millisecond.
    """
    timed = is_timed(rows)
    known = [row for row in rows if above_chance(row, measure) and cost(row, timed) < float("inf")]
    ordered = sorted(known, key=lambda row: (cost(row, timed), -merit(row, measure)))

    def reached(place: int, row: Row) -> bool:
        mine = merit(row, measure)
        better = (other for other in ordered if merit(other, measure) > mine)
        equal = any(merit(other, measure) == mine for other in ordered[:place])
        return equal or any(not is_dearer(other, row, timed) for other in better)

    return [row for place, row in enumerate(ordered) if not reached(place, row)]


def cheapest(rows: Sequence[Row], measure: Measure) -> Row:
    """The cheapest; of those that are not shown to cost more the one with the best score, and the first of equals.

    The first of all where no cost is known.
    """
    timed = is_timed(rows)
    least = min(rows, key=lambda row: cost(row, timed))
    if cost(least, timed) == float("inf"):
        return rows[0]
    return best([row for row in rows if not is_dearer(row, least, timed)], measure) or least


def is_dearer(row: Row, other: Row, timed: bool) -> bool:
    """Whether a row is shown to cost more than another: by more than two timings of one program differ, a twentieth.

    Of times also in every replicate that both have (they take turns within it).
    """
    mine, its = cost(row, timed), cost(other, timed)
    if not timed or float("inf") in (mine, its):
        return mine > its
    ours, theirs = (dict(r.speed.medians) if r.speed else {} for r in (row, other))
    return mine > 1.05 * its and all(ours[i] > theirs[i] for i in ours.keys() & theirs.keys())


def best(rows: Sequence[Row], measure: Measure) -> Row | None:
    """The row with the best score; the first of equals."""
    scored = [row for row in rows if row.score is not None]
    return max(scored, key=lambda row: merit(row, measure), default=None)
