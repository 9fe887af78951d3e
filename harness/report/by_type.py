"""What a row finds of each type of entity, where words are tagged."""

from harness.report import comparison_table
from harness.report.model import Row, Task
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.wording import numbers

_TYPE = Column("type", is_number=False)


def entities(task: Task) -> Table | None:
    """F1, precision and recall of each type on texts as they are, the commonest first; None where nothing is tagged."""
    told = [row for row in comparison_table.ordered(task) if row.clean and row.clean.facts.entities]
    there = {kind: n for row in told if row.clean for kind, (_, _, n) in row.clean.facts.entities.items() if n}
    if not there:
        return None
    commonest = sorted(there, key=lambda kind: (-there[kind], kind))
    return Table(
        caption=f"{task.name}, entities by type.",
        explains=(
            "Found is an entity whose type, first and last word are predicted. Precision: the share of what is "
            "predicted that is right; recall: the share of what is there that is found."
        ),
        sections=(Section(tuple(_line(kind, row, there[kind]) for kind in commonest for row in told)),),
    )


def _line(kind: str, row: Row, there: int) -> Line:
    assert row.clean is not None
    right, predicted, _ = row.clean.facts.entities.get(kind, (0, 0, there))
    return {
        _TYPE: Cell(kind),
        HEAD: comparison_table.name(row),
        Column("there"): Cell(numbers.count(there)),
        Column("predicted"): Cell(numbers.count(predicted)),
        Column("found"): Cell(numbers.count(right)),
        Column("F1"): _points(2 * right, predicted + there),
        Column("precision"): _points(right, predicted),
        Column("recall"): _points(right, there),
    }


def _points(part: int, whole: int) -> Cell:
    return Cell(numbers.fixed(100 * part / whole, 1)) if whole else DASH
