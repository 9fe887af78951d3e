"""Shifts between domains: who was trained where and tested where, and how far apart the texts are."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from harness.report import comparison_table
from harness.report.legends import legend
from harness.report.model import Drop, Result, Row, Task
from harness.report.table import DASH, Cell, Column, Line, Section, Table
from harness.wording import numbers

#: The shifts that have a table of their own: every domain on every other, and all but one on that one.
MATRIX, LEFT_OUT = "domain-matrix", "leave-one-out"
#: Rows that have tables, the best first.
_N_ROWS = 3
_OTHERS, _ITSELF = "all others", "the tested one (oracle)"
_FROM = Column("trained on", is_number=False)


def is_in_matrix(result: Result) -> bool:
    """Whether the tables here show it."""
    return result.kind == "shift" and result.component in (MATRIX, LEFT_OUT)


def matrices(task: Task) -> tuple[Table, ...]:
    """A table for each of the best rows: a line a domain that is trained on, a column one that is tested."""
    found = [(row, _pairs(filter(is_in_matrix, row.results))) for row in _scored(task)]
    shown = [one for one in found if one[1]][:_N_ROWS]
    return tuple(_matrix(task, *one, is_first=one is shown[0]) for one in shown)


#: A result under a shift, and what it lost against its oracle.
_Pair = tuple[Result, Drop]


def _scored(task: Task) -> list[Row]:
    return [row for row in comparison_table.ordered(task) if row.score is not None]


def _pairs(results: Iterable[Result]) -> list[_Pair]:
    return [(one, one.drop) for one in results if one.drop is not None and one.score is not None]


def _matrix(task: Task, row: Row, pairs: Sequence[_Pair], *, is_first: bool) -> Table:
    tested = list(dict.fromkeys(_tested(result) for result, _ in pairs))
    trained = list(dict.fromkeys(_trained(result) for result, _ in pairs))
    trained.sort(key=lambda name: (name == _OTHERS, tested.index(name) if name in tested else -1))
    cells = {(_trained(result), _tested(result)): _score(task, result) for result, _ in pairs}
    for result, drop in pairs:  # the diagonal; in a line of its own where nothing else is trained there
        oracle = _tested(result) if _tested(result) in trained else _ITSELF
        cells[oracle, _tested(result)] = Cell(task.measure.number(drop.reference), aside="oracle", sort=drop.reference)
    lines = [*trained, *([_ITSELF] if any(line == _ITSELF for line, _ in cells) else [])]
    return Table(
        caption=f"{task.name}, {row.label}: {task.measure.label} where it is trained on other domains.",
        explains=" ".join([*_worst(task, pairs), *([_reading(pairs)] if is_first else [])]),
        sections=(Section(tuple(_line(name, tested, cells) for name in lines)),),
    )


def _line(name: str, tested: Sequence[str], cells: dict[tuple[str, str], Cell]) -> Line:
    return {_FROM: Cell(name), **{Column(domain): cells.get((name, domain), DASH) for domain in tested}}


def _tested(result: Result) -> str:
    return str(result.parameters.get("test", numbers.NONE))


def _trained(result: Result) -> str:
    return _OTHERS if result.component == LEFT_OUT else str(result.parameters.get("from", numbers.NONE))


def _score(task: Task, result: Result) -> Cell:
    assert result.score is not None
    value = result.score.value
    return Cell(task.measure.number(value), sort=value, heat=comparison_table.heat(result))


def _worst(task: Task, pairs: Sequence[_Pair]) -> list[str]:
    """The worst group of the matrix, and of leave-one-out, with the gaps to the oracle there and on average."""
    said = []
    for component, how in ((MATRIX, "one domain"), (LEFT_OUT, "all others")):
        mine = [(result, drop) for result, drop in pairs if result.component == component]
        if mine:
            result, drop = min(mine, key=lambda pair: task.measure.merit(pair[0].score.value if pair[0].score else 0))
            mean = sum(drop.loss.value for _, drop in mine) / len(mine)
            by = f" by a head trained on {_trained(result)}" if component == MATRIX else ""
            said.append(
                f"Trained on {how}, the worst group is {_tested(result)}{by}: {_value(task, result)}, an oracle gap of "
                f"{task.measure.interval(drop.loss)} {task.measure.unit}; the mean gap of "
                f"{numbers.plural(len(mine), 'pair')} is {task.measure.number(mean)}."
            )
    return said


def _value(task: Task, result: Result) -> str:
    return task.measure.number(result.score.value) if result.score else numbers.NONE


def _reading(pairs: Sequence[_Pair]) -> str:
    foreign = any(drop.is_of_other for _, drop in pairs)
    return (
        "Columns: the domain that is tested, on the same items all the way down. Oracle: trained on that very domain"
        f"{' (a head of another row)' if foreign else ''}. The darker, the more of what that has above chance is lost; "
        "a gap that chance explains has no shade. A head learns from what its domains have in the sample of training "
        "texts: all others together have more than one."
    )


def sizes(task: Task) -> Table | None:
    """How far the tested texts are from those learnt from, for the best rows, beside what the shift costs them."""
    found = [(row, _measured(row)) for row in _scored(task)]
    rows = [(row, mine) for row, mine in found if any(result.kind == "shift" for result in mine)]
    told = [one for one in rows if any(result.facts.shift and result.facts.shift.told_apart for result in one[1])]
    if not rows:
        return None
    return Table(
        caption=f"{task.name}: the size of the shift, the farthest first.",
        explains=(
            "Words known: share of the words of the tested texts that occur in the learnt ones, each once, then as "
            "often as it stands there; more texts know more words. Subwords a word: tokens of learnt, then of tested "
            "texts. Told apart: how often a linear model that sees the row's own vectors says rightly which side a "
            "text is of (cross-validated, equally many of both: 50 % is not at all); A-distance: 2 (1 − 2 error), "
            "0 to 2. Without a drop: trained and tested on one domain, the oracles."
        ),
        sections=tuple(_sizes(task, *one) for one in (told or rows)[:_N_ROWS]),
        grouped_by="row",
    )


def _measured(row: Row) -> list[Result]:
    """The shifts and oracles whose size is known, those that are one cell under several names once; farthest first."""
    known = [one for one in row.results if one.kind in ("shift", "oracle") and one.facts.shift and one.score]
    once = {one.key: one for one in known}.values()
    return sorted(once, key=lambda one: (one.kind == "oracle", -_far(one)))


def _far(result: Result) -> float:
    """How far: the distance, or where there are no vectors the share of words that are not known."""
    size = result.facts.shift
    if size is None or size.told_apart is None:
        return 1 - (size.words_known or 0) if size else 0
    return size.told_apart


def _sizes(task: Task, row: Row, measured: Sequence[Result]) -> Section:
    return Section(tuple(_size(task, one) for one in measured), row.label, _cost_of_distance(measured))


def _cost_of_distance(measured: Sequence[Result]) -> str:
    """In how many of the pairs of heads that are tested on the same texts the one from farther off loses more."""
    shifts = _pairs(one for one in measured if one.kind == "shift")
    pairs = [(a, b) for a, b in combinations(shifts, 2) if _tested(a[0]) == _tested(b[0]) and _far(a[0]) != _far(b[0])]
    n = sum((_far(a[0]) > _far(b[0])) == (a[1].loss.value > b[1].loss.value) for a, b in pairs)
    said = f"of two heads tested on the same texts, the one from farther off loses more in {n} of {len(pairs)} cases"
    return said if pairs else ""


def _size(task: Task, result: Result) -> Line:
    size = result.facts.shift
    assert size is not None
    both = comparison_table.before_and_after
    words = (size.types_known, size.words_known)
    return {
        Column("shift", is_number=False): Cell(_said(result)),
        Column("words known", "%"): DASH if None in words else Cell(" / ".join(_percent(share) for share in words)),
        Column("subwords a word"): both(size.subwords_train, size.subwords_test, 2),
        Column("told apart"): Cell(numbers.percent(size.told_apart), sort=size.told_apart),
        Column("A-distance"): DASH if size.distance is None else Cell(numbers.fixed(size.distance, 2)),
        Column("drop", task.measure.unit): _drop(task, result),
    }


def _percent(share: float | None) -> str:
    return numbers.NONE if share is None else numbers.fixed(100 * share, 0)


def _said(result: Result) -> str:
    return f"training and testing on {_tested(result)}" if result.kind == "oracle" else legend(result)


def _drop(task: Task, result: Result) -> Cell:
    if result.drop is None or result.kind == "oracle":
        return DASH
    loss = result.drop.loss
    return replace(comparison_table.scored(task.measure, loss), heat=comparison_table.heat(result))
