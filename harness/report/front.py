"""Cost against quality: which row is cheapest, and which rows no other beats on both."""

from collections.abc import Sequence

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


def above_chance(row: Row, higher_is_better: bool) -> bool:
    """True where the row has a score, and one that a constant answer does not reach."""
    if row.clean is None or row.score is None:
        return False
    chance = row.clean.chance
    if chance is None:
        return True
    return row.score.value > chance if higher_is_better else row.score.value < chance


def front(rows: Sequence[Row], higher_is_better: bool) -> list[Row]:
    """The rows above chance that no cheaper (or equally cheap, earlier) row reaches in quality, cheapest first."""
    timed = is_timed(rows)
    sign = 1.0 if higher_is_better else -1.0
    candidates = [row for row in rows if above_chance(row, higher_is_better) and cost(row, timed) < float("inf")]
    best, found = float("-inf"), []
    for row in sorted(candidates, key=lambda row: (cost(row, timed), -sign * _value(row))):
        if sign * _value(row) > best:
            best = sign * _value(row)
            found.append(row)
    return found


def cheapest(rows: Sequence[Row], higher_is_better: bool) -> Row:
    """The cheapest; of those that cost the same the one with the best score, and the first of equals.

    The first of all where no cost is known.
    """
    timed = is_timed(rows)
    least = min(cost(row, timed) for row in rows)
    if least == float("inf"):
        return rows[0]
    candidates = [row for row in rows if same_cost(cost(row, timed), least)]
    return best(candidates, higher_is_better) or candidates[0]


def same_cost(a: float, b: float) -> bool:
    """True where the difference is below what two timings of one program show: a twentieth."""
    return a == b or max(a, b) < 1.05 * min(a, b)


def best(rows: Sequence[Row], higher_is_better: bool) -> Row | None:
    """The row with the best score; the first of equals."""
    sign = 1.0 if higher_is_better else -1.0
    return max((row for row in rows if row.score is not None), key=lambda row: sign * _value(row), default=None)


def _value(row: Row) -> float:
    return row.score.value if row.score is not None else float("nan")
